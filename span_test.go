package gvpp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/span"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// sent is what leaves by each interface when packets arrive at one: how many by each.
func (r *rig) sent(from string, frames ...[]byte) string {
	r.t.Helper()
	r.mems[from].Inject(0, frames...)
	for r.Step() {
	}
	var out []string
	for _, name := range r.InterfaceNames() {
		if m := r.mems[name]; m != nil {
			if n := len(m.Sent()); n > 0 {
				out = append(out, fmt.Sprintf("%s %d", name, n))
			}
		}
	}
	return strings.Join(out, " ")
}

func TestMirror(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "m", "n")
	r.connect("a", "b")
	p := packetline.MustBuild(untagged)
	short := p[:10]
	for _, c := range []struct{ command, fromA, fromB string }{
		{"set interface span a destination m rx", "b 2 m 3", "a 3"},
		{"set interface span a destination n both", "b 2 m 3 n 3", "a 3 n 3"},
		{"set interface span a destination m tx", "b 2 n 3", "a 3 m 3 n 3"},
		{"set interface span a disable destination m", "b 2 n 3", "a 3 n 3"},
		{"set interface span b destination m", "b 2 m 2 n 3", "a 3 m 3 n 3"},
		{"set interface span a disable", "b 2 m 2", "a 3 m 3"},
		{"set interface span b disable", "b 2", "a 3"},
	} {
		r.cli(c.command)
		if got := r.sent("a", p, short, p); got != c.fromA { // what is dropped later has been received all the same
			t.Errorf("%s: from a %q, want %q", c.command, got, c.fromA)
		}
		if got := r.sent("b", p, p, p); got != c.fromB {
			t.Errorf("%s: from b %q, want %q", c.command, got, c.fromB)
		}
	}
	if f := r.cli("show interface features a"); strings.Contains(f, "span") {
		t.Error(f)
	}
}

// A copy is the packet as it was; what a copy is of goes on unchanged.
func TestMirroredBytes(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "m", "n")
	r.subs("a", "7")
	r.subs("b", "9")
	r.connect("a.7", "b.9")
	for _, line := range []string{"set interface l2 tag-rewrite a.7 pop 1", "set interface l2 tag-rewrite b.9 pop 1", "set interface span a destination m", "set interface span b.9 destination n tx l2"} {
		r.cli(line)
	}
	r.becomes("a", withTags(7), "b", withTags(9))
	for name, want := range map[string][]byte{"m": withTags(7), "n": withTags(9)} {
		if got := r.mems[name].Sent(); len(got) != 1 || string(got[0]) != string(want) {
			t.Errorf("%s: % x", name, got)
		}
	}
	r.cli("set interface span a.7 l2 destination n rx")
	if r.becomes("a", withTags(7), "b", withTags(9)); len(r.mems["n"].Sent()) != 2 {
		t.Error("a.7 is not mirrored")
	}
	if got, want := r.cli("show interface span"), "Source                           Destination                       Device       L2\n"+
		"a                                m                                (  both) (  none)\n"+
		"a.7                              n                                (  none) (    rx)\n"+
		"b.9                              n                                (  none) (    tx)\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	r.cli("delete sub-interface a.7")
	r.cli("delete interface m")
	if got := strings.Count(r.cli("show interface span"), "\n"); got != 2 {
		t.Errorf("%d lines", got)
	}
	for line, why := range map[string]string{
		"set interface span a":                    "expected destination",
		"set interface span a destination a":      "cannot be mirrored to it",
		"set interface span a destination x":      `no interface "x"`,
		"set interface span a rx tx":              "tx",
		"set interface span b.9 destination n rx": "with l2",
		"show interface span x":                   `no interface "x"`,
	} {
		r.refused(line, why)
	}
}

// Copies that nobody can take are counted, and nothing else is lost.
func TestMirrorIsBounded(t *testing.T) {
	r := newRig(t, gvpp.Config{Buffers: 300}, "a", "b", "m")
	r.connect("a", "b")
	r.cli("set interface span a destination m rx")
	p := packetline.MustBuild(untagged)
	many := slices.Repeat([][]byte{p}, 200)
	if got := r.sent("a", many...); !strings.HasPrefix(got, "b 200 m ") {
		t.Error(got)
	}
	if e := r.errors(); e["span-input: no buffer for a copy"] != 100 || e["span-input: packets copied"] != 100 {
		t.Errorf("%v", e)
	}
	r.cli("set interface state m down")
	if got := r.sent("a", p); got != "b 1" || r.errors()["span-input: copies that the destination did not take"] != 1 {
		t.Error(got)
	}
	r.cli("create loopback interface") // a copy comes back, and is not copied for ever
	r.cli("set interface state loop0 up")
	r.cli("set interface span a disable")
	r.cli("set interface span loop0 destination m rx")
	r.cli("set interface state m up")
	r.cli("set interface span a destination loop0 rx")
	if got := r.sent("a", p); got != "b 1 m 1" {
		t.Error(got)
	}
}

// Packets of several sources in one vector have their copies at their own destinations.
func TestMirrorOfSeveral(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "c", "m", "n")
	for _, line := range []string{"set interface l2 bridge a 1", "set interface l2 bridge b 1", "set interface l2 bridge c 1", "set interface span a destination m tx", "set interface span b destination n tx"} {
		r.cli(line)
	}
	p := packetline.MustBuild(untagged)
	if got := r.sent("c", p, p); got != "a 2 b 2 m 2 n 2" {
		t.Error(got)
	}
}

func TestMirrorAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	c, ctx := span.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(from, to interface_types.InterfaceIndex, state span.SpanState, l2 bool, want api.Errno) {
		t.Helper()
		_, err := c.SwInterfaceSpanEnableDisable(ctx, &span.SwInterfaceSpanEnableDisable{SwIfIndexFrom: from, SwIfIndexTo: to, State: state, IsL2: l2})
		retval(t, "sw_interface_span_enable_disable", err, want)
	}
	set(1, 2, 3, false, 0)
	set(2, 1, 1, true, 0)
	set(1, 1, 3, false, -71)
	set(1, 9, 3, false, -71)
	set(9, 1, 3, false, -71)
	set(1<<32-1, 1, 3, false, -71) // no interface's number, and none to make a table up to
	set(1<<32-1, 1, 0, false, -71)
	set(1<<32-1, 1<<32-1, 0, false, -71)
	set(1, 2, 4, false, api.Unimplemented)
	for _, l2 := range []bool{false, true} {
		var got []string
		for d, err := range c.SwInterfaceSpanDump(ctx, &span.SwInterfaceSpanDump{IsL2: l2}) {
			got = append(got, fmt.Sprint(d.SwIfIndexFrom, d.SwIfIndexTo, uint32(d.State), d.IsL2, err))
		}
		if want := map[bool]string{false: "[1 2 3 false <nil>]", true: "[2 1 1 true <nil>]"}[l2]; fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	set(1, 1<<32-1, 0, false, 0)
	set(1, 2, 0, false, 0)
}

// early is a feature in front of ethernet-input.
func early(name, before, after string, seen *[]string) plugin.Plugin {
	return declare(func(r *plugin.Registry) {
		r.Node(graph.Spec{Name: name, Nexts: graph.Nexts{graph.Continue}, Arc: graph.Arc{Name: graph.EntryArc, Before: before, After: after},
			New: func(*graph.Worker) graph.Processor {
				return process(func(w *graph.Worker, f *graph.Frame) {
					bufs, _ := f.Vector()
					for _, b := range bufs {
						*seen = append(*seen, fmt.Sprintf("%s %d %d", name, w.Meta(b).RxIf, w.Meta(b).EtherType))
					}
				})
			}})
	})
}

type process func(w *graph.Worker, f *graph.Frame)

func (p process) Process(w *graph.Worker, f *graph.Frame) { p(w, f) }

// Features of arc device-input see frames that nobody has looked into, in the order that they ask for, of their interfaces only.
func TestDeviceInput(t *testing.T) {
	var seen []string
	c := gvpp.Config{Plugins: []plugin.Plugin{early("third", "ethernet-input", "second", &seen), early("first", "second", "", &seen), early("second", "", "", &seen)}}
	r := newRig(t, c, "a", "b", "c")
	r.connect("a", "b")
	for _, name := range []string{"first", "second", "third"} {
		if _, err := r.SetFeature("device-input", name, 1, true); err != nil {
			t.Fatal(err)
		}
	}
	if r.reaches("a", untagged) != "b" || r.reaches("b", untagged) != "a" {
		t.Error("packets are lost")
	}
	if got := fmt.Sprint(seen); got != "[first 1 0 second 1 0 third 1 0]" {
		t.Error(got)
	}
	if f := r.cli("show interface features a"); !strings.Contains(f, "device-input:\n  first\n  second\n  third\n") {
		t.Error(f)
	}
	seen = nil
	if _, err := r.SetFeature("device-input", "second", 1, false); err != nil {
		t.Fatal(err)
	}
	r.mems["a"].Inject(0, packetline.MustBuild(untagged), packetline.MustBuild(tagged(5)))
	r.mems["b"].Inject(0, packetline.MustBuild(untagged)) // in the same pass
	if got := r.send("c", untagged); len(got) != 3 || fmt.Sprint(seen) != "[first 1 0 first 1 0 third 1 0 third 1 0]" {
		t.Errorf("%q; %v", got, seen)
	}
	c.Plugins = []plugin.Plugin{early("one", "two", "", &seen), early("two", "one", "", &seen)}
	if _, err := gvpp.New(c); err == nil || !strings.Contains(err.Error(), `arc "device-input": the order of`) || !strings.Contains(err.Error(), "is a circle") {
		t.Error(err)
	}
}

// The generator's packets that begin at ethernet-input pass the features in front of it, too.
func TestDeviceInputOfTheGenerator(t *testing.T) {
	var seen []string
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{early("first", "", "", &seen)}}, "b")
	r.cli("create packet-generator interface pg0")
	r.cli("set interface state pg0 up")
	r.connect("pg0", "b")
	r.cli("packet-generator new { name x limit 2 size 64-64 interface pg0 node ethernet-input data { IP4: 1.2.3 -> 4.5.6 UDP: 1.1.1.1 -> 2.2.2.2 UDP: 1 -> 2 incrementing 10 } }")
	send := func() int {
		r.cli("packet-generator enable")
		return len(r.send("b"))
	}
	if send() != 2 || len(seen) != 0 {
		t.Error(seen)
	}
	if _, err := r.SetFeature("device-input", "first", r.index("pg0"), true); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator delete x")
	r.cli("packet-generator new { name x limit 2 size 64-64 interface pg0 node ethernet-input data { IP4: 1.2.3 -> 4.5.6 UDP: 1.1.1.1 -> 2.2.2.2 UDP: 1 -> 2 incrementing 10 } }")
	if send() != 2 || len(seen) != 2 {
		t.Error(seen)
	}
}
