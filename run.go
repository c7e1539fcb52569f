package gvpp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

// work is a plugin's periodic work and when it is due next, on the dataplane's clock. The control goroutine's.
type work struct {
	plugin.Work
	due  int64
	more bool // it wants to go on
}

// controlTick is how long the control goroutine sleeps at least: the jitter of Work.Every. Shorter costs idle CPU.
const controlTick = 50 * time.Millisecond

// busyTick is the same while some work has more to do: how long other goroutines have the core to themselves.
const busyTick = time.Millisecond

// Run starts the workers and the control goroutine and returns when ctx ends, which is no error, everything detached and
// freed. It is called once.
func (dp *Dataplane) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := dp.begin(ctx); err != nil {
		return err
	}
	failed := make([]error, len(dp.graph.Workers))
	var workers sync.WaitGroup
	for i, w := range dp.graph.Workers {
		workers.Go(func() {
			if failed[i] = w.Run(); failed[i] != nil {
				cancel()
			}
		})
	}
	dp.control(ctx)
	dp.mu.Lock()
	detached := dp.closeInterfaces() // first of all: from here on the host has its packets again
	dp.watch = nil
	dp.mu.Unlock()
	for _, w := range dp.graph.Workers {
		w.Stop()
	}
	workers.Wait()
	dp.watches.Wait()
	dp.mu.Lock()
	again := dp.closeInterfaces() // a watcher may have opened one in between
	dp.phase = closed
	dp.mu.Unlock()
	return errors.Join(append(failed, detached, again, dp.free())...)
}

// begin starts the watchers.
func (dp *Dataplane) begin(ctx context.Context) error {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase != assembled {
		return errors.New("gvpp: Run: the dataplane runs already or is closed; make a new one")
	}
	dp.phase, dp.watch = running, ctx
	for i := range dp.here() {
		dp.startWatch(i)
	}
	return nil
}

// control is the control goroutine.
func (dp *Dataplane) control(ctx context.Context) {
	t := time.NewTimer(controlTick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case done := <-dp.mover.kick:
			dp.Housekeep()
			close(done)
			t.Reset(dp.untilDue())
		case <-t.C:
			dp.Housekeep()
			t.Reset(dp.untilDue())
		}
	}
}

// untilDue is how long the control goroutine sleeps: each time that it wakes costs a dataplane at rest.
func (dp *Dataplane) untilDue() time.Duration {
	if dp.Deterministic() { // the clock is not the timer's
		return controlTick
	}
	next := dp.Clock() + int64(time.Second)
	for _, w := range dp.works {
		if w.more {
			return busyTick
		}
		next = min(next, w.due)
	}
	return max(controlTick, time.Duration(next-dp.Clock()))
}

// Housekeep does the periodic work that is due on the dataplane's clock. Run does it; a caller that drives the dataplane
// by hand does it when it has moved the clock.
func (dp *Dataplane) Housekeep() {
	dp.writeCapture()
	for _, w := range dp.works {
		now := dp.Clock()
		if now < w.due && !w.more {
			continue
		}
		if w.due += int64(w.Every); w.due <= now { // late by more than a period: do not catch up
			w.due = now + int64(w.Every)
		}
		w.more = false
		dp.guard(w.Name, func() { w.more = w.Do(now) })
	}
}

// Step runs one pass of every worker, from the caller's goroutine, instead of Run. It reports whether there was work.
func (dp *Dataplane) Step() (busy bool) {
	for _, w := range dp.graph.Workers {
		if w.Step() {
			busy = true
		}
	}
	dp.writeCapture()
	return busy
}

// guard keeps a panic of control work away from the workers.
func (dp *Dataplane) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			dp.log.Error("panic in control work; the workers go on", "work", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// startWatch follows an interface that can tell what becomes of it, once Run has begun. dp.mu is held.
func (dp *Dataplane) startWatch(i *iface) {
	w, ok := i.spec.(port.Watcher)
	if !ok || dp.watch == nil || i.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(dp.watch)
	i.stop = stop
	dp.watches.Go(func() {
		defer stop()
		dp.guard("watching "+i.spec.Name(), func() {
			if err := w.Watch(ctx, func(e port.Event) { dp.event(ctx, i, e) }); err != nil {
				dp.log.Error("interface is no longer watched: it will not come back by itself", "interface", i.spec.Name(), "cause", err)
			}
		})
	})
}

// event follows an interface: away when it is gone, back when it is there again.
func (dp *Dataplane) event(ctx context.Context, i *iface, e port.Event) {
	name := i.spec.Name()
	dp.log.Info("interface event", "interface", name, "event", e.String())
	switch e {
	case port.LinkUp, port.LinkDown:
		dp.mu.Lock()
		dp.setLink(i, e == port.LinkUp)
		dp.mu.Unlock()
	case port.Gone:
		dp.mu.Lock()
		err := dp.detach(i, errors.New("the interface is gone; it is taken up again when it returns"))
		dp.setLink(i, false)
		dp.mu.Unlock()
		if err != nil {
			dp.log.Error("interface not closed cleanly", "interface", name, "cause", err)
		}
	case port.Back:
		dp.reopen(ctx, i)
	}
}

// reopen tries for a while: a new interface may need a moment, and so may a queue that another socket just left.
func (dp *Dataplane) reopen(ctx context.Context, i *iface) {
	said := ""
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		dp.mu.Lock()
		err := error(nil)
		if i.device == nil && !i.leaves && dp.phase == running {
			var d port.Device
			if d, err = i.spec.Open(dp.host); err == nil {
				i.device, i.cause = d, nil
				err = dp.attach(ctx)
				dp.setLink(i, d.Info().LinkUp)
			} else {
				i.cause = err
			}
		}
		dp.mu.Unlock()
		if err == nil {
			dp.log.Info("interface is back", "interface", i.spec.Name())
			return
		}
		if text := err.Error(); text != said {
			said = text
			dp.log.Warn("interface not opened yet; trying on", "interface", i.spec.Name(), "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
