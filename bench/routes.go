package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/nodes/ip"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// routesScenario asks what a full table costs: to load it, to change a route of it, and what workers that forward notice.
var routesScenario = measure.Scenario{
	Name: "routes",
	About: "tables as large as the internet's, under traffic that is routed: time and memory to load them, single changes, and gaps of the worker's loop meanwhile; " +
		"work=api: the same by messages ip_route_add_del, 32 on their way at a time, also to VPP",
	Groups: routeGroups,
}

// routeRounds bounds the rounds: one takes some ten seconds.
const routeRounds = 3

// routeSet is routes of both families, of lengths and next hops as a router of the internet has them.
type routeSet struct {
	v4, v6 []fib.Change
}

func newRouteSet(n4, n6 int) *routeSet {
	g := rand.New(rand.NewPCG(1, 2))
	s := &routeSet{}
	seen := map[netip.Prefix]bool{}
	add := func(list *[]fib.Change, n int, prefix func() netip.Prefix, hop func() netip.Addr) {
		for len(*list) < n {
			if p := prefix(); !seen[p] {
				seen[p] = true
				*list = append(*list, fib.Change{Prefix: p, Paths: []fib.Path{{Via: hop(), SwIf: 2}}})
			}
		}
	}
	add(&s.v4, n4, func() netip.Prefix {
		bits := 24
		if g.IntN(5) < 2 {
			bits = 14 + g.IntN(10)
		}
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], 32<<24+g.Uint32N(190<<24)) // 32.0.0.0 to 221.255.255.255
		return netip.PrefixFrom(netip.AddrFrom4(a), bits).Masked()
	}, func() netip.Addr { return netip.AddrFrom4([4]byte{30, 0, 0, byte(1 + g.IntN(64))}) })
	add(&s.v6, n6, func() netip.Prefix {
		var a [16]byte
		binary.BigEndian.PutUint64(a[:], 0x2400<<48|g.Uint64N(0x0c00<<48))
		return netip.PrefixFrom(netip.AddrFrom16(a), 32+g.IntN(17)).Masked()
	}, func() netip.Addr { return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(1 + g.IntN(64))}) })
	return s
}

func (s *routeSet) size() int { return len(s.v4) + len(s.v6) }

// routerLines make the stalls' dataplane a router: what comes in at a leaves by b.
var routerLines = []string{
	"set interface l2 xconnect a none", "set interface ip address a 192.168.0.1/24", "set interface ip address b 30.0.0.254/24", "set interface ip address b 2001:db8::fe/64",
	"set ip neighbor b 30.0.0.1 02:00:00:00:00:02", "set ip neighbor b 2001:db8::1 02:00:00:00:00:02", "ip route add 20.0.0.0/8 via 30.0.0.1 b",
}

func routeGroups(o measure.Options) (list []measure.Group) {
	part := 1
	if o.Short {
		part = 100
	}
	for _, n := range []int{100_000 / part, 1_000_000 / part} {
		for _, w := range []struct {
			name  string
			round func(*routeSet, *stallRig) ([]measure.Sample, error)
		}{{"load", (*routeSet).load}, {"changes", (*routeSet).changes}} {
			list = append(list, measure.Group{
				Params: fmt.Sprintf("routes=%d work=%s", n+n/5, w.name), Collector: true,
				Open: func() ([]measure.Subject, error) { return routeSubjects(newRouteSet(n, n/5), w.round) },
			})
		}
	}
	n := 20_000 / part
	set := sync.OnceValue(func() *routeSet { return newRouteSet(n, n/5) })
	return append(list, apiGroup(o, fmt.Sprintf("routes=%d work=api", n+n/5), func(c *client.Client) ([]measure.Sample, error) { return set().ask(c) }))
}

func routeSubjects(s *routeSet, round func(*routeSet, *stallRig) ([]measure.Sample, error)) ([]measure.Subject, error) {
	r, err := newStallRig(stallFlows, 1<<14, routerLines...)
	if err != nil {
		return nil, err
	}
	return []measure.Subject{{Name: "gvpp", Close: r.close, Round: func() ([]measure.Sample, error) {
		in, out := r.dp.Graph().IfTotals(1).RxPackets, r.dp.Graph().IfTotals(2).TxPackets
		list, err := round(s, r)
		in, out = r.dp.Graph().IfTotals(1).RxPackets-in, r.dp.Graph().IfTotals(2).TxPackets-out
		if out < in/2 && err == nil {
			err = fmt.Errorf("routes: of %d packets %d were forwarded meanwhile", in, out)
		}
		return list, err
	}}}, nil
}

// apply changes all routes of a set.
func (s *routeSet) apply(p *ip.Plugin) error {
	if _, err := p.ChangeRoutes(false, 0, s.v4...); err != nil {
		return err
	}
	_, err := p.ChangeRoutes(true, 0, s.v6...)
	return err
}

// flush takes all routes away but the one that traffic needs.
func (s *routeSet) flush(r *stallRig) error {
	for _, v6 := range []bool{false, true} {
		if err := r.dp.IP().FlushTable(v6, 0); err != nil {
			return err
		}
	}
	return r.cli(routerLines[len(routerLines)-1])
}

// load loads them, and says what they take.
func (s *routeSet) load(r *stallRig) ([]measure.Sample, error) {
	before := heapInUse()
	var took time.Duration
	list, err := r.during(func() error {
		begin := time.Now()
		err := s.apply(r.dp.IP())
		took = time.Since(begin)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := append(ofRoutes(list), measure.Sample{Metric: "load", Unit: "s", Value: took.Seconds()},
		measure.Sample{Metric: "memory", Unit: "B/route", Value: float64(int64(heapInUse()-before)) / float64(s.size())})
	return out, s.flush(r)
}

// changes takes single routes of a full table away and adds them again, each seen by the worker at once.
func (s *routeSet) changes(r *stallRig) ([]measure.Sample, error) {
	if err := s.apply(r.dp.IP()); err != nil {
		return nil, err
	}
	var took []time.Duration
	list, err := r.during(func() (err error) {
		for i := 0; i < 10_000 && err == nil; i++ {
			v6 := i%6 == 5
			from := s.v4
			if v6 {
				from = s.v6
			}
			c := from[i*7919%len(from)]
			begin := time.Now()
			_, err = r.dp.IP().ChangeRoutes(v6, 0, fib.Change{Prefix: c.Prefix, Delete: true})
			middle := time.Now()
			if err == nil {
				_, err = r.dp.IP().ChangeRoutes(v6, 0, c)
			}
			took = append(took, middle.Sub(begin), time.Since(middle))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return append(ofRoutes(list), latencies(took)...), s.flush(r)
}

// latencies are what callers wait for.
func latencies(took []time.Duration) (out []measure.Sample) {
	slices.Sort(took)
	n := len(took)
	for _, x := range []struct {
		name string
		at   int
	}{{"change p50", n / 2}, {"change p99", n * 99 / 100}, {"change max", n - 1}} {
		out = append(out, measure.Sample{Metric: x.name, Unit: "us", Value: float64(took[x.at]) / 1e3})
	}
	return out
}

// ofRoutes leaves out what says something of sessions.
func ofRoutes(list []measure.Sample) []measure.Sample {
	return slices.DeleteFunc(list, func(s measure.Sample) bool {
		return slices.Contains([]string{"new sessions", "sessions removed", "removed later than due"}, s.Metric)
	})
}
