package gvpp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/ethernet"
	"github.com/gvpp/gvpp/plugin"
)

const untagged = "udp 10.0.0.1:1000 > 10.0.0.2:53 len 20"

// tagged is a packet with tags.
func tagged(vlans ...int) string {
	s := untagged
	for _, v := range vlans {
		s += fmt.Sprintf(" vlan %d", v)
	}
	return s
}

// subs makes sub-interfaces of an interface, each of what the words say, and brings them up.
func (r *rig) subs(parent string, list ...string) {
	r.t.Helper()
	for _, words := range list {
		r.cli("create sub-interfaces " + parent + " " + words)
		id, _, _ := strings.Cut(words, " ")
		r.cli("set interface state " + parent + "." + id + " up")
	}
}

// rx is how many packets an interface has received.
func (r *rig) rx(name string) uint64 {
	r.t.Helper()
	for _, i := range r.Interfaces() {
		if i.Name == name {
			return i.Packets.RxPackets
		}
	}
	r.t.Errorf("no interface %q", name)
	return 0
}

// withTags is the packet with tags, all of them 802.1Q's.
func withTags(vlans ...int) []byte {
	p := packetline.MustBuild(tagged(vlans...))
	for i := range vlans {
		p[12+4*i], p[13+4*i] = 0x81, 0
	}
	return p
}

// withAD is withTags, the first tag 802.1ad's.
func withAD(vlans ...int) []byte {
	p := withTags(vlans...)
	p[12], p[13] = 0x88, 0xa8
	return p
}

// receives injects frames and tells which interfaces count them as theirs, and what drops them.
func (r *rig) receives(from string, frames ...[]byte) string {
	r.t.Helper()
	before, errs := map[string]uint64{}, r.errors()
	for _, i := range r.Interfaces() {
		before[i.Name] = i.Packets.RxPackets
	}
	r.mems[from].Inject(0, frames...)
	for r.Step() {
	}
	var out []string
	for _, i := range r.Interfaces() {
		if n := i.Packets.RxPackets - before[i.Name]; n > 0 && i.Name != from {
			out = append(out, fmt.Sprintf("%s %d", i.Name, n))
		}
	}
	for what, n := range r.errors() {
		if n -= errs[what]; n > 0 && strings.HasPrefix(what, "ethernet-input: ") {
			out = append(out, fmt.Sprintf("%s %d", what[len("ethernet-input: "):], n))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Which frames are whose, as VPP decides it.
func TestSubInterfacesTakeFrames(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	r.subs("a", "1 dot1q 1", "2", "3 dot1q 3 inner-dot1q 30", "4 dot1q 3 inner-dot1q any exact-match", "5 dot1ad 3", "6 dot1ad 3 inner-dot1q 30 exact-match", "7 dot1q 7 inner-dot1q any")
	r.cli("create sub-interfaces a 8 dot1q 8") // stays down
	build := withTags
	for _, c := range []struct {
		frame []byte
		want  string
	}{
		{build(), ""}, // the parent's
		{build(0), ""},
		{build(1), "a.1 1"}, {build(1, 9), "a.1 1"}, {build(1, 9, 9), "a.1 1"},
		{build(2), "a.2 1"}, {build(2, 9), "unknown vlan 1"}, // exactly one tag
		{build(3), "unknown vlan 1"}, {build(3, 30), "a.3 1"}, {build(3, 31), "a.4 1"}, {build(3, 30, 1), "a.3 1"}, {build(3, 31, 1), "unknown vlan 1"},
		{withAD(3), "a.5 1"}, {withAD(3, 30), "a.6 1"}, {withAD(3, 31), "a.5 1"}, {withAD(3, 30, 1), "a.5 1"}, {withAD(1), "unknown vlan 1"},
		{build(7), "unknown vlan 1"}, {build(7, 1), "a.7 1"}, {build(7, 1, 1), "a.7 1"},
		{build(8), "subinterface down 1"}, {build(4094), "unknown vlan 1"},
		{build(3, 30)[:20], "unknown vlan 1"}, // a second tag that is cut off is none
		{build(1)[:16], ""},                   // as is a first one
	} {
		if got := r.receives("a", c.frame); got != c.want {
			t.Errorf("%s: %q, want %q", packetline.String(c.frame), got, c.want)
		}
	}
	if got := r.receives("a", build(3, 31), build(3, 31, 1)); got != "a.4 1, unknown vlan 1" { // the same but for what is behind two tags
		t.Error(got)
	}
	r.subs("a", "100 default", "101 untagged")
	for _, c := range []struct {
		vlans []int
		want  string
	}{{[]int{5}, "a.100 1"}, {[]int{5, 6, 7}, "a.100 1"}, {[]int{1}, "a.1 1"}, {nil, "a.101 1"}, {[]int{0}, "a.100 1"}} {
		if got := r.receives("a", build(c.vlans...)); got != c.want {
			t.Errorf("%v: %q, want %q", c.vlans, got, c.want)
		}
	}
	many := [][]byte{build(1), build(1), build(2), build(1), build(1, 9), build(5), build(), build(1)}
	if got := r.receives("a", many...); got != "a.1 5, a.100 1, a.101 1, a.2 1" {
		t.Error(got)
	}
}

// A wire has what no sub-interface takes; without sub-interfaces nothing is looked at.
func TestSubInterfacesOfAWire(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "c")
	r.connect("a", "b")
	lines := []string{untagged, tagged(1), tagged(1, 2), tagged(7), "eth 0x88cc data 00", "eth 0x8100 data 0001"}
	if got := r.send("a", lines...); len(got) != len(lines) {
		t.Errorf("%q", got)
	}
	r.subs("a", "7")
	r.subs("c", "7")
	r.connect("a.7", "c.7")
	for line, want := range map[string]string{untagged: "b", tagged(1): "b", tagged(7): "c", tagged(7, 1): "b", "eth 0x88cc len 1 vlan 7": "c"} {
		if got := r.reaches("a", line); got != want {
			t.Errorf("%s leaves by %q, want %q", line, got, want)
		}
	}
	if got := r.reaches("c", tagged(7)); got != "a" {
		t.Errorf("back by %q", got)
	}
	if got := r.reaches("c", untagged); got != "" { // c itself is no wire
		t.Errorf("untagged leaves by %q", got)
	}
	s, err := r.InterfaceStatus(r.index("c.7"))
	if p := s.Packets; err != nil || p.RxPackets != 1 || p.TxPackets != 2 || p.TxBytes == 0 || p.RxBytes == 0 {
		t.Errorf("c.7: %+v", p)
	}
	if c, _ := r.InterfaceStatus(r.index("c")); c.Packets.TxPackets != 2 || c.Packets.RxPackets != 2 {
		t.Errorf("c counts its sub-interface's, too: %+v", c.Packets)
	}
}

// index is an interface's sw_if_index.
func (r *rig) index(name string) uint32 {
	r.t.Helper()
	swIf, err := r.Interface(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return swIf
}

// Tags are rewritten on the way in, and the other way round on the way out.
func TestTagRewrite(t *testing.T) {
	vlans := func(list ...int) []int { return list }
	for _, c := range []struct {
		ab, to        string
		in, out, back []int // nil: nothing comes
	}{
		{"disable", "disable", vlans(100), vlans(100), nil}, // out of b with a's tag, and what comes with that is nobody's
		{"pop 1", "pop 1", vlans(100), vlans(200), vlans(100)},
		{"pop 1", "disable", vlans(100, 7), vlans(7), nil},
		{"translate 1-1 dot1q 200", "disable", vlans(100), vlans(200), vlans(100)},
		{"translate 1-2 dot1q 200 5", "disable", vlans(100), vlans(200, 5), vlans(100)},
		{"disable", "translate 1-1 dot1q 100", vlans(100), vlans(200), vlans(100)},
		{"push dot1q 200", "disable", vlans(100), vlans(200, 100), vlans(100)},
		{"push dot1q 200 9", "disable", vlans(100, 1), vlans(200, 9, 100, 1), vlans(100, 1)},
	} {
		r := newRig(t, gvpp.Config{}, "a", "b")
		r.subs("a", "100 dot1q 100")
		r.subs("b", "200 dot1q 200")
		r.connect("a.100", "b.200")
		r.cli("set interface l2 tag-rewrite a.100 " + c.ab)
		r.cli("set interface l2 tag-rewrite b.200 " + c.to)
		r.becomes("a", withTags(c.in...), "b", withTags(c.out...))
		if c.back != nil {
			r.becomes("b", withTags(c.out...), "a", withTags(c.back...))
		} else if got := r.receives("b", withTags(c.out...)); got != "unknown vlan 1" {
			t.Errorf("%s, %s: %s", c.ab, c.to, got)
		}
	}
}

// becomes sends a packet, of which exactly another one must leave.
func (r *rig) becomes(from string, in []byte, to string, out []byte) {
	r.t.Helper()
	r.mems[from].Inject(0, in)
	for r.Step() {
	}
	if got := r.mems[to].Sent(); len(got) != 1 || string(got[0]) != string(out) {
		r.t.Errorf("%s: % x leaves %s as % x, want % x", from, in, to, got, out)
	}
}

// Two tags, and 802.1ad's.
func TestTagRewriteOfTwo(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "c")
	r.subs("a", "1 dot1ad 10 inner-dot1q 20")
	r.connect("a.1", "b")
	r.cli("set interface l2 tag-rewrite a.1 pop 2")
	r.becomes("a", withAD(10, 20), "b", withTags())
	r.becomes("b", withTags(), "a", withAD(10, 20))
	r.cli("set interface l2 tag-rewrite a.1 translate 2-1 dot1ad 30")
	r.becomes("a", withAD(10, 20), "b", withAD(30))
	r.send("b", untagged) // there is no tag to take away
	if n := r.errors()["l2-output-vtr: fewer VLAN tags than are to be taken away"]; n != 1 {
		t.Errorf("%d packets", n)
	}
	r.cli("set interface l2 tag-rewrite b push dot1q 5") // an interface with all its frames
	r.cli("set interface l2 tag-rewrite a.1 disable")
	if got := r.send("b", untagged); len(got) != 1 || got[0] != "a: "+tagged(5) {
		t.Errorf("%q", got)
	}
	if n := strings.Count(r.cli("show interface features b"), "vtr"); n != 4 {
		t.Errorf("%d", n)
	}
	r.cli("set interface l2 xconnect b none")
	if f := r.cli("show interface features b"); strings.Count(f, "vtr") != 1 {
		t.Error(f) // only what is sent
	}
	r.refused("set interface l2 tag-rewrite b pop 1", "names 0 tags")
}

func TestSubInterfacesComeAndGo(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	if got := r.cli("create sub-interfaces a 10-12"); got != "a.10\na.11\na.12\n" {
		t.Error(got)
	}
	for line, why := range map[string]string{
		"create sub-interfaces c 1":                           `no interface "c"`,
		"create sub-interfaces a 10":                          "there already",
		"create sub-interfaces a 13 dot1q 12":                 "a.12's already",
		"create sub-interfaces a 0":                           "want a VLAN",
		"create sub-interfaces a 5000":                        "5000 as a VLAN: want",
		"create sub-interfaces a 0-9":                         "0 as a VLAN: want",
		"create sub-interfaces a 20-21 dot1q 5":               "give one number",
		"create sub-interfaces a 20 dot1q 4096":               "4096",
		"create sub-interfaces a 20 dot2q 1":                  "dot2q",
		"create sub-interfaces a.10 1":                        "name its parent",
		"create sub-interfaces a 21 dot1q 5 exact-match more": "more",
		"delete sub-interface a":                              "not a sub-interface",
		"set interface l2 tag-rewrite a pop 1":                "names 0 tags",
		"set interface l2 tag-rewrite a.10 pop 2":             "names 1 tags",
		"set interface l2 tag-rewrite a.10 pop 3":             "from 1 to 2",
		"set interface l2 tag-rewrite a.10 push 7":            "dot1q",
	} {
		r.refused(line, why)
	}
	r.cli("set interface state a.10 up")
	r.cli("set interface l2 xconnect a.10 b")
	r.cli("set interface l2 tag-rewrite a.10 pop 1")
	if got := r.send("a", tagged(10)); len(got) != 1 || got[0] != "b: "+untagged {
		t.Errorf("%q", got)
	}
	r.cli("set interface state a down")
	if s, _ := r.InterfaceStatus(r.index("a.10")); !s.Up || s.LinkUp {
		t.Errorf("%+v", s)
	}
	if got := r.send("b", untagged); len(got) != 0 {
		t.Errorf("%q", got)
	}
	r.cli("set interface state a up")
	r.cli("delete sub-interface a.10")
	if got := r.receives("a", packetline.MustBuild(tagged(10))); got != "unknown vlan 1" {
		t.Error(got)
	}
	r.subs("a", "10")
	if r.rx("a.10") != 0 || strings.Contains(r.cli("show interface features a.10"), "vtr") {
		t.Error("it remembers the one before")
	}
	var gone []string
	stop := r.OnInterfaceEvent(func(e gvpp.InterfaceEvent) {
		if e.Kind == gvpp.InterfaceRemoved {
			gone = append(gone, e.Name)
		}
	})
	defer stop()
	r.cli("delete interface a")
	if got := fmt.Sprint(gone); got != "[a.11 a.12 a.10 a]" || len(r.InterfaceNames()) != 1 {
		t.Errorf("%s, left %v", got, r.InterfaceNames())
	}
	if _, err := r.CreateSubInterface(context.Background(), 1, 5, ethernet.Match{Tags: 1, Outer: 5}); !errors.Is(err, gvpp.ErrNoInterface) {
		t.Error(err)
	}
}

// A frame that is routed must be for its interface's address; what others see of a link is told to plugins.
func TestRoutedInterfacesTakeTheirOwn(t *testing.T) {
	var links func(swIf uint32) (plugin.Link, bool)
	p := declare(func(r *plugin.Registry) {
		r.Init(func(dp plugin.Dataplane) error { links = dp.Link; return nil })
	})
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}}, "b")
	mem := port.NewMemory("a", 1)
	mem.MAC = []byte{2, 0, 0, 0, 0, 2}
	a, err := r.AddInterface(context.Background(), mem)
	if err != nil {
		t.Fatal(err)
	}
	r.mems["a"] = mem
	r.subs("a", "7 dot1q 7 exact-match")
	r.SetRouted(a, true)
	r.SetRouted(r.index("a.7"), true)
	frame := func(dst string, vlans ...int) []byte {
		p := packetline.MustBuild(tagged(vlans...))
		copy(p, dst)
		return p
	}
	own, other, group := "\x02\x00\x00\x00\x00\x02", "\x02\x00\x00\x00\x00\x09", "\x01\x00\x5e\x00\x00\x01"
	for _, c := range []struct {
		frame []byte
		want  string
	}{{frame(own), ""}, {frame(group), ""}, {frame(other), "l3 mac mismatch 1"}, {frame(own, 7), "a.7 1"}, {frame(group, 7), "a.7 1"}, {frame(other, 7), "a.7 1, l3 mac mismatch 1"}} {
		if got := r.receives("a", c.frame); got != c.want {
			t.Errorf("% x: %q, want %q", c.frame[:18], got, c.want)
		}
	}
	r.cli("set interface mac address a 02:00:00:00:00:09")
	if got := r.receives("a", frame(own), frame(own, 7), frame(other), frame(other, 7)); got != "a.7 2, l3 mac mismatch 2" {
		t.Error(got)
	}
	if l, ok := links(r.index("a.7")); !ok || l.MAC[5] != 9 || string(l.Tags) != "\x81\x00\x00\x07" || !l.Up {
		t.Errorf("%+v", l)
	}
	r.connect("a", "b") // a wire takes all, whatever else it is
	if got := r.receives("a", frame(own), frame(own, 8)); got != "" {
		t.Error(got)
	}
	r.refused("set interface mac address a.7 02:00:00:00:00:09", "shares")
	r.refused("set interface mac address a 01:00:00:00:00:09", "a group's")
}

func TestMTUsAreKept(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	r.subs("a", "7")
	r.mems["a"].MTU = 1500
	for _, line := range []string{"set interface mtu 1400 a", "set interface mtu packet 1300 a.7", "set interface mtu ip4 1200 a.7"} {
		r.cli(line)
	}
	for name, want := range map[string]string{"a": "[1400 0 0 0]", "a.7": "[1300 1200 0 0]"} {
		if s, err := r.InterfaceStatus(r.index(name)); err != nil || fmt.Sprint(s.MTUs) != want || s.Device.MTU != 1400 {
			t.Errorf("%s: %v, want %s; device %v, %v", name, s.MTUs, want, s.Device, err)
		}
	}
	if got := r.cli("show interface a.7"); !strings.Contains(got, "1300/1200/0/0") {
		t.Error(got)
	}
	r.cli("set interface mtu packet 0 a.7")
	r.refused("set interface mtu 1501 a", "68 to 1500")
	r.refused("set interface mtu 1400 a.7", "the parent's")
	r.refused("set interface mtu packet 20 a", "68 to 65535")
	if l, _ := r.Link(r.index("a.7")); l.MTU != 1400 || l.MTU4 != 1200 || l.MTU6 != 1400 {
		t.Errorf("%+v", l)
	}
}
