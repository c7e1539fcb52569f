package graph

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// wake is an eventfd that ends a worker's sleep. Any goroutine may signal it; the worker clears it.
type wake struct{ fd int }

func newWake() (wake, error) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return wake{-1}, fmt.Errorf("graph: eventfd: %w", err)
	}
	return wake{fd}, nil
}

var one = []byte{1, 0, 0, 0, 0, 0, 0, 0}

func (k wake) signal() { _, _ = unix.Write(k.fd, one) } // full means: already signalled

func (k wake) clear() {
	var b [8]byte
	_, _ = unix.Read(k.fd, b[:])
}

func (w *Worker) wakeOthers() {
	for id, yes := range w.toWake {
		if yes {
			w.toWake[id] = false
			if o := w.g.Workers[id]; o.asleep.Load() {
				o.wake.signal()
			}
		}
	}
}
