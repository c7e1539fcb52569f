package main

import (
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// plainEcho moves packets from one port to the other and does nothing else: what any forwarder on these ports pays.
func plainEcho(r *rig) (f *forwarder, err error) {
	pool, err := buffer.New(16384, 2048)
	if err != nil {
		return nil, err
	}
	host := &port.Host{Pool: pool, Drivers: map[string]any{}, Hold: func(f func()) { f() }}
	var in, out port.Device
	err = r.dp.Do(func() error {
		if in, err = afxdp.Interface("left").Open(host); err != nil {
			return err
		}
		out, err = afxdp.Interface("right").Open(host)
		return err
	})
	if err != nil {
		return nil, err
	}
	e := &echo{in: in.Ports()[0], out: out.Ports()[0], cache: pool.NewCache()}
	e.in.Bind(e.cache)
	e.out.Bind(e.cache)
	return &forwarder{
		name:  "plain echo",
		run:   e.run,
		stop:  func() { e.stop.Store(true) },
		count: e.sent.Load,
		close: func() error {
			if err := in.Close(); err != nil {
				return err
			}
			return out.Close()
		},
	}, nil
}

type echo struct {
	in, out port.Port
	cache   *buffer.Cache
	vector  [256]buffer.Index
	sent    atomic.Uint64
	stop    atomic.Bool
}

func (e *echo) run() {
	e.stop.Store(false)
	for !e.stop.Load() {
		n := e.in.Rx(e.vector[:])
		taken := e.out.Tx(e.vector[:n])
		e.cache.Free(e.vector[taken:n])
		e.sent.Add(uint64(taken))
		again := e.in.Flush()
		if e.out.Flush() || again || n > 0 {
			continue
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(e.in.FD()), Events: unix.POLLIN}}, 10)
	}
}
