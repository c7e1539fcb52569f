//go:build !race

package flowtrack

// raceBuild: the race detector does not watch.
const raceBuild = false
