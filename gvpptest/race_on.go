//go:build race

package gvpptest

// raceDetector says that the race detector is at work.
const raceDetector = true
