//go:build race

package flowtrack

// raceBuild: the race detector watches.
const raceBuild = true
