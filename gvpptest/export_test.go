package gvpptest

// RaceDetector says that the race detector is at work.
const RaceDetector = raceDetector
