package macip_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl/macip"
)

// rig is two interfaces on a wire.
type rig struct {
	*gvpptest.Harness
	t    *testing.T
	m    *macip.Plugin
	a, b *gvpptest.Interface
}

func newRig(t *testing.T) *rig {
	m := macip.New()
	r := &rig{gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{m}, Interfaces: []string{"a", "b"}}), t, m, nil, nil}
	r.a, r.b = r.Interface("a"), r.Interface("b")
	r.Connect(r.a, r.b)
	return r
}

// want sends packets from a to b: + in front says that it passes, - that it does not.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		p := gvpptest.Lines(strings.TrimSpace(l[1:]))
		if l[0] == '+' {
			r.SendAndExpect(r.a, p, r.b)
		} else {
			r.SendAndAssertNoReplies(r.a, p)
		}
	}
}

// Frames of lines come from 02:00:00:00:00:01.
const (
	mine     = " mac 02:00:00:00:00:01"
	fromOne  = "udp 10.0.0.1:1 > 1.0.0.1:9"
	fromTwo  = "udp 10.0.0.2:1 > 1.0.0.1:9"
	fromSix  = "udp [fd00::1]:1 > [fd00::2]:9"
	arpOfOne = "eth 0x0806 data 00010800060400010200000000010a00000100000000000001000001"
	arpOfAny = "eth 0x0806 data 00010800060400010200000000070a00000100000000000001000001" // told by another than it is about
)

// An operator's day: a list made, applied, shown, taken off, deleted.
func TestCommands(t *testing.T) {
	r := newRig(t)
	r.want("+ " + fromTwo)
	if out := r.Exec("set acl-plugin macip acl permit ip 10.0.0.1/32" + mine + ", deny ip 0.0.0.0/0 tag hosts"); !strings.Contains(out, "ACL index:0") {
		t.Error(out)
	}
	r.Exec("set acl-plugin macip interface a acl 0")
	r.want("+ "+fromOne, "- "+fromTwo, "- "+fromSix, "+ "+fromOne+" vlan 7", "- "+fromTwo+" vlan 7 vlan 8", "+ "+arpOfOne, "- "+arpOfAny, "- eth 0x88cc data 00", "- eth 0x0806 data 00")
	r.ExpectCounter("acl-plugin-macip-in", "MACIP rule permits", 3)
	r.ExpectCounter("acl-plugin-macip-in", "MACIP rule denies", 3)
	r.ExpectCounter("acl-plugin-macip-in", "no MACIP rule matches", 3)
	out := r.Exec("show acl-plugin macip acl")
	for _, want := range []string{
		"MACIP acl_index: 0, count: 2 tag {hosts}", "rule 0: ipv4 action 1 ip 10.0.0.1/32 mac 02:00:00:00:00:01 mask ff:ff:ff:ff:ff:ff hits 3",
		"rule 1: ipv4 action 0 ip 0.0.0.0/0 mac 00:00:00:00:00:00 mask 00:00:00:00:00:00 hits 3", "applied on sw_if_index(s): [1]",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	var text bytes.Buffer
	var lists []struct{ Rules []struct{ Hits uint64 } }
	if err := r.DP.CLI().Run(t.Context(), "show acl-plugin macip acl index 0", true, &text); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal(text.Bytes(), &lists); err != nil || len(lists) != 1 || lists[0].Rules[0].Hits != 3 {
		t.Errorf("%+v, %v", lists, err)
	}
	if out := r.Exec("show acl-plugin macip interface"); !strings.Contains(out, "sw_if_index 1: 0") || !strings.Contains(out, "sw_if_index 0: -1") {
		t.Error(out)
	}
	r.Exec("set acl-plugin macip interface a del acl 0")
	r.want("+ " + fromTwo)
	r.Exec("set acl-plugin macip interface a acl 0\ndelete acl-plugin macip acl index 0")
	r.want("+ " + fromTwo)
	r.Refused("set acl-plugin macip interface a acl 0", "there is no list 0")
	r.Refused("set acl-plugin macip acl permit mac 1", "want six bytes")
	r.Refused("set acl-plugin macip acl action 2", "action 2")
	r.Refused("set acl-plugin macip acl permit,", "expected a rule")
	r.Refused("delete acl-plugin macip acl index 0", "there is no list 0")
}

// A mask leaves the rest of the address, and the group with more bits is asked first, wherever its rules stand.
func TestMasksAndOrder(t *testing.T) {
	r := newRig(t)
	r.Exec("set acl-plugin macip acl deny ip 10.0.0.0/24, permit ip 10.0.0.1/32 mac 02:00:00:ff:ff:ff mask ff:ff:ff:00:00:00\nset acl-plugin macip interface a acl 0")
	r.want("+ "+fromOne, "- "+fromTwo)
	r.Exec("set acl-plugin macip acl permit ip fd00::/127" + mine + "\nset acl-plugin macip interface a acl 1")
	r.want("+ "+fromSix, "- udp [fd00::2]:1 > [fd00::1]:9", "- "+fromOne)
	r.Exec("set acl-plugin macip acl permit ip fd00::/64" + mine + "\nset acl-plugin macip interface a acl 2")
	r.want("+ udp [fd00::8000:0:0:1]:1 > [fd00::1]:9", "- udp [fd00:0:0:1::1]:1 > [fd00::1]:9")
}

// Of what an interface sends only a rule that permits both ways has a say: by destination.
func TestOutput(t *testing.T) {
	r := newRig(t)
	r.Exec("set acl-plugin macip acl action 3 ip 1.0.0.1/32 mac 02:00:00:00:00:02\nset acl-plugin macip interface b acl 0")
	r.want("+ "+fromOne, "- udp 10.0.0.1:1 > 1.0.0.2:9", "- "+fromSix, "+ "+arpOfOne, "- eth 0x88cc data 00")
	r.ExpectCounter("acl-plugin-macip-out", "no MACIP rule matches", 3)
	r.Exec("set acl-plugin macip acl permit ip 1.0.0.1/32 mac 02:00:00:00:00:02\nset acl-plugin macip interface b acl 1")
	r.want("+ udp 10.0.0.1:1 > 1.0.0.2:9")
}

func TestTrace(t *testing.T) {
	r := newRig(t)
	r.Exec("set acl-plugin macip acl deny ip 10.0.0.0/8\nset acl-plugin macip interface a acl 0\ntrace add ethernet-input 9")
	for _, c := range [][2]string{{fromOne, "macip: denied by rule 0"}, {fromSix, "macip: denied: no rule matches"}} {
		r.want("- " + c[0])
		if out := r.Exec("show trace"); !strings.Contains(out, c[1]) {
			t.Error(out)
		}
	}
}

// Removing an interface leaves its place in the table, without a list.
func TestRemovedInterface(t *testing.T) {
	r := newRig(t)
	l := r.Loopback()
	r.Exec("set acl-plugin macip acl permit\nset acl-plugin macip interface " + l.Name + " acl 0\ndelete loopback interface intfc " + l.Name)
	if got := r.m.Applied(); len(got) != 4 || got[3] != macip.None {
		t.Errorf("%d", got)
	}
	if err := r.m.Apply(t.Context(), 3, 0); api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Errorf("%v", err)
	}
	if err := r.m.Apply(t.Context(), 0, 0); err != nil || r.m.Applied()[0] != 0 { // VPP's local0
		t.Errorf("%v, %d", err, r.m.Applied())
	}
	if err := r.m.Unapply(t.Context(), 1); api.ErrnoOf(err) != api.NoSuchEntry {
		t.Errorf("%v", err)
	}
}

func TestBounds(t *testing.T) {
	r := newRig(t)
	var rules []macip.Rule
	for n := range 33 {
		rules = append(rules, macip.Rule{Src: netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), n)}, macip.Rule{Src: netip.PrefixFrom(netip.MustParseAddr("fd00::"), n)})
	}
	_, err := r.m.AddReplace(t.Context(), macip.None, "", rules)
	for what, e := range map[string]error{"66 different masks": err, "tag": second(r.m.AddReplace(t.Context(), macip.None, strings.Repeat("x", 64), nil)),
		"its prefix": second(r.m.AddReplace(t.Context(), macip.None, "", make([]macip.Rule, 1))), "65537 rules": second(r.m.AddReplace(t.Context(), macip.None, "", make([]macip.Rule, 65537)))} {
		if api.ErrnoOf(e) != api.InvalidValue || !strings.Contains(e.Error(), what) {
			t.Errorf("%s: %v", what, e)
		}
	}
	if err := second(r.m.AddReplace(t.Context(), 7, "", nil)); api.ErrnoOf(err) != api.NoSuchEntry {
		t.Errorf("%v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestNoAllocations(t *testing.T) {
	r := newRig(t)
	r.Exec("set acl-plugin macip acl permit ip 10.0.0.1/32" + mine + ", deny ip 0.0.0.0/0, action 3 ip fd00::/16" + mine + "\nset acl-plugin macip interface a acl 0\nset acl-plugin macip interface b acl 0")
	r.ExpectNoAllocs(r.a, gvpptest.Lines(fromOne, fromTwo, fromSix, arpOfOne, "eth 0x88cc data 00"))
}

// Random lists decide as one that looks at each rule in turn.
func TestTwin(t *testing.T) {
	r := newRig(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	addrs := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::1:0:0:1")}
	masks := [][6]byte{{}, {0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {5: 0x0f}}
	passed := 0
	for range 60 {
		var rules []macip.Rule
		for range 1 + rnd.IntN(12) {
			a := addrs[rnd.IntN(len(addrs))]
			n := []int{0, a.BitLen() / 2, a.BitLen() - 1, a.BitLen()}[rnd.IntN(4)]
			rules = append(rules, macip.Rule{Action: macip.Action(rnd.IntN(2)), Src: netip.PrefixFrom(a, n), MAC: [6]byte{0: 2, 3: byte(rnd.IntN(2)), 5: byte(rnd.IntN(3))}, Mask: masks[rnd.IntN(len(masks))]})
		}
		index, err := r.m.AddReplace(t.Context(), macip.None, "", rules)
		if err == nil {
			err = r.m.Apply(t.Context(), 1, index)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addrs {
			p := gvpptest.Lines("udp " + netip.AddrPortFrom(a, 1).String() + " > " + netip.AddrPortFrom(a.Prev(), 9).String())
			want := decide(rules, a, [6]byte(p[0][6:12]))
			if want {
				passed++
			}
			if got := len(r.Send(gvpptest.From(r.a, p))[r.b]) == 1; got != want {
				t.Errorf("%v: %v, want %v, of\n%s", a, got, want, r.Exec("show acl-plugin macip acl"))
			}
		}
		if _, err := r.m.AddReplace(t.Context(), index, "", nil); err != nil {
			t.Fatal(err)
		}
		r.Exec("delete acl-plugin macip acl index 0")
	}
	if passed < 20 || passed > 220 {
		t.Errorf("%d of 240 passed: the lists are not worth the name", passed)
	}
}

// decide is the slow way: the rules of the weightiest group that has one that matches, the last of them.
func decide(rules []macip.Rule, a netip.Addr, hw [6]byte) bool {
	type group struct {
		mask [6]byte
		bits int
		six  bool
	}
	of := func(r *macip.Rule) group { return group{r.Mask, r.Src.Bits(), r.Src.Addr().Is6()} }
	weight := func(g group) (w int) {
		for _, b := range g.mask {
			for ; b != 0; b >>= 1 {
				w += int(b & 1)
			}
		}
		first := -1
		for i := range rules {
			if of(&rules[i]) == g {
				w += 10
				if first < 0 {
					first = i
				}
			}
		}
		if g.six {
			w++
		}
		return (w+g.bits)*100 - first
	}
	best, allow := -1, false
	var holder group
	for i := range rules {
		r := &rules[i]
		match := r.Src.Masked().Contains(a)
		for k, m := range r.Mask {
			match = match && (r.MAC[k]^hw[k])&m == 0
		}
		if w := weight(of(r)); match && (w > best || of(r) == holder) {
			best, holder, allow = w, of(r), r.Action == macip.Permit
		}
	}
	return allow
}
