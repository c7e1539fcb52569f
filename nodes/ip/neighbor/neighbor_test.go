package neighbor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// rig is a table, its clock, and what it tells.
type rig struct {
	*Table
	t    *testing.T
	now  int64
	told string
	used map[Key]*atomic.Bool
	mac  map[Key][6]byte // what packets do
}

func newRig(t *testing.T, change func(*Config)) *rig {
	c := Default()
	if change != nil {
		change(&c)
	}
	r := &rig{t: t, now: int64(time.Hour), used: map[Key]*atomic.Bool{}, mac: map[Key][6]byte{}}
	r.Table = New(c, r)
	return r
}

func (r *rig) Resolved(e *Entry) {
	r.told += fmt.Sprintf("resolved %v %x. ", e.Addr, e.MAC[:1])
	r.mac[e.Key] = e.MAC
	delete(r.used, e.Key)
}

func (r *rig) Doubted(k Key, used *atomic.Bool) {
	r.used[k] = used
	if used == nil {
		r.told += fmt.Sprintf("confirmed %v. ", k.Addr)
		return
	}
	r.told += fmt.Sprintf("doubted %v. ", k.Addr)
}

func (r *rig) Gone(e *Entry) {
	r.told += fmt.Sprintf("gone %v. ", e.Addr)
	if mac, ok := r.mac[e.Key]; !ok || mac != e.MAC {
		r.t.Errorf("%v is gone as %x, and was %x (%v)", e.Addr, e.MAC, mac, ok)
	}
	delete(r.mac, e.Key)
	delete(r.used, e.Key)
}

// after moves the clock and says what the table tells and asks then.
func (r *rig) after(d time.Duration) string {
	for end := r.now + int64(d); ; {
		at, ok := r.Next()
		if !ok || at > end {
			r.now = end
			break
		}
		r.now = max(r.now, at)
		asks, _ := r.Tick(r.now)
		for _, a := range asks {
			r.told += fmt.Sprintf("ask %v %v. ", a.Addr, a.Unicast)
		}
	}
	s := r.told
	r.told = ""
	return s
}

func key(swIf uint32, n int) Key {
	return Key{swIf, netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})}
}

func (r *rig) expect(what, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestLifeOfANeighbor(t *testing.T) {
	r := newRig(t, nil)
	k := key(1, 0)
	if ask, ok := r.Want(r.now, k, 0); !ask || !ok {
		t.Error("nobody asks for it")
	}
	if ask, ok := r.Want(r.now, k, 0); ask || !ok {
		t.Error("asked for twice")
	}
	r.expect("retries", r.after(1500*time.Millisecond), "ask 10.0.0.0 false. ")
	if o := r.Learn(r.now, k, [6]byte{7}, false); o != Learned {
		t.Error(o)
	}
	r.expect("found", r.after(59*time.Second), "resolved 10.0.0.0 07. ")
	if o := r.Learn(r.now, k, [6]byte{7}, false); o != Confirmed {
		t.Error(o)
	}
	r.expect("heard of again", r.after(59*time.Second), "")
	r.expect("not heard of", r.after(2*time.Second), "doubted 10.0.0.0. ")
	r.expect("not used", r.after(19*time.Minute), "")
	if a, ok := r.Used(r.now, k); !ok || !a.Unicast || a.MAC != [6]byte{7} {
		t.Error(a, ok)
	}
	if _, ok := r.Used(r.now, k); ok {
		t.Error("probed twice")
	}
	r.expect("probes", r.after(1500*time.Millisecond), "ask 10.0.0.0 true. ")
	if o := r.Learn(r.now, k, [6]byte{7}, false); o != Confirmed {
		t.Error(o)
	}
	r.expect("still there", r.after(61*time.Second), "confirmed 10.0.0.0. doubted 10.0.0.0. ")
	r.Used(r.now, k)
	r.expect("no answer", r.after(10*time.Second), "ask 10.0.0.0 true. ask 10.0.0.0 true. gone 10.0.0.0. ")
	if len(r.entries) != 0 || len(r.due) != 0 || r.links[1].wanted != [Classes]int{} || r.links[1].over != 0 {
		t.Errorf("%+v", r.entries)
	}
	r.Want(r.now, k, 0)
	r.expect("nobody there", r.after(2*time.Second), "ask 10.0.0.0 false. ask 10.0.0.0 false. ")
	r.after(time.Second)
	if e, _ := r.Get(k); e.State != Failed {
		t.Error(e)
	}
	if ask, ok := r.Want(r.now, k, 0); !ask || !ok { // a second after the last request
		t.Error("not asked for again")
	}
	r.Learn(r.now, k, [6]byte{8}, false)
	r.expect("it came", r.after(time.Minute-1), "resolved 10.0.0.0 08. ")
	r.expect("stale", r.after(time.Second), "doubted 10.0.0.0. ")
	r.expect("forgotten", r.after(time.Hour), "gone 10.0.0.0. ")
}

func TestWhoMayChangeWhat(t *testing.T) {
	r := newRig(t, nil)
	if o := r.Learn(r.now, key(1, 1), [6]byte{1}, false); o != Unasked {
		t.Error(o)
	}
	if o := r.Learn(r.now, key(1, 1), [6]byte{1}, true); o != Learned {
		t.Error(o)
	}
	if o := r.Learn(r.now, key(1, 1), [6]byte{2}, false); o != Moved {
		t.Error(o)
	}
	if err := r.Set(r.now, key(1, 1), [6]byte{3}, true, false); err != nil {
		t.Error(err)
	}
	if o := r.Learn(r.now, key(1, 1), [6]byte{4}, true); o != Refused {
		t.Error(o)
	}
	if o := r.Learn(r.now, key(1, 1), [6]byte{3}, true); o != Confirmed {
		t.Error(o)
	}
	if err := r.Set(r.now, key(1, 2), [6]byte{5}, false, false); err != nil { // may move, does not age
		t.Error(err)
	}
	r.expect("all", r.after(24*time.Hour), "resolved 10.0.0.1 01. resolved 10.0.0.1 02. resolved 10.0.0.1 03. resolved 10.0.0.2 05. ")
	if o := r.Learn(r.now, key(1, 2), [6]byte{6}, false); o != Moved {
		t.Error(o)
	}
	if got := r.Entries(); len(got) != 2 || !got[0].Static || got[1].MAC != [6]byte{6} {
		t.Errorf("%+v", got)
	}
	if err := r.Delete(key(1, 3)); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if err := r.Delete(key(1, 1)); err != nil {
		t.Error(err)
	}
	r.Forget(1)
	if r.Len(false) != 0 || len(r.mac) != 0 {
		t.Errorf("%+v", r.Entries())
	}
}

// Storms: scans of a network, and senders nobody has heard of.
func TestStormsAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Max[0] = 3000 })
	asked := 0
	for i := range 100000 { // packets to as many addresses, in two seconds
		if ask, _ := r.Want(r.now, key(1, i), 0); ask {
			asked++
		}
		r.now += 20000
	}
	if asked > 500*3 || asked < 500 || r.Len(false) > 512+32 {
		t.Errorf("%d requests, %d entries", asked, r.Len(false))
	}
	learned := 0
	for i := range 100000 { // requests by as many senders, in ten seconds
		if r.Learn(r.now, key(2, i), [6]byte{1}, true) == Learned {
			learned++
		}
		r.now += 100000
	}
	if r.Len(false) > 3000 || learned > 3000 || learned < 1900 {
		t.Errorf("%d learned, %d entries", learned, r.Len(false))
	}
	if err := r.Set(r.now, key(3, 1), [6]byte{1}, true, false); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if ask, ok := r.Want(r.now, key(3, 1), 0); ask || ok {
		t.Error("asked without room")
	}
	r.told = ""
	r.after(time.Hour)
	if r.Len(false) != 0 || len(r.mac) != 0 || len(r.due) != 0 {
		t.Errorf("%d entries are left, %d hops", r.Len(false), len(r.mac))
	}
}

// Whatever happens in whatever order, what packets do is what the table says, and nothing waits for ever.
func TestRandomLives(t *testing.T) {
	g := rand.New(rand.NewPCG(rand.Uint64(), 1))
	r := newRig(t, func(c *Config) { c.Max, c.Wanted, c.Asks, c.Learns = [2]int{20, 20}, 10, 5, 5 })
	for range 20000 {
		k := key(uint32(1+g.IntN(2)), g.IntN(30))
		mac := [6]byte{byte(g.IntN(3))}
		switch g.IntN(7) {
		case 0:
			_ = r.Set(r.now, k, mac, g.IntN(2) == 0, false)
		case 1:
			_ = r.Delete(k)
		case 2:
			r.Used(r.now, k)
		case 3, 4:
			r.Learn(r.now, k, mac, g.IntN(2) == 0)
		case 5:
			r.Want(r.now, k, uint8(g.Uint32()))
		default:
			r.after(time.Duration(g.Int64N(int64(time.Second << g.IntN(10)))))
		}
		wanted, timed := map[uint32]int{}, 0
		for k, e := range r.entries {
			if e.at != 0 {
				timed++
			} else if !e.Static && e.State != Reachable {
				t.Fatalf("%+v waits for ever", e)
			}
			mac, has := r.mac[k]
			if e.State == Incomplete || e.State == Failed {
				wanted[k.SwIf]++
				if has {
					t.Fatalf("%+v has a hop", e)
				}
			} else if mac != e.MAC {
				t.Fatalf("%+v: packets go to %x", e, mac)
			}
			if (e.State == Stale) != (r.used[k] != nil) && e.State != Probe {
				t.Fatalf("%+v, flag %v", e, r.used[k])
			}
		}
		if len(r.due) != timed || len(r.mac) > len(r.entries) || len(r.entries) > 20 || wanted[1] > 10 || r.links[1] != nil && r.links[1].sum() != wanted[1] {
			t.Fatalf("%d timers for %d, %d hops, %d entries", len(r.due), timed, len(r.mac), len(r.entries))
		}
	}
}

// sum is how many neighbours are looked for.
func (l *link) sum() (n int) {
	for _, w := range l.wanted {
		n += w
	}
	return n
}

// One who scans, for as long as he likes, takes from others neither requests nor places; nor from neighbours that are known.
func TestScansLeaveOthersTheirShare(t *testing.T) {
	r := newRig(t, nil)
	known := key(1, 60000)
	r.Learn(r.now, known, [6]byte{9}, true)
	asked, all := 0, 0
	for i := range 100_000 { // ten seconds
		if ask, _ := r.Want(r.now, key(1, i%50000), 3); ask {
			all++
		}
		for _, a := range must(r.Tick(r.now)) {
			all++
			_ = a
		}
		if i%10_000 == 5000 { // once a second somebody else, of any other class, wants another host
			k := key(1, 61000+i/10_000)
			if ask, ok := r.Want(r.now, k, uint8(4+i/10_000)); ask && ok {
				asked++
			}
		}
		r.now += 100_000
	}
	if asked != 10 {
		t.Errorf("%d requests for others, want 10", asked)
	}
	if all < 1000 || all > 500*10+500 {
		t.Errorf("%d requests in ten seconds", all)
	}
	for range 80 { // a minute and more: the known one grows old
		r.scan(time.Second)
	}
	if r.used[known] == nil {
		t.Fatal("it does not age")
	}
	a, ok := r.Used(r.now, known)
	if !ok || !a.Unicast {
		t.Errorf("%+v, %v: it is not asked", a, ok)
	}
	// And where all requests of that kind are taken, it is asked later.
	r.Learn(r.now, known, [6]byte{9}, false)
	r.after(91 * time.Second)
	for l := r.link(1); l.probes.take(r.now, 125); {
	}
	if _, ok := r.Used(r.now, known); ok {
		t.Error("asked for too much")
	}
	r.told = ""
	r.expect("later", r.after(200*time.Millisecond), fmt.Sprintf("ask %v true. ", known.Addr))
}

// scan is packets to hosts that are not there, by one, for a while.
func (r *rig) scan(d time.Duration) {
	for end := r.now + int64(d); r.now < end; r.now += int64(d) / 2000 {
		r.Want(r.now, key(1, int(r.now/1000)%50000), 3)
		r.Tick(r.now)
	}
}

func must(asks []Ask, _ bool) []Ask { return asks }

// What is neither said nor heard of again is forgotten at the end; nobody else notices.
func TestReplace(t *testing.T) {
	r := newRig(t, nil)
	key := func(n byte) Key { return Key{1, netip.AddrFrom4([4]byte{10, 0, 0, n})} }
	for n := range byte(4) {
		if err := r.Set(r.now, key(n), [6]byte{n + 1}, n > 1, false); err != nil {
			t.Fatal(err)
		}
	}
	r.told = ""
	r.BeginReplace()
	if n := strings.Count(r.told, "doubted"); n != 4 {
		t.Errorf("%d doubted", n)
	}
	r.told = ""
	if o := r.Learn(r.now, key(0), [6]byte{1}, false); o != Confirmed {
		t.Error(o)
	}
	if o := r.Learn(r.now, key(2), [6]byte{3}, false); o != Confirmed {
		t.Error(o)
	}
	r.EndReplace()
	r.expect("two are left", r.told, "confirmed 10.0.0.0. confirmed 10.0.0.2. gone 10.0.0.1. gone 10.0.0.3. ")
	r.told = ""
	r.EndReplace()
	r.BeginReplace()
	if err := r.Set(r.now, key(2), [6]byte{9}, true, false); err != nil {
		t.Error(err)
	}
	r.EndReplace()
	if r.Len(false) != 1 {
		t.Errorf("%d left", r.Len(false))
	}
}
