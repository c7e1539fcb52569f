package gvpp_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// Between cross-connected interfaces gvpp is a wire, but for malformed IP.
func TestWire(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	r.connect("a", "b")
	for _, line := range []string{
		"udp 10.0.0.1:1000 > 10.0.0.2:53",
		"udp 10.0.0.1:1000 > 10.0.0.2:53 ttl 0",
		"udp 10.0.0.1:1000 > 10.0.0.2:53 badl4sum", // not gvpp's to judge
		"udp 10.0.0.1:1000 > 10.0.0.2:53 vlan 5 pad 18",
		"tcp [2001:db8::1]:1000 > [2001:db8::2]:80 [S] vlan 5 vlan 6",
		"udp [2001:db8::1]:1000 > [2001:db8::2]:53 vlan 5 vlan 6 vlan 7", // three tags: no IP to be found
		"udp 10.0.0.1 > 10.0.0.2 frag 185",
		"icmp 10.0.0.1 > 10.0.0.2",
		"eth 0x0806 data 000108000604",
		"eth 0x88cc len 46 vlan 7",
		"eth 0x0000 len 10",
	} {
		for from, to := range map[string]string{"a": "b", "b": "a"} {
			if got := r.reaches(from, line); got != to {
				t.Errorf("%q from %s leaves by %q", line, from, got)
			}
		}
	}
	if n := len(r.Errors()); n != 0 {
		t.Errorf("counted %v", r.errors())
	}
}

func TestDropsAreCountedByReason(t *testing.T) {
	var seen []string
	var r *rig
	r = newRig(t, gvpp.Config{Dropped: func(w *graph.Worker, b buffer.Index) {
		m := w.Meta(b)
		p := r.Graph().Plan
		seen = append(seen, p.Nodes[m.Node].Name+": "+p.Reason(m.Node, m.Reason))
	}}, "a", "b", "c")
	r.connect("a", "b")
	for i, c := range []struct{ from, line, want string }{
		{"a", "udp 10.0.0.1:1000 > 10.0.0.2:53 badsum", "ip4-input: IPv4 header checksum wrong"},
		{"a", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 100 cut 60", "ip4-input: IPv4 total length wrong"},
		{"a", "udp 10.0.0.1:1000 > 10.0.0.2:53 cut 20", "ip4-input: IPv4 header length wrong or header cut short"},
		{"a", "eth 0x0800 data 65000014000000000000000000000000000000", "ip4-input: IPv4 header length wrong or header cut short"},
		{"a", "eth 0x0800 data 6500001400000000000000000000000000000000", "ip4-input: IPv4 version is not 4"},
		{"a", "udp [::1]:1 > [::2]:2 len 100 cut 80", "ip6-input: IPv6 payload longer than the frame"},
		{"a", "udp [::1]:1 > [::2]:2 cut 40", "ip6-input: IPv6 header cut short"},
		{"a", "eth 0x86dd len 40", "ip6-input: IPv6 version is not 6"},
		{"a", "eth 0x0806 cut 13", "ethernet-input: frame shorter than an Ethernet header"},
		{"c", "udp 10.0.0.1:1000 > 10.0.0.2:53", "ip4-not-enabled: IPv4 is off on the interface, and it is not cross-connected"},
		{"c", "udp [::1]:1 > [::2]:2", "ip6-not-enabled: IPv6 is off on the interface, and it is not cross-connected"},
		{"c", "eth 0x0806 len 28", "l2-drop: frame is not IP and its interface is not cross-connected"},
	} {
		before := r.errors()[c.want]
		if out := r.send(c.from, c.line); len(out) != 0 {
			t.Errorf("%q became %q", c.line, out)
		}
		if len(seen) != i+1 || seen[i] != c.want {
			t.Errorf("%q dropped as %q, want %q", c.line, seen[min(i, len(seen)-1)], c.want)
		}
		if n := r.errors()[c.want] - before; n != 1 {
			t.Errorf("%q counted %d times", c.line, n)
		}
	}
	sum := uint64(0)
	for _, e := range r.Errors() {
		sum += e.Count
	}
	if sum != uint64(len(seen)) {
		t.Errorf("%d drops counted, %d seen", sum, len(seen))
	}
}

// partial is a memory interface whose hosts leave checksums to an offload.
type partial struct{ *port.Memory }

func (p partial) Open(h *port.Host) (port.Device, error) {
	d, err := p.Memory.Open(h)
	return partialDevice{d}, err
}

type partialDevice struct{ port.Device }

func (d partialDevice) Info() port.Info {
	i := d.Device.Info()
	i.PartialChecksums = true
	return i
}

func TestPartialChecksumsAreCompleted(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "b")
	a := port.NewMemory("a", 1)
	r.mems["a"] = a
	if _, err := r.AddInterface(context.Background(), partial{a}); err != nil {
		t.Fatal(err)
	}
	r.connect("a", "b")
	for _, c := range []struct{ from, line, want string }{
		{"a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] len 9 partial", "b: tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] len 9"},
		{"a", "udp 10.0.0.1:1000 > 10.0.0.2:53 partial len 7 vlan 3", "b: udp 10.0.0.1:1000 > 10.0.0.2:53 len 7 vlan 3"},
		{"a", "tcp [::1]:1000 > [::2]:80 [S] partial", "b: tcp [::1]:1000 > [::2]:80 [S]"},
		{"a", "udp [::1]:1000 > [::2]:80 ext hbh partial", "b: udp [::1]:1000 > [::2]:80 ext hbh"},
		{"a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] badl4sum", "b: tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] badl4sum"},
		{"b", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] partial", "a: tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] partial"}, // from a wire: none of ours
	} {
		if got := r.send(c.from, c.line); len(got) != 1 || got[0] != c.want {
			t.Errorf("%q became %q, want %q", c.line, got, c.want)
		}
	}
}

// table is who sends where, as "ab bc": a to b, b to c.
func (r *rig) table() string {
	var out []string
	for _, from := range r.InterfaceNames() {
		for _, line := range []string{aPacket, "udp [::1]:1 > [::2]:2", "eth 0x0806 len 28"} {
			if to := r.reaches(from, line); to != "" {
				out = append(out, from+to)
			}
		}
	}
	all := len(out)
	if out = slices.Compact(out); all != 3*len(out) {
		r.t.Errorf("kinds of packets go different ways: %v", out)
	}
	return fmt.Sprint(out)
}

func TestCrossConnects(t *testing.T) {
	for name, c := range map[string]struct {
		steps []string // "ab": a to b; "a": a to none
		want  string
	}{
		"none":                      {nil, "[]"},
		"one, and back implied":     {[]string{"ab"}, "[ab ba]"},
		"both by name":              {[]string{"ab", "ba"}, "[ab ba]"},
		"a chain of three":          {[]string{"ab", "bc", "ca"}, "[ab bc ca]"},
		"a hub":                     {[]string{"ac", "bc"}, "[ac bc cb]"},
		"the hub was told":          {[]string{"ca", "bc"}, "[ac bc ca]"},
		"told otherwise":            {[]string{"ab", "ac"}, "[ac ca]"},
		"removed, and the way back": {[]string{"ab", "a"}, "[]"},
		"removed at the other end":  {[]string{"ab", "b"}, "[]"},
		"removed in a chain":        {[]string{"ab", "bc", "ca", "b"}, "[ab ca]"},
		"removed and again":         {[]string{"ab", "a", "ba"}, "[ab ba]"},
		"another pair stays":        {[]string{"ab", "cd", "a"}, "[cd dc]"},
	} {
		r := newRig(t, gvpp.Config{}, "a", "b", "c", "d")
		if r.CrossConnected() {
			t.Error("connected from the start")
		}
		for _, s := range c.steps {
			to := "none"
			if len(s) > 1 {
				to = s[1:]
			}
			r.cli("set interface l2 xconnect " + s[:1] + " " + to)
		}
		if got := r.table(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if r.CrossConnected() != (c.want != "[]") {
			t.Errorf("%s: CrossConnected is wrong", name)
		}
	}
}

func TestCrossConnectErrors(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	r.refused("set interface l2 xconnect a a", "to itself")
	r.refused("set interface l2 xconnect a x", `no interface "x"; there are a, b`)
	r.refused("set interface l2 xconnect x a", `no interface "x"`)
	r.refused("set interface l2 xconnect a none", `"a" is not cross-connected`)
	r.refused("set interface l2 xconnect a", "expected")
	r.refused("set interface l2 xconnect a b c", "c")
	if err := r.CrossConnect(context.Background(), "x", "a"); err == nil {
		t.Error("x is no interface")
	}
	if r.CrossConnected() {
		t.Error("something was set")
	}
	r.connect("b", "a")
	if got := r.cli("show l2 xconnect"); got != "a -> b\nb -> a\n" {
		t.Errorf("shown as %q", got)
	}
}
