package program

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/gvpp/gvpp/internal/netlab"
)

func TestHostFilterUndo(t *testing.T) {
	needRoot(t)
	path := buildProgram(t)
	for _, test := range []struct {
		name string
		f    func(*filterLab)
	}{{"lost route", filterLostRoute}, {"killed in setup", filterKilledInSetup}, {"killed in undo", filterKilledInUndo}} {
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

// Killed at any moment of its setting up, the host works within the ceiling, before anybody undoes anything.
func filterKilledInSetup(f *filterLab) {
	f.strict()
	before := f.dump()
	for i := range 60 {
		h := f.start("nic")
		f.waitForJournal()
		if i%3 == 0 {
			time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
		} else {
			f.waitForMaster()
		}
		must(f.T, h.Process.Kill())
		killed := time.Now()
		f.worksWithin(ceiling, killed, fmt.Sprintf("killed the %d. time in setup", i+1))
		f.wait(h)
		if code, out := f.run("--undo", "nic"); code != 0 && !strings.Contains(out, "nothing to undo") {
			f.Errorf("undo: exit code %d:\n%s", code, out)
		}
		f.same(before)
	}
}

// neighbourRetry is when the kernel asks for a neighbour again, if its first request fell into the moment between (1 s), and
// some time for the answer.
const neighbourRetry = 1200 * time.Millisecond

// The same while it puts everything back.
func filterKilledInUndo(f *filterLab) {
	f.strict()
	before := f.dump()
	for i := range 25 {
		h := f.start("nic")
		f.waitFor(h, filtered)
		must(f.T, h.Process.Signal(syscall.SIGTERM))
		time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
		h.Process.Kill() // or it has ended
		killed := time.Now()
		f.worksWithin(ceiling+neighbourRetry, killed, fmt.Sprintf("killed the %d. time in undo", i+1))
		f.wait(h)
		if code, out := f.run("--undo", "nic"); code != 0 && !strings.Contains(out, "nothing to undo") {
			f.Errorf("undo: exit code %d:\n%s", code, out)
		}
		f.same(before)
	}
}

// strict has the host refuse packets that come in where no way leads back.
func (f *filterLab) strict() {
	must(f.T, f.host.Sysctl("ipv4/conf/all/rp_filter", "1"))
	must(f.T, f.host.Sysctl("ipv4/conf/nic/rp_filter", "1"))
}

func (f *filterLab) waitForJournal() {
	f.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		if _, err := os.Stat(f.state + "/host-filter-nic.json"); err == nil {
			return
		}
	}
	f.Fatal("no journal")
}

// waitForMaster returns as soon as nic is in the bridge: from then on the host moves.
func (f *filterLab) waitForMaster() {
	f.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if l, err := f.host.Link("nic"); err == nil && l.MasterIndex != 0 {
			return
		}
	}
	f.Fatal("nic does not join the bridge")
}

// worksWithin fails unless pings are answered, both ways, at the end of the time at the latest.
func (f *filterLab) worksWithin(limit time.Duration, since time.Time, when string) {
	f.Helper()
	ways := []struct {
		from *netlab.Host
		to   string
	}{{f.outside, "10.1.0.2"}, {f.host, "10.1.0.1"}, {f.outside, "fd01::2"}, {f.host, "fd01::1"}}
	for _, w := range ways {
		for {
			_, err := w.from.Ping(w.to, 1, netlab.PingOptions{Timeout: 100 * time.Millisecond})
			if err == nil {
				break
			}
			if time.Since(since) > limit {
				f.Errorf("%s: not after %v: %v", when, limit, err)
				break
			}
		}
	}
	if d := time.Since(since); d > f.longest {
		f.longest = d
		f.Logf("%s: all answer after %v", when, d.Round(time.Millisecond))
	}
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
