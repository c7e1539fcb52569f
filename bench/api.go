package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
	aclplugin "github.com/gvpp/gvpp/plugins/acl"
)

// apiScenario asks both by their API sockets, with the same client and the same messages. Here time is the caller's, by the clock:
// what it waits for.
var apiScenario = measure.Scenario{
	Name:   "api",
	About:  "the API socket: pings, and an access list of N rules replaced on an interface, then dumped; by the clock",
	Groups: apiGroups,
}

func apiGroups(o measure.Options) (list []measure.Group) {
	counts := []int{1000, 10_000, 100_000}
	pings := 10_000
	if o.Short {
		counts, pings = counts[:1], 100
	}
	list = append(list, apiGroup(o, "work=ping", func(c *client.Client) ([]measure.Sample, error) { return askPings(c, pings) }))
	for _, n := range counts {
		list = append(list, apiGroup(o, fmt.Sprintf("rules=%d work=acl", n), func(c *client.Client) ([]measure.Sample, error) { return askRules(c, n) }))
	}
	return list
}

func apiGroup(o measure.Options, params string, work func(*client.Client) ([]measure.Sample, error)) measure.Group {
	ask := func(path string) (samples []measure.Sample, err error) {
		c, err := client.Dial(context.Background(), path, "bench")
		if err != nil {
			return nil, err
		}
		samples, err = work(c)
		return samples, errors.Join(err, c.Close())
	}
	return measure.Group{Params: params, Collector: true, Open: func() ([]measure.Subject, error) {
		s, err := openAPI(ask)
		return []measure.Subject{s, peer.VPPAPI(o, ask)}, err
	}}
}

// openAPI runs gvpp in this process, with a worker that has nothing to do, as VPP's.
func openAPI(ask func(path string) ([]measure.Sample, error)) (measure.Subject, error) {
	dir, err := os.MkdirTemp("", "gvpp-bench-api-")
	if err != nil {
		return measure.Subject{}, err
	}
	track := flowtrack.New()
	rules := classify.New(track)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{track, rules, aclplugin.New(rules)}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return measure.Subject{}, errors.Join(err, os.RemoveAll(dir))
	}
	path := filepath.Join(dir, "api.sock")
	s, err := server.New(server.Config{Path: path, Services: dp.API(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return measure.Subject{}, errors.Join(err, dp.Close(), os.RemoveAll(dir))
	}
	ctx, stop := context.WithCancel(context.Background())
	var run, serve error
	var running sync.WaitGroup
	running.Go(func() { run = dp.Run(ctx) })
	running.Go(func() { serve = s.Serve(ctx) })
	end := func() error { stop(); running.Wait(); return errors.Join(run, serve, os.RemoveAll(dir)) }
	return measure.Subject{Name: "gvpp", Close: end, Round: func() ([]measure.Sample, error) { return ask(path) }}, nil
}

// askPings sends pings, one after the other.
func askPings(c *client.Client, n int) ([]measure.Sample, error) {
	m := memclnt.NewClient(c)
	begin := time.Now()
	for range n {
		if _, err := m.ControlPing(context.Background(), &memclnt.ControlPing{}); err != nil {
			return nil, err
		}
	}
	return []measure.Sample{{Metric: "round trip", Unit: "us", Value: time.Since(begin).Seconds() * 1e6 / float64(n)}}, nil
}

// askRules gives a loopback an access list, then measures another one in its place, a dump, and leaves all as it was.
func askRules(c *client.Client, n int) (samples []measure.Sample, err error) {
	ctx := context.Background()
	ifs, lists := interfaces.NewClient(c), acl.NewClient(c)
	loop, err := ifs.CreateLoopback(ctx, &interfaces.CreateLoopback{})
	if err != nil {
		return nil, err
	}
	made, err := lists.ACLAddReplace(ctx, &acl.ACLAddReplace{ACLIndex: ^uint32(0), Tag: "bench", R: apiRules(n, 0)})
	if err != nil {
		return nil, err
	}
	if _, err := lists.ACLInterfaceSetACLList(ctx, &acl.ACLInterfaceSetACLList{SwIfIndex: loop.SwIfIndex, NInput: 1, Acls: []uint32{made.ACLIndex}}); err != nil {
		return nil, err
	}
	other := &acl.ACLAddReplace{ACLIndex: made.ACLIndex, Tag: "bench", R: apiRules(n, 1)}
	begin := time.Now()
	if _, err := lists.ACLAddReplace(ctx, other); err != nil {
		return nil, err
	}
	replaced := time.Since(begin)
	begin = time.Now()
	got := 0
	for d, err := range lists.ACLDump(ctx, &acl.ACLDump{ACLIndex: made.ACLIndex}) {
		if err != nil {
			return nil, err
		}
		got += len(d.R)
	}
	dumped := time.Since(begin)
	if got != n {
		return nil, fmt.Errorf("%d rules of %d are dumped", got, n)
	}
	_, err1 := lists.ACLInterfaceSetACLList(ctx, &acl.ACLInterfaceSetACLList{SwIfIndex: loop.SwIfIndex})
	_, err2 := lists.ACLDel(ctx, &acl.ACLDel{ACLIndex: made.ACLIndex})
	_, err3 := ifs.DeleteLoopback(ctx, &interfaces.DeleteLoopback{SwIfIndex: loop.SwIfIndex})
	return []measure.Sample{
		{Metric: "replace", Unit: "ms", Value: replaced.Seconds() * 1e3}, {Metric: "dump", Unit: "ms", Value: dumped.Seconds() * 1e3},
	}, errors.Join(err1, err2, err3)
}

// apiRules is n rules for single hosts and ports; those of two sets differ.
func apiRules(n int, set byte) []acl_types.ACLRule {
	list := make([]acl_types.ACLRule, n)
	for i := range list {
		r := acl_types.ACLRule{IsPermit: acl_types.ACL_ACTION_API_PERMIT, Proto: 17, SrcportOrIcmptypeLast: 65535, DstportOrIcmpcodeFirst: uint16(i), DstportOrIcmpcodeLast: uint16(i)}
		r.DstPrefix.Len = 32
		r.DstPrefix.Address.Un.SetIP4(ip_types.IP4Address{11 + set, byte(i >> 16), byte(i >> 8), byte(i)})
		list[i] = r
	}
	return list
}
