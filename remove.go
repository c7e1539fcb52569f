package gvpp

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/port"
)

// drainPatience bounds how long an interface that is removed may deliver what it had received. Lower, and packets are lost;
// higher, and removing one that goes on receiving takes that long.
const drainPatience = 20 * time.Millisecond

// RemoveInterface gives an interface back: its link is the host's again, what it had received goes its way, its device is
// closed, plugins forget what was set for it, and its sub-interfaces go with it. Cross-connects to it end; what rules still send to it is dropped by
// interface-output. Nobody finds its name from the beginning on; its counters can be read until RemoveInterface returns, and its
// sw_if_index is not used again. Other interfaces' packets are not held up. Once begun it goes on to its end, whatever ctx does.
func (dp *Dataplane) RemoveInterface(ctx context.Context, swIf uint32) error {
	return dp.remove(ctx, swIf, nil)
}

// remove is RemoveInterface of an interface that check finds right.
func (dp *Dataplane) remove(ctx context.Context, swIf uint32, check func(*iface) error) error {
	i, err := dp.leave(ctx, swIf, check)
	if i == nil {
		return err
	}
	errs := []error{err}
	for _, sub := range dp.subsOf(i) { // of which there are no new ones any more
		errs = append(errs, dp.remove(context.WithoutCancel(ctx), sub, nil))
	}
	for _, forget := range dp.gone { // without dp.mu, for plugins have locks of their own
		errs = append(errs, forget(swIf))
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	dp.graph.RemoveInterface(swIf)
	dp.ifs[swIf-1] = nil
	dp.tell(i, InterfaceRemoved)
	return errors.Join(errs...)
}

// leave takes an interface out of everybody's sight and closes it. Where it returns none, nothing has changed.
func (dp *Dataplane) leave(ctx context.Context, swIf uint32, check func(*iface) error) (*iface, error) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase == closed {
		return nil, errClosed
	}
	i, err := dp.find(swIf)
	if err == nil && check != nil {
		err = check(i)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	i.leaves = true
	dp.names.Store(dp.names.Load().without(swIf))
	dp.stats.interfaces(dp.names.Load().list)
	if i.stop != nil {
		i.stop()
	}
	if d, ok := i.device.(port.Detacher); ok {
		err = d.Detach()
	}
	if i.device != nil && dp.phase == running {
		drain(i.device)
	}
	err = errors.Join(err, dp.detach(i, errors.New("removed")))
	i.up = false
	return i, err
}

// drain waits until the workers have taken what a device has received.
func drain(d port.Device) {
	var polls []unix.PollFd
	for _, p := range d.Ports() {
		if fd := p.FD(); fd >= 0 {
			polls = append(polls, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		}
	}
	for end := time.Now().Add(drainPatience); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		if n, err := unix.Poll(polls, 0); n == 0 || err != nil {
			return
		}
	}
}

// deleteCommand removes the interface that the arguments name, if check finds it right.
func (b base) deleteCommand(check func(*iface) error) cli.Handler {
	return func(c *cli.Call) error {
		name, err := c.Args.Word("an interface name")
		if err != nil {
			return err
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		swIf, err := b.Interface(name)
		if err != nil {
			return err
		}
		return b.remove(c.Context, swIf, check)
	}
}
