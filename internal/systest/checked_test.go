//go:build gvppdebug

package systest

// checked says that the program is to be built with the checks of buffers.
const checked = true
