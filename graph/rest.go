package graph

import "golang.org/x/sys/unix"

// How long a worker without work stays awake, and how long it sleeps at most.
const (
	// spinPasses is how many empty passes come before a sleep. Higher, and the core burns at low rates (at 40 kpps that
	// cost more than it saved); lower, and each short gap costs a sleep and a wake-up, about 5 us.
	spinPasses = 16
	// restMs bounds a sleep on descriptors: everything that ends one signals a descriptor, so this is a safety net.
	restMs = 500
	// watchMs bounds a sleep while some port can only be looked at: its worst latency at idle.
	watchMs = 1
)

// rest lets the processor go after some passes without work: spin first, then sleep until a port or somebody's signal
// ends it, and again after each pass that finds nothing. The worker is idle for epochs and barrier meanwhile. It blocks
// in a system call that the runtime knows of.
func (w *Worker) rest() {
	if w.empty < spinPasses {
		w.empty++
		return
	}
	timeout := restMs
	if w.watch || w.soon {
		timeout = watchMs
	}
	w.asleep.Store(true)
	if !w.waiting() { // looked at after asleep is set: who pushes later sees it and signals
		if n, _ := unix.Poll(w.polls, timeout); n > 0 && w.polls[0].Revents != 0 {
			w.wake.clear()
		}
	}
	w.asleep.Store(false)
}

// waiting reports whether another worker has left packets here.
func (w *Worker) waiting() bool {
	for _, h := range w.from {
		if h != nil && h.head.Load() != h.tail.Load() {
			return true
		}
	}
	return false
}
