package main

import (
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
)

func TestHostFilterUndo(t *testing.T) {
	needRoot(t)
	path := buildProgram(t)
	for _, test := range []struct {
		name string
		f    func(*filterLab)
	}{{"lost route", filterLostRoute}} {
		t.Run(test.name, func(t *testing.T) { test.f(newFilterLab(t, path)) })
	}
}

// A route that the kernel no longer takes is reported, and all else put back.
func filterLostRoute(f *filterLab) {
	before := f.dump()
	for _, killed := range []bool{false, true} {
		f.addRouteFrom("10.9.0.1")
		h := f.start("nic")
		f.waitFor(h, filtered)
		must(f.T, f.host.Delete("d1")) // with the route's source address
		var code int
		var out string
		if killed {
			must(f.T, h.Process.Kill())
			f.wait(h)
			code, out = f.run("--undo", "nic")
		} else {
			must(f.T, h.Process.Signal(syscall.SIGTERM))
			code, out = f.wait(h), h.output()
		}
		if code != 1 || !strings.Contains(out, "route 198.51.100.0/24 src 10.9.0.1 via 10.1.0.1: ") || strings.Contains(out, "--undo") {
			f.Errorf("killed %v: exit code %d:\n%s", killed, code, out)
		}
		f.same(before)
	}
	f.works("after")
}

// addRouteFrom adds a route by nic that has its source address from another interface, d1.
func (f *filterLab) addRouteFrom(source string) {
	f.Helper()
	must(f.T, f.host.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "d1"
		veth := netlink.NewVeth(attrs)
		veth.PeerName = "d2"
		return netlink.LinkAdd(veth)
	}))
	must(f.T, f.host.Up("d2"))
	must(f.T, f.host.Up("d1"))
	must(f.T, f.host.Addr("d1", source+"/24"))
	must(f.T, f.host.Do(func() error {
		nic, err := netlink.LinkByName("nic")
		if err != nil {
			return err
		}
		_, to, _ := net.ParseCIDR("198.51.100.0/24")
		return netlink.RouteAdd(&netlink.Route{LinkIndex: nic.Attrs().Index, Dst: to, Gw: net.ParseIP("10.1.0.1"), Src: net.ParseIP(source)})
	}))
}
