package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api/binapi/fib_types"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// callsAtOnce is how many messages are on their way.
const callsAtOnce = 32

// routeAsker gives routes by messages, out of a loopback.
type routeAsker struct {
	ipapi.Client
	swIf interface_types.InterfaceIndex
}

// ask loads the set, changes routes of it one by one, and takes all away.
func (s *routeSet) ask(c *client.Client) (samples []measure.Sample, err error) {
	ctx, ifs := context.Background(), interfaces.NewClient(c)
	loop, err := ifs.CreateLoopback(ctx, &interfaces.CreateLoopback{})
	if err != nil {
		return nil, err
	}
	a := routeAsker{ipapi.NewClient(c), loop.SwIfIndex}
	_, err = ifs.SwInterfaceSetFlags(ctx, &interfaces.SwInterfaceSetFlags{SwIfIndex: loop.SwIfIndex, Flags: interface_types.IF_STATUS_API_FLAG_ADMIN_UP})
	if err != nil {
		return nil, err
	}
	for _, text := range []string{"30.0.0.254/24", "2001:db8::fe/64"} {
		m := &interfaces.SwInterfaceAddDelAddress{SwIfIndex: loop.SwIfIndex, IsAdd: true}
		m.Prefix = ip_types.AddressWithPrefix(ip_types.PrefixOf(netip.MustParsePrefix(text)))
		if _, err := ifs.SwInterfaceAddDelAddress(ctx, m); err != nil {
			return nil, err
		}
	}
	load, err := a.all(s, true)
	if err != nil {
		return nil, err
	}
	took, err := a.some(s, 1000)
	if err != nil {
		return nil, err
	}
	unload, err := a.all(s, false)
	_, gone := ifs.DeleteLoopback(ctx, &interfaces.DeleteLoopback{SwIfIndex: loop.SwIfIndex})
	return append(latencies(took), measure.Sample{Metric: "load", Unit: "s", Value: load.Seconds()}, measure.Sample{Metric: "unload", Unit: "s", Value: unload.Seconds()}), errors.Join(err, gone)
}

// all adds or deletes all routes.
func (a *routeAsker) all(s *routeSet, add bool) (time.Duration, error) {
	var next atomic.Int64
	var calls sync.WaitGroup
	errs := make([]error, callsAtOnce)
	begin := time.Now()
	for k := range callsAtOnce {
		calls.Go(func() {
			for errs[k] == nil {
				i := int(next.Add(1) - 1)
				if i >= s.size() {
					return
				}
				errs[k] = a.change(s.at(i), add)
			}
		})
	}
	calls.Wait()
	return time.Since(begin), errors.Join(errs...)
}

// some deletes routes and adds them again, one after the other.
func (a *routeAsker) some(s *routeSet, n int) (took []time.Duration, err error) {
	for i := range n {
		c := s.at(i * 7919 % s.size())
		for _, add := range []bool{false, true} {
			begin := time.Now()
			if err := a.change(c, add); err != nil {
				return nil, err
			}
			took = append(took, time.Since(begin))
		}
	}
	return took, nil
}

func (s *routeSet) at(i int) *fib.Change {
	if i < len(s.v4) {
		return &s.v4[i]
	}
	return &s.v6[i-len(s.v4)]
}

func (a *routeAsker) change(c *fib.Change, add bool) error {
	p := fib_types.FibPath{SwIfIndex: uint32(a.swIf), RpfID: ^uint32(0), Weight: 1}
	if c.Prefix.Addr().Is6() {
		p.Proto = fib_types.FIB_API_PATH_NH_PROTO_IP6
	}
	p.Nh.Address = ip_types.AddressOf(c.Paths[0].Via).Un
	m := &ipapi.IPRouteAddDel{IsAdd: add, Route: ipapi.IPRoute{Prefix: ip_types.PrefixOf(c.Prefix), Paths: []fib_types.FibPath{p}}}
	if _, err := a.IPRouteAddDel(context.Background(), m); err != nil {
		return fmt.Errorf("%v: %w", c.Prefix, err)
	}
	return nil
}
