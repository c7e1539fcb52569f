package acl_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
)

// rig is two interfaces with a wire between them, and lists.
type rig struct {
	t     *testing.T
	ctx   context.Context
	dp    *gvpp.Dataplane
	rules *classify.Plugin
	acl   *acl.Plugin
	a, b  *port.Memory
}

func newRig(t *testing.T) *rig {
	t.Helper()
	track := flowtrack.New()
	track.Sessions = 4096
	rules := classify.New(track)
	r := &rig{t: t, ctx: t.Context(), rules: rules, acl: acl.New(rules), a: port.NewMemory("a", 1), b: port.NewMemory("b", 1)}
	now := int64(0)
	var err error
	r.dp, err = gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{r.a, r.b}, Plugins: []plugin.Plugin{track, rules, r.acl},
		Clock: func() int64 { now += 1000; return now }, Buffers: 1024,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.dp.Close() })
	r.ok(r.dp.CrossConnect(r.ctx, "a", "b"))
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// list makes a list from lines of the CLI.
func (r *rig) list(text string) uint32 {
	r.t.Helper()
	before := len(r.acl.Lists())
	r.cli("set acl-plugin acl " + text)
	all := r.acl.Lists()
	if len(all) != before+1 {
		r.t.Fatalf("%d lists behind %q, there were %d", len(all), text, before)
	}
	return all[len(all)-1].Index
}

func (r *rig) cli(line string) string {
	r.t.Helper()
	var out strings.Builder
	r.ok(r.dp.CLI().Run(r.ctx, line, false, &out))
	return out.String()
}

// passes reports whether a packet gets from one interface to the other.
func (r *rig) passes(from, to *port.Memory, line string) bool {
	r.t.Helper()
	from.Inject(0, packetline.MustBuild(line))
	for r.dp.Step() {
	}
	return len(to.Sent()) == 1
}

// want checks packets from a to b, or with < in front from b to a; + in front says that it passes, - that it does not.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		from, to, packet := r.a, r.b, strings.TrimSpace(l[1:])
		if strings.HasPrefix(packet, "<") {
			from, to, packet = r.b, r.a, strings.TrimSpace(packet[1:])
		}
		if got := r.passes(from, to, packet); got != (l[0] == '+') {
			r.t.Errorf("%s: passes: %v", l, got)
		}
	}
}

func TestFirstMatchOfAllLists(t *testing.T) {
	r := newRig(t)
	dns := r.list("permit src 10.0.0.0/8 proto udp dport 53, deny src 10.0.0.0/8 tag dns")
	rest := r.list("permit proto tcp tcpflags 2 mask 18, permit proto icmp sport 8 dport 0, permit src fd00::/8")
	r.want("+ udp 10.0.0.1:1 > 1.0.0.1:99", "+< udp 10.0.0.1:1 > 1.0.0.1:99")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{dns, rest}, nil))
	r.want("+ udp 10.0.0.1:1 > 1.0.0.1:53", "- udp 10.0.0.1:1 > 1.0.0.1:54", "- tcp 10.0.0.1:1 > 1.0.0.1:80 [S]",
		"+ tcp 11.0.0.1:1 > 1.0.0.1:80 [S]", "- tcp 11.0.0.1:2 > 1.0.0.1:80 [SA]", "- udp 11.0.0.1:1 > 1.0.0.1:53",
		"+ icmp 11.0.0.1 > 1.0.0.1 type 8 id 1 seq 1", "+ udp [fd00::1]:1 > [fe00::1]:9", "- udp [fe00::1]:1 > [fd00::1]:9",
		"+< udp 1.0.0.1:53 > 77.0.0.1:1") // the other direction has no list
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{rest, dns}, nil))
	r.want("+ tcp 10.0.0.1:3 > 1.0.0.1:80 [S]", "- udp 10.0.0.1:3 > 1.0.0.1:54")
	r.ok(r.acl.Apply(r.ctx, 1, nil, nil))
	r.want("+ udp 11.0.0.1:1 > 1.0.0.1:53")
}

func TestReflect(t *testing.T) {
	r := newRig(t)
	out := r.list("permit+reflect proto udp")
	none := r.list("deny")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{out}, []uint32{none}))
	r.want("-< udp 10.0.0.2:53 > 10.0.0.1:1000", "+ udp 10.0.0.1:1000 > 10.0.0.2:53", "+< udp 10.0.0.2:53 > 10.0.0.1:1000",
		"-< udp 10.0.0.2:54 > 10.0.0.1:1000")
	r.ok(r.acl.Apply(r.ctx, 1, nil, []uint32{none}))
	r.want("-< udp 10.0.0.2:53 > 10.0.0.1:1000") // the rule that let the session through is gone
}

func TestReplaceChangesAllInterfacesInOneStep(t *testing.T) {
	r := newRig(t)
	n := r.list("permit proto udp")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.ok(r.acl.Apply(r.ctx, 2, []uint32{n}, nil))
	r.want("+ udp 10.0.0.1:1 > 10.0.0.2:1", "+< udp 10.0.0.2:2 > 10.0.0.1:2", "- tcp 10.0.0.1:1 > 10.0.0.2:1 [S]")
	r.cli("set acl-plugin acl index 0 permit proto tcp tag other")
	r.want("- udp 10.0.0.1:1 > 10.0.0.2:1", "-< udp 10.0.0.2:2 > 10.0.0.1:2", "+ tcp 10.0.0.1:1 > 10.0.0.2:1 [S]")
	if all := r.acl.Lists(); len(all) != 1 || all[0].Tag != "other" {
		t.Errorf("%+v", all)
	}
}

func TestRulesOfTheOperatorStandInFront(t *testing.T) {
	r := newRig(t)
	r.cli("classify add rule a proto udp dport 7 pass")
	n := r.list("deny")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.want("+ udp 10.0.0.1:1 > 10.0.0.2:7", "- udp 10.0.0.1:1 > 10.0.0.2:8")
	r.ok(r.acl.Apply(r.ctx, 1, nil, nil))
	if s := r.cli("show classify"); strings.Count(s, "drop") != 0 || !strings.Contains(s, "dport 7") {
		t.Errorf("left over:\n%s", s)
	}
}

func TestRefused(t *testing.T) {
	r := newRig(t)
	p4, p6, odd := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("10.0.0.1/8")
	any := acl.Range{First: 0, Last: 65535}
	n := r.list("permit")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, []uint32{n}))
	add := func(rule acl.Rule) error { _, err := r.acl.Add("", []acl.Rule{rule}); return err }
	for what, c := range map[string]struct {
		err  error
		want api.Errno
	}{
		"source bits":         {add(acl.Rule{Src: odd, Dst: p4, Src4: any, Dst4: any}), -57},
		"destination bits":    {add(acl.Rule{Src: p4, Dst: odd, Src4: any, Dst4: any}), -58},
		"two families":        {add(acl.Rule{Src: p4, Dst: p6, Src4: any, Dst4: any}), -57},
		"range":               {add(acl.Rule{Src: p4, Dst: p4, Src4: acl.Range{First: 2, Last: 1}, Dst4: any}), -8},
		"action":              {add(acl.Rule{Action: 3, Src: p4, Dst: p4, Src4: any, Dst4: any}), -7},
		"too many ICMP":       {add(acl.Rule{Proto: 1, Src: p4, Dst: p4, Src4: any, Dst4: acl.Range{First: 0, Last: 9}}), -7},
		"tag":                 {r.acl.Replace(r.ctx, n, strings.Repeat("x", 64), nil), -7},
		"no such list":        {r.acl.Replace(r.ctx, 7, "", nil), -6},
		"delete of none":      {r.acl.Delete(7), -6},
		"delete in use":       {r.acl.Delete(n), -142},
		"no interface":        {r.acl.Apply(r.ctx, 9, nil, nil), -2},
		"local0":              {r.acl.Apply(r.ctx, 0, nil, nil), -2},
		"no such list at all": {r.acl.Apply(r.ctx, 1, []uint32{7}, nil), -6},
		"twice":               {r.acl.Apply(r.ctx, 1, []uint32{n, n}, nil), -116},
		"again":               {r.acl.ApplyOne(r.ctx, 1, n, classify.In, true), -142},
		"again, out":          {r.acl.ApplyOne(r.ctx, 1, n, classify.Out, true), -143},
		"not there":           {r.acl.ApplyOne(r.ctx, 2, n, classify.In, false), -6},
	} {
		if c.err == nil || api.ErrnoOf(c.err) != c.want {
			t.Errorf("%s: %v (%d), want %d", what, c.err, api.ErrnoOf(c.err), c.want)
		}
	}
	if a := r.acl.Applied(1); !slices.Equal(a.In, []uint32{n}) || !slices.Equal(a.Out, []uint32{n}) {
		t.Errorf("changed: %+v", a)
	}
	r.ok(r.acl.ApplyOne(r.ctx, 1, n, classify.In, false))
	if err := r.acl.Delete(n); api.ErrnoOf(err) != -143 {
		t.Errorf("%v", err)
	}
	r.ok(r.acl.ApplyOne(r.ctx, 1, n, classify.Out, false))
	r.ok(r.acl.Delete(n))
	if m := r.list("deny"); m != n {
		t.Errorf("index %d, want the free one %d", m, n)
	}
	if _, err := r.acl.Report(&[]uint32{5}[0]); !errors.Is(err, api.NoSuchEntry) {
		t.Error(err)
	}
}

func TestICMPRanges(t *testing.T) {
	r := newRig(t)
	n := r.list("permit proto icmp sport 8-13 dport 0-255, permit proto icmpv6 sport 128 dport 0")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.want("+ icmp 1.0.0.1 > 1.0.0.2 type 8 id 1 seq 1", "- icmp 1.0.0.1 > 1.0.0.2 type 0 id 2 seq 1")
	if s := r.cli("show classify interface a"); strings.Count(s, "proto icmp icmp") != 6 || !strings.Contains(s, "icmp 128/0") {
		t.Errorf("rules:\n%s", s)
	}
}

func TestMatches(t *testing.T) {
	r := newRig(t)
	n := r.list("permit proto udp dport 7, permit proto icmp sport 8-9, deny proto udp")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.ok(r.acl.Apply(r.ctx, 2, []uint32{n}, nil))
	r.want("+ udp 10.0.0.1:1 > 10.0.0.2:7", "+< udp 10.0.0.2:1 > 10.0.0.1:7", "- udp 10.0.0.1:1 > 10.0.0.2:8", "+ icmp 1.0.0.1 > 1.0.0.2 type 8 id 1 seq 1",
		"- tcp 10.0.0.1:1 > 10.0.0.2:8 [S]")
	if m := r.acl.Matches()[n]; len(m) != 3 || m[0].Packets != 2 || m[1].Packets != 1 || m[2].Packets != 1 {
		t.Errorf("%+v", m)
	}
}

func TestRemovedInterface(t *testing.T) {
	r := newRig(t)
	n := r.list("deny")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.ok(r.dp.RemoveInterface(r.ctx, 1))
	if a := r.acl.Applied(1); len(a.In) != 0 {
		t.Errorf("%+v", a)
	}
	r.ok(r.acl.Replace(r.ctx, n, "", nil))
	r.ok(r.acl.Delete(n))
}

func TestShown(t *testing.T) {
	r := newRig(t)
	n := r.list("permit+reflect src 10.0.0.0/8 proto tcp dport 80-90 tcpflags 2 mask 18 , deny dst fd00::/8 tag web")
	r.cli("set acl-plugin interface a input acl 0")
	r.cli("set acl-plugin interface b output acl 0")
	want := "acl-index 0 count 2 tag {web}\n" +
		"          0: ipv4 permit+reflect src 10.0.0.0/8 dst 0.0.0.0/0 proto 6 sport 0-65535 dport 80-90 tcpflags 2 mask 18\n" +
		"          1: ipv6 deny src ::/0 dst fd00::/8 proto 0 sport 0-65535 dport 0-65535\n" +
		"  applied inbound on: a\n  applied outbound on: b\n"
	if s := r.cli("show acl-plugin acl"); s != want {
		t.Errorf("got\n%swant\n%s", s, want)
	}
	if s := r.cli("show acl-plugin interface b"); s != "sw_if_index 2: b\n  input acl(s): \n  output acl(s): 0\n" {
		t.Errorf("got\n%s", s)
	}
	r.cli("set acl-plugin interface b output acl 0 del")
	for _, line := range []string{"set acl-plugin acl allow", "set acl-plugin acl permit proto", "set acl-plugin acl permit sport 9-1", "set acl-plugin acl permit tcpflags 1",
		"set acl-plugin acl permit src 10.0.0.1/8", "set acl-plugin acl permit colour red", "delete acl-plugin acl index 0", "set acl-plugin interface a in acl 0", "show acl-plugin acl index 9"} {
		if err := r.dp.CLI().Run(r.ctx, line, false, nil); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	_ = n
}
