package main

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// goEcho moves packets from one of our ports to the other and does nothing else: what any graph on these ports pays.
func goEcho(s peer.Site) (f peer.Forwarder, err error) {
	pool, err := buffer.New(16384, 2048)
	if err != nil {
		return f, err
	}
	host := &port.Host{Pool: pool, Drivers: map[string]any{}, Hold: func(f func()) { f() }}
	e := &echo{cache: pool.NewCache()}
	var open []port.Device
	closeAll := func() (err error) {
		for _, d := range open {
			err = errors.Join(err, d.Close())
		}
		return err
	}
	err = s.Host.Do(func() error {
		for i, name := range []string{s.Left, s.Right} {
			d, err := afxdp.Interface(name).Open(host)
			if err != nil {
				return err
			}
			open = append(open, d)
			e.ports[i] = d.Ports()[0]
			e.ports[i].Bind(e.cache)
			e.wait[i] = unix.PollFd{Fd: int32(e.ports[i].FD()), Events: unix.POLLIN}
		}
		return nil
	})
	if err != nil {
		return f, errors.Join(err, closeAll())
	}
	f = runInThread("go-echo", s.Core, e.run, func() { e.stop.Store(true) })
	f.Close = closeAll
	return f, nil
}

// echo is the loop: both ways, as the graph's worker and the C forwarder do it.
type echo struct {
	ports  [2]port.Port
	wait   [2]unix.PollFd
	cache  *buffer.Cache
	vector [256]buffer.Index
	stop   atomic.Bool
}

// echoSpin is how many empty passes come before a sleep; echoRestMs bounds that sleep, so that stop is seen.
const (
	echoSpin   = 16
	echoRestMs = 10
)

func (e *echo) run() {
	e.stop.Store(false)
	for idle := 0; !e.stop.Load(); {
		busy := e.move(e.ports[0], e.ports[1])
		busy = e.move(e.ports[1], e.ports[0]) || busy
		for _, p := range e.ports {
			busy = p.Flush() || busy
		}
		if idle++; busy {
			idle = 0
		} else if idle > echoSpin {
			_, _ = unix.Poll(e.wait[:], echoRestMs)
		}
	}
}

func (e *echo) move(in, out port.Port) (busy bool) {
	n := in.Rx(e.vector[:])
	taken := out.Tx(e.vector[:n])
	e.cache.Free(e.vector[taken:n])
	return n > 0
}
