package program

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/gvpp/gvpp/internal/hostlink"
)

// guarded starts the process that undoes everything if this one is killed while the host moves.
func (c *hostFilterCommand) guarded(filter *hostlink.Filter, s *streams) error {
	guard := exec.Command("/proc/self/exe", "host-filter", "--guard", strconv.Itoa(os.Getpid()), "--state", c.State, c.NIC)
	if f, ok := s.err.(*os.File); ok {
		guard.Stderr = f
	}
	return filter.Guard(guard)
}

// watch is the guard's part. Only the end of its parent ends it.
func (c *hostFilterCommand) watch(s *streams) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	undone, err := hostlink.Watch(c.NIC, c.State, c.Guard, s.in)
	if err != nil {
		return fmt.Errorf("host-filter: gvpp (process %d) was killed while %s was in between: %w", c.Guard, c.NIC, err)
	}
	if undone {
		fmt.Fprintf(s.err, "gvpp: process %d was killed while %s was in between: it is as it was\n", c.Guard, c.NIC)
	}
	return nil
}
