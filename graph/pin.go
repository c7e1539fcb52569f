package graph

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// pin binds the calling thread to a core until unpin.
func pin(core int) (unpin func(), err error) {
	var before, set unix.CPUSet
	set.Set(core)
	if err = unix.SchedGetaffinity(0, &before); err == nil {
		err = unix.SchedSetaffinity(0, &set)
	}
	if err != nil {
		return nil, fmt.Errorf("graph: pinning a worker to core %d: %w; name cores that this process may use", core, err)
	}
	return func() { _ = unix.SchedSetaffinity(0, &before) }, nil
}
