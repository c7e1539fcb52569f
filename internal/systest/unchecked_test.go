//go:build !gvppdebug

package systest

const checked = false
