package fib

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// fakeEpochs is workers that let go of everything when the test says so.
type fakeEpochs struct{ now, passed uint64 }

func (e *fakeEpochs) Advance() uint64      { e.now++; return e.now }
func (e *fakeEpochs) Passed(n uint64) bool { return n <= e.passed }
func (e *fakeEpochs) pass()                { e.passed = e.now }

// rig is a FIB and short words for its operations.
type rig struct {
	*FIB
	t      testing.TB
	epochs *fakeEpochs
}

func newRig(t testing.TB) *rig {
	e := &fakeEpochs{}
	f, err := New(e)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{f, t, e}
	for swIf := uint32(1); swIf <= 4; swIf++ {
		r.ok(f.SetLink(swIf, Link{Up: true, MTU: [2]int{1500, 1500}, MAC: [6]byte{2, 0, 0, 0, 0, byte(swIf)}}))
	}
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Error(err)
	}
}

func (r *rig) refused(err, want error) {
	r.t.Helper()
	if !errors.Is(err, want) {
		r.t.Errorf("%v, want %v", err, want)
	}
}

func (r *rig) configure(swIf uint32, addresses ...string) {
	r.t.Helper()
	c := Interface{On: [2]bool{true, true}}
	for _, a := range addresses {
		c.Addresses = append(c.Addresses, netip.MustParsePrefix(a))
	}
	r.ok(r.Configure(swIf, c))
}

// paths reads "2:10.0.0.1*3~1": interface, next hop, weight, preference; "link2", "drop", "local", "unreachable", "prohibit", "table7".
func paths(text string) (list []Path) {
	for w := range strings.FieldsSeq(text) {
		p := Path{}
		if at := strings.LastIndexByte(w, '~'); at >= 0 {
			fmt.Sscan(w[at+1:], &p.Preference)
			w = w[:at]
		}
		if at := strings.LastIndexByte(w, '*'); at >= 0 {
			fmt.Sscan(w[at+1:], &p.Weight)
			w = w[:at]
		}
		switch i, via, _ := strings.Cut(w, "/"); {
		case w == "drop":
			p.Kind = ToDrop
		case w == "local":
			p.Kind = ToLocal
		case w == "unreachable":
			p.Kind = ToUnreachable
		case w == "prohibit":
			p.Kind = ToProhibit
		case strings.HasPrefix(w, "link"):
			p.Kind = ToLink
			fmt.Sscan(w[4:], &p.SwIf)
		case strings.HasPrefix(w, "table"):
			p.Kind = ToTable
			fmt.Sscan(w[5:], &p.Table)
		case via != "":
			fmt.Sscan(i, &p.SwIf)
			p.Via = netip.MustParseAddr(via)
		default:
			p.Via = netip.MustParseAddr(w)
		}
		list = append(list, p)
	}
	return list
}

func (r *rig) apply(v6 bool, table uint32, changes ...Change) error {
	_, err := r.Apply(v6, table, changes...)
	return err
}

func (r *rig) add(prefix, text string) error {
	p := netip.MustParsePrefix(prefix)
	return r.apply(p.Addr().Is6(), 0, Change{Prefix: p, Paths: paths(text)})
}

func (r *rig) del(prefix, text string) error {
	p := netip.MustParsePrefix(prefix)
	return r.apply(p.Addr().Is6(), 0, Change{Prefix: p, Paths: paths(text), Delete: true})
}

// way is where packets to an address go: hops in order of their words, each with its number of buckets.
func (r *rig) way(table int32, address string) string {
	a := netip.MustParseAddr(address)
	s := r.Snapshot()
	var n uint32
	if a.Is4() {
		b := a.As4()
		n = s.Lookup4(uint32(table), uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]))
	} else {
		b := a.As16()
		n = s.Lookup6(uint32(table), &b)
	}
	count := map[string]int{}
	for _, h := range s.Forward(n).Hops {
		count[hopText(s.Hop(h))]++
	}
	var words []string
	for text, n := range count {
		if len(count) > 1 {
			text += fmt.Sprintf("*%d", n)
		}
		words = append(words, text)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func hopText(h *Hop) string {
	switch h.Kind {
	case KindGlean:
		return fmt.Sprintf("glean %d", h.TxIf)
	case KindResolve:
		return fmt.Sprintf("resolve %d/%v", h.TxIf, h.Via)
	case KindRewrite:
		return fmt.Sprintf("%d/%v %x", h.TxIf, h.Via, h.Header[:h.Size])
	case KindLookup:
		return fmt.Sprintf("lookup %d", h.Table)
	}
	return h.Kind.String()
}

func (r *rig) ways(want map[string]string) {
	r.t.Helper()
	for address, way := range want {
		if got := r.way(0, address); got != way {
			r.t.Errorf("%s: %q, want %q", address, got, way)
		}
	}
}

func TestAddressesAreRoutes(t *testing.T) {
	r := newRig(t)
	r.configure(1, "10.0.0.1/24", "10.0.0.9/24", "10.9.0.0/31", "10.8.8.8/32", "2001:db8::1/64", "fe80::1/128")
	r.ways(map[string]string{
		"10.0.0.1": "local", "10.0.0.9": "local", "10.0.0.7": "glean 1", "10.0.0.0": "drop", "10.0.0.255": "drop", "10.0.1.1": "drop",
		"10.9.0.0": "local", "10.9.0.1": "resolve 1/10.9.0.1", "10.8.8.8": "local", "10.8.8.9": "drop", "255.255.255.255": "drop",
		"2001:db8::1": "local", "2001:db8::": "glean 1", "2001:db8::ffff": "glean 1", "2001:db8:1::": "drop", "ff02::1:ff00:1": "local", "ff05::1": "drop",
	})
	s := r.Snapshot()
	if s.Table4(1) != 0 || s.Table4(2) != -1 || s.Table6(9) != -1 || s.LinkTable(2) != -1 {
		t.Error(s.bound, s.links)
	}
	link := s.LinkTable(1)
	if a, b := r.way(link, "fe80::1"), r.way(link, "fe80::2"); a != "local" || b != "glean 1" {
		t.Error(a, b)
	}
	r.configure(1, "10.0.0.9/24") // the network has an address left
	r.ways(map[string]string{"10.0.0.1": "glean 1", "10.0.0.9": "local", "10.0.0.255": "drop", "10.8.8.8": "drop", "2001:db8::1": "drop"})
	r.ok(r.Configure(1, Interface{}))
	r.ways(map[string]string{"10.0.0.9": "drop", "10.0.0.7": "drop"})
	if n := r.Sizes(); n.Routes != 8 || n.Hops != 2 || n.Forwards != 2 {
		t.Errorf("%+v", n)
	}
}

func TestNeighborsChangeHopsNotRoutes(t *testing.T) {
	r := newRig(t)
	r.configure(1, "10.0.0.1/24")
	r.ok(r.add("20.0.0.0/8", "1/10.0.0.2"))
	gen := r.Snapshot().Gen
	r.ways(map[string]string{"20.1.1.1": "resolve 1/10.0.0.2", "10.0.0.2": "glean 1"})
	r.ok(r.SetNeighbor(1, netip.MustParseAddr("10.0.0.2"), [6]byte{4, 4, 4, 4, 4, 4}, true))
	const to = "1/10.0.0.2 0404040404040200000000010800"
	r.ways(map[string]string{"20.1.1.1": to, "10.0.0.2": "glean 1"})
	if r.Snapshot().Gen != gen {
		t.Error("a neighbour without a route has changed the tables")
	}
	r.ok(r.SetNeighbor(1, netip.MustParseAddr("10.0.0.2"), [6]byte{4, 4, 4, 4, 4, 4}, false))
	r.ways(map[string]string{"20.1.1.1": to, "10.0.0.2": to})
	r.ok(r.SetLink(1, Link{Up: true, MTU: [2]int{1400, 1400}, MAC: [6]byte{6, 6, 6, 6, 6, 6}, Tags: []byte{0x81, 0, 0, 7}}))
	r.ways(map[string]string{"20.1.1.1": "1/10.0.0.2 040404040404060606060606810000070800"})
	r.DeleteNeighbor(1, netip.MustParseAddr("10.0.0.2"))
	r.ways(map[string]string{"20.1.1.1": "resolve 1/10.0.0.2", "10.0.0.2": "glean 1"})
	r.ok(r.SetNeighbor(1, netip.MustParseAddr("172.16.0.1"), [6]byte{4}, false)) // of no network there
	r.ways(map[string]string{"172.16.0.1": "drop"})
	r.configure(1, "10.0.0.1/24", "172.16.0.2/24")
	r.ways(map[string]string{"172.16.0.1": "1/172.16.0.1 0400000000000606060606068100" + "00070800"})
	r.configure(1, "10.0.0.1/24")
	r.ways(map[string]string{"172.16.0.1": "drop"})
}

func TestPathsAreShared(t *testing.T) {
	r := newRig(t)
	r.ok(r.add("20.0.0.0/8", "1/10.0.0.2 2/10.1.0.2*3"))
	r.ways(map[string]string{"20.0.0.1": "resolve 1/10.0.0.2*1 resolve 2/10.1.0.2*3"})
	r.ok(r.add("20.0.0.0/8", "2/10.1.0.2*1 3/10.2.0.2")) // one changes its weight, one comes
	r.ways(map[string]string{"20.0.0.1": "resolve 1/10.0.0.2*6 resolve 2/10.1.0.2*5 resolve 3/10.2.0.2*5"})
	r.ok(r.SetLink(2, Link{}))
	r.ways(map[string]string{"20.0.0.1": "resolve 1/10.0.0.2*1 resolve 3/10.2.0.2*1"})
	r.ok(r.SetLink(2, Link{Up: true}))
	r.ok(r.del("20.0.0.0/8", "1/10.0.0.2"))
	r.ways(map[string]string{"20.0.0.1": "resolve 2/10.1.0.2*1 resolve 3/10.2.0.2*1"})
	r.refused(r.del("20.0.0.0/8", "1/10.0.0.2"), ErrNoRoute)
	r.ok(r.del("20.0.0.0/8", ""))
	r.refused(r.del("20.0.0.0/8", ""), ErrNoRoute)
	r.ways(map[string]string{"20.0.0.1": "drop"})

	r.ok(r.add("30.0.0.0/8", "1/10.0.0.2~1 2/10.1.0.2~2 unreachable~9"))
	r.ways(map[string]string{"30.0.0.1": "resolve 1/10.0.0.2"})
	r.ok(r.SetLink(1, Link{}))
	r.ways(map[string]string{"30.0.0.1": "resolve 2/10.1.0.2"})
	r.ok(r.SetLink(2, Link{}))
	r.ways(map[string]string{"30.0.0.1": "unreachable"})
	var many []Path
	for i := range MaxPaths + 1 {
		many = append(many, Path{SwIf: 3, Via: netip.AddrFrom4([4]byte{10, 2, 0, byte(i + 1)})})
	}
	r.refused(r.apply(false, 0, Change{Prefix: netip.MustParsePrefix("40.0.0.0/8"), Paths: many}), ErrFull)
	r.ok(r.apply(false, 0, Change{Prefix: netip.MustParsePrefix("40.0.0.0/8"), Paths: many[1:]}))
	if s := r.Snapshot(); len(s.Forward(s.Lookup4(0, 40<<24)).Hops) != MaxPaths {
		t.Error("not all paths are used")
	}
}

func TestRecursion(t *testing.T) {
	r := newRig(t)
	r.configure(1, "10.0.0.1/24")
	r.ok(r.add("50.0.0.0/8", "30.0.0.1")) // nothing there yet
	r.ok(r.add("60.0.0.0/8", "50.0.0.1"))
	r.ways(map[string]string{"50.1.1.1": "drop", "60.1.1.1": "drop"})
	r.ok(r.add("30.0.0.0/8", "10.0.0.7"))
	r.ways(map[string]string{"50.1.1.1": "resolve 1/10.0.0.7", "60.1.1.1": "resolve 1/10.0.0.7"})
	r.ok(r.add("30.0.0.0/16", "1/10.0.0.8 1/10.0.0.9"))
	r.ways(map[string]string{"60.1.1.1": "resolve 1/10.0.0.8*1 resolve 1/10.0.0.9*1"})
	r.ok(r.del("30.0.0.0/16", ""))
	r.ok(r.add("30.0.0.0/8", "drop~0")) // beside the path through 10.0.0.7
	r.ways(map[string]string{"30.1.1.1": "drop*1 resolve 1/10.0.0.7*1", "50.1.1.1": "resolve 1/10.0.0.7"})
	r.ok(r.apply(false, 0, Change{Prefix: netip.MustParsePrefix("30.0.0.0/8"), Paths: paths("60.0.0.1"), Replace: true})) // a circle
	r.ways(map[string]string{"30.1.1.1": "drop", "50.1.1.1": "drop", "60.1.1.1": "drop"})
	r.ok(r.del("30.0.0.0/8", ""))
	r.ok(r.add("30.0.0.0/8", "30.0.0.1"))
	r.ways(map[string]string{"30.1.1.1": "drop"})
	r.ok(r.add("70.0.0.0/8", "10.0.0.1")) // our own address
	r.ways(map[string]string{"70.1.1.1": "drop"})
}

func TestTables(t *testing.T) {
	r := newRig(t)
	r.refused(r.Configure(1, Interface{On: [2]bool{true, false}, Table: [2]uint32{7, 0}}), ErrNoTable)
	r.refused(r.add("20.0.0.0/8", "table7"), ErrNoTable)
	r.ok(r.AddTable(false, 7, "blue"))
	r.ok(r.Configure(1, Interface{On: [2]bool{true, false}, Table: [2]uint32{7, 0}, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}))
	r.ok(r.add("20.0.0.0/8", "table7"))
	r.ways(map[string]string{"10.0.0.1": "drop", "20.0.0.1": "lookup 1"})
	if got := r.way(r.Snapshot().Table4(1), "10.0.0.1"); got != "local" {
		t.Error(got)
	}
	r.refused(r.DeleteTable(false, 7), ErrInUse)
	r.refused(r.DeleteTable(false, 0), ErrInUse)
	r.refused(r.DeleteTable(true, 7), ErrNoTable)
	r.ok(r.Configure(1, Interface{}))
	r.ok(r.apply(false, 7, Change{Prefix: netip.MustParsePrefix("1.0.0.0/8"), Paths: paths("1/1.1.1.1")}))
	if list := r.Tables(false); len(list) != 2 || list[1].Name != "blue" || list[1].Routes != 6 {
		t.Errorf("%+v", list)
	}
	r.ok(r.FlushTable(false, 7))
	if list := r.Tables(false); list[1].Routes != 5 {
		t.Errorf("%+v", list)
	}
	r.ok(r.DeleteTable(false, 7))
	r.ways(map[string]string{"20.0.0.1": "drop"})
	for n := range 3 * MaxTables { // places are used again
		r.epochs.pass()
		if err := r.AddTable(false, 8, ""); err != nil {
			t.Fatalf("table %d: %v", n, err)
		}
		r.ok(r.DeleteTable(false, 8))
	}
}

func TestWrongRoutes(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct{ prefix, paths string }{
		{"10.0.0.0/8", ""}, {"10.0.0.0/8", "1/::1"}, {"10.0.0.0/8", "1/224.0.0.1"}, {"10.0.0.0/8", "1/0.0.0.0"}, {"10.0.0.0/8", "link0"},
		{"2001:db8::/32", "fe80::1"}, {"2001:db8::/32", "1/10.0.0.1"}, {"fe80::/16", "1/fe80::1"}, {"::ffff:1.2.3.0/120", "1/fe80::1"},
	} {
		if err := r.add(c.prefix, c.paths); !errors.Is(err, ErrPath) {
			t.Errorf("%s via %s: %v", c.prefix, c.paths, err)
		}
	}
	r.refused(r.apply(false, 0, Change{}), ErrPath)
	r.refused(r.apply(false, 0, Change{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Paths: []Path{{Kind: 99}}}), ErrPath)
	if err := r.SetLink(1, Link{Tags: make([]byte, 12)}); err == nil {
		t.Error("three tags were taken")
	}
}

// A number is not used again while a worker may have it.
func TestNumbersWaitForTheEpoch(t *testing.T) {
	r := newRig(t)
	r.ok(r.add("20.0.0.0/8", "1/10.0.0.2"))
	s := r.Snapshot()
	n := s.Lookup4(0, 20<<24)
	h := s.Forward(n).Hops[0]
	r.ok(r.del("20.0.0.0/8", ""))
	r.ok(r.add("30.0.0.0/8", "2/10.0.0.3"))
	if got := hopText(s.Hop(h)); got != "resolve 1/10.0.0.2" {
		t.Errorf("a worker is at %q", got)
	}
	r.epochs.pass()
	r.ok(r.add("40.0.0.0/8", "3/10.0.0.4"))
	if m := r.Snapshot().Lookup4(0, 40<<24); m != n {
		t.Errorf("forward %d, want %d again", m, n)
	}
}

// So do the places of tables: a hop to the one that was there leads nowhere, never into another one.
func TestTablesWaitForTheEpoch(t *testing.T) {
	r := newRig(t)
	place := func(id uint32) uint32 {
		r.ok(r.AddTable(false, id, ""))
		for _, x := range r.Tables(false) {
			if x.ID == id {
				return x.Place
			}
		}
		t.Fatalf("no table %d", id)
		return 0
	}
	first := place(7)
	r.ok(r.DeleteTable(false, 7))
	if n := place(8); n == first {
		t.Errorf("place %d again, which a worker may have", n)
	}
	r.epochs.pass()
	if n := place(9); n != first {
		t.Errorf("place %d, want %d again", n, first)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		weights []int
		want    string
	}{
		{[]int{1}, "[1]"}, {[]int{1, 1}, "[1 1]"}, {[]int{1, 1, 1}, "[6 5 5]"}, {[]int{1, 3}, "[1 3]"}, {[]int{255, 1}, "[63 1]"},
		{[]int{1, 1, 1, 1, 1, 1, 1}, "[5 5 5 5 4 4 4]"}, {[]int{1, 2}, "[3 5]"}, {[]int{200, 100, 1}, "[42 21 1]"},
	} {
		hops := make([]uint32, len(c.weights))
		for i := range hops {
			hops[i] = uint32(i)
		}
		n := make([]int, len(hops))
		for _, h := range spread(hops, c.weights) {
			n[h]++
		}
		if got := fmt.Sprint(n); got != c.want {
			t.Errorf("%v: %s, want %s", c.weights, got, c.want)
		}
	}
}
