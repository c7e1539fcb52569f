package l2_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gvpp/gvpp/gvpptest"
)

// slow is a bridge as one would write it with maps: what frames ought to do.
type slow struct {
	now     int64
	domain  []int // by port: 0 for none
	shg     []int
	age     map[int]int // by domain, minutes
	limit   map[int]int
	entries map[slowKey]slowEntry
	floods  map[slowFrame]slowFlood
	loops   map[int]int64 // by domain: when a frame came back last
	suspect map[int]int64 // by port, likewise
}

type slowKey struct{ domain, host int }

type slowEntry struct {
	port            int // -1: a filter
	static, learned bool
	seen            int64 // second
}

// slowFrame is a frame in a domain, and slowFlood where and when it was flooded last.
type slowFrame struct{ domain, src, dst int }

type slowFlood struct {
	port int
	tick int64
}

func (s *slow) second() int64 { return s.now / 1e9 }

// learned is how many addresses a domain has learned, of all domains with 0.
func (s *slow) learned(domain int) (n int) {
	for k, e := range s.entries {
		if e.learned && (domain == 0 || k.domain == domain) {
			n++
		}
	}
	return n
}

// known says that a frame was flooded a moment ago, from another port or, where there is a loop, from this one. It notes loops.
func (s *slow) known(at, src, dst int) (elsewhere, here bool) {
	d := s.domain[at]
	f, ok := s.floods[slowFrame{d, src, dst}]
	if !ok {
		return false, false
	}
	age := s.now>>24 - f.tick
	last, loop := s.loops[d]
	loop = loop && s.now-last < 60e9
	if f.port == at {
		return false, loop && age < 59/2
	}
	if elsewhere = age <= 1 || loop && age <= 2*59; elsewhere {
		s.loops[d], s.suspect[at] = s.now, s.now
	}
	return elsewhere, false
}

// lately says that a frame came back by a port in the last minute.
func (s *slow) lately(port int) bool {
	last, ok := s.suspect[port]
	return ok && s.now-last < 60e9
}

// learn looks at a frame's source; it reports whether the frame goes on.
func (s *slow) learn(at, src, dst int) bool {
	k := slowKey{s.domain[at], src}
	e, ok := s.entries[k]
	if ok && e.port == at {
		if e.learned && s.second()-e.seen >= 4 {
			e.seen = s.second()
			s.entries[k] = e
		}
		return true
	}
	if e.static {
		return false
	}
	if echo, _ := s.known(at, src, dst); echo {
		return false
	}
	if e.learned && s.lately(at) && !s.lately(e.port) && s.second()-e.seen < 8 {
		return false
	}
	if e.learned || s.learned(k.domain) < s.limit[k.domain] {
		s.entries[k] = slowEntry{port: at, learned: true, seen: s.second()}
	}
	return true
}

// send is where a frame leaves; dst 0 is a broadcast.
func (s *slow) send(at, src, dst int) (out []int) {
	d := s.domain[at]
	if d == 0 || !s.learn(at, src, dst) {
		return nil
	}
	if e, ok := s.entries[slowKey{d, dst}]; ok && dst != 0 {
		if e.port < 0 {
			return nil
		}
		if s.domain[e.port] == d {
			if e.port != at && (s.shg[at] == 0 || s.shg[at] != s.shg[e.port]) {
				out = append(out, e.port)
			}
			return out
		}
	}
	if echo, again := s.known(at, src, dst); echo || again {
		return nil
	}
	s.floods[slowFrame{d, src, dst}] = slowFlood{at, s.now >> 24}
	for p := range s.domain {
		if p != at && s.domain[p] == d && (s.shg[at] == 0 || s.shg[at] != s.shg[p]) {
			out = append(out, p)
		}
	}
	return out
}

// forget takes out what gone says.
func (s *slow) forget(gone func(slowKey, slowEntry) bool) {
	for k, e := range s.entries {
		if gone(k, e) {
			delete(s.entries, k)
		}
	}
}

// A bridge does what a slow one does, whatever is done in whatever order.
func TestTwin(t *testing.T) {
	const ports, hosts, steps = 6, 12, 4000
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		b := newBridge(t, ports)
		b.Exec("create bridge-domain 2")
		s := &slow{domain: []int{1, 1, 1, 1, 1, 1}, shg: make([]int, ports), age: map[int]int{}, limit: map[int]int{1: 1 << 20, 2: 1 << 20}, entries: map[slowKey]slowEntry{}, floods: map[slowFrame]slowFlood{}, loops: map[int]int64{}, suspect: map[int]int64{}}
		for step := range steps {
			if what := s.step(b, r); t.Failed() {
				t.Fatalf("seed %d, step %d: %s\n%s", seed, step, what, b.Exec("show l2fib verbose"))
			}
		}
		b.learned(s.learned(0))
	}
}

// step does something to both.
func (s *slow) step(b *bridge, r *rand.Rand) (what string) {
	port, d, h := r.IntN(len(s.domain)), 1+r.IntN(2), 1+r.IntN(12)
	switch op := r.IntN(100); {
	case op < 75:
		dst := r.IntN(13)
		to := host(dst)
		if dst == 0 {
			to = broadcast
		}
		want := s.send(port, h, dst)
		s.compare(b, b.Send(gvpptest.From(b.ifs[port], frame(to, host(h)))), want)
		return fmt.Sprintf("frame of %d to %d at %d, want %v", h, dst, port, want)
	case op < 85:
		by := []time.Duration{time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 300 * time.Millisecond, 6 * time.Second, 61 * time.Second}[r.IntN(6)]
		s.now += int64(by)
		if by > time.Second { // the sweep is due
			s.forget(func(k slowKey, e slowEntry) bool {
				return e.learned && s.age[k.domain] > 0 && s.second()-e.seen >= int64(s.age[k.domain])*60+4
			})
		}
		b.Advance(by)
		return fmt.Sprintf("advance %v", by)
	}
	return s.operate(b, r, port, d, h)
}

// operate is an operator's step.
func (s *slow) operate(b *bridge, r *rand.Rand, port, d, h int) (line string) {
	name := b.ifs[port].Name
	k := slowKey{d, h}
	switch r.IntN(9) {
	case 0:
		shg := r.IntN(3)
		s.forget(func(_ slowKey, e slowEntry) bool { return e.learned && e.port == port })
		s.domain[port], s.shg[port] = d, shg
		delete(s.suspect, port)
		line = fmt.Sprintf("set interface l2 bridge %s %d %d", name, d, shg)
	case 1:
		s.forget(func(_ slowKey, e slowEntry) bool { return e.learned && e.port == port })
		s.domain[port] = 0
		delete(s.suspect, port)
		line = "set interface l3 " + name
	case 2:
		s.forget(func(_ slowKey, e slowEntry) bool { return e.learned && e.port == port })
		line = "l2fib flush-mac interface " + name
	case 3:
		s.forget(func(k slowKey, e slowEntry) bool { return e.learned && k.domain == d })
		line = fmt.Sprintf("l2fib flush-mac bridge-domain %d", d)
	case 4:
		s.entries[k] = slowEntry{port: -1, static: true}
		line = fmt.Sprintf("l2fib add %v %d filter", host(h), d)
	case 5:
		if s.domain[port] != d {
			return ""
		}
		s.entries[k] = slowEntry{port: port, static: r.IntN(2) == 0}
		line = fmt.Sprintf("l2fib add %v %d %s", host(h), d, name)
		if s.entries[k].static {
			line += " static"
		}
	case 6:
		if _, ok := s.entries[k]; !ok {
			return ""
		}
		delete(s.entries, k)
		line = fmt.Sprintf("l2fib del %v %d", host(h), d)
	case 7:
		s.limit[d] = r.IntN(12)
		line = fmt.Sprintf("set bridge-domain learn-limit %d %d", d, s.limit[d])
	case 8:
		age := r.IntN(3)
		for k, e := range s.entries {
			if s.age[d] == 0 && age != 0 && k.domain == d && e.learned {
				e.seen = s.second()
				s.entries[k] = e
			}
		}
		s.age[d] = age
		line = fmt.Sprintf("set bridge-domain mac-age %d %d", d, age)
	}
	b.Exec(line)
	return line
}

// compare fails unless a frame has left by the ports that it should have.
func (s *slow) compare(b *bridge, got gvpptest.Received, want []int) {
	b.t.Helper()
	for p, i := range b.ifs {
		if n := len(got[i]); n > 1 || n == 1 != slices.Contains(want, p) {
			b.t.Errorf("%d frames left by %d, want at %v", n, p, want)
		}
	}
}
