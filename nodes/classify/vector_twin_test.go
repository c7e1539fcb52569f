package classify_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestVectorsAreOneByOne sends the same packets to two dataplanes, to one in vectors of both directions, to the other one by
// one, while the rules change. What passes one by one must pass in a vector. The other way round there is one exception, for
// one vector: a TCP session that a packet closes has been found for the packets behind it, and answers for them. (More seeds show
// one for which this way does not hold either: the tracker sends packets back once, so where the first of those that may begin
// a session is dropped, and the second begins it, the third has come too early again. It is about one packet in 50,000 here.)
func TestVectorsAreOneByOne(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 20
	}
	let := 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		c := &rules{r: r, one: newRig(t, "a", "b"), all: newRig(t, "a", "b")}
		for range 2 + r.IntN(3) {
			c.change()
		}
		for _, in := range []string{"a", "b"} {
			c.cli("classify default " + in + " " + pick(r, []string{"pass", "drop"}))
		}
		for round := range 12 {
			if r.IntN(4) == 0 {
				c.change()
			}
			a, b := c.packets(false), c.packets(true)
			var want []outcome
			for i, l := range append(a[:len(a):len(a)], b...) {
				in := map[bool]string{true: "a", false: "b"}[i < len(a)]
				want = append(want, c.one.line(in, fmt.Sprintf("%s len %d", l, 20+i)))
			}
			for i, got := range c.all.both(a, b) {
				if got.out == want[i].out {
					continue
				}
				l := append(a[:len(a):len(a)], b...)[i]
				if let++; got.out == "" || !strings.HasPrefix(l, "tcp") {
					t.Fatalf("seed %d, round %d, packet %d %s: in a vector %+v, alone %+v; a %q b %q", seed, round, i, l, got, want[i], a, b)
				}
			}
		}
	}
	if let > int(seeds) {
		t.Errorf("%d packets passed in a vector that would not have alone: more than a rare exception", let)
	}
}

// rules changes the rules of two dataplanes alike.
type rules struct {
	r        *rand.Rand
	one, all *rig
	n        int
	live     []int
}

func (c *rules) cli(line string) {
	c.one.cli(line)
	c.all.cli(line)
}

// change adds a rule, or deletes one.
func (c *rules) change() {
	if len(c.live) > 0 && c.r.IntN(3) == 0 {
		k := c.r.IntN(len(c.live))
		c.cli(fmt.Sprintf("classify del rule %d", c.live[k]))
		c.live = append(c.live[:k], c.live[k+1:]...)
		return
	}
	match := pick(c.r, []string{"proto udp", "proto udp dport 53", "proto tcp", "proto tcp tcp-flags S/SA", "src 10.0.0.1/32", "dst 10.0.0.1/32",
		"state new", "state established", "proto udp state new,related"})
	action := pick(c.r, []string{"keep-state pass", "keep-state pass", "pass", "drop"})
	c.cli(fmt.Sprintf("classify add rule %s %s %s", pick(c.r, []string{"a", "b"}), match, action))
	c.live = append(c.live, c.n)
	c.n++
}

// packets are some of few sessions, in one direction.
func (c *rules) packets(back bool) (lines []string) {
	for range 1 + c.r.IntN(6) {
		from, to := fmt.Sprintf("10.0.0.%d:1000", 1+c.r.IntN(2)), fmt.Sprintf("10.0.0.%d:53", 3+c.r.IntN(2))
		if back {
			from, to = to, from
		}
		line := fmt.Sprintf("udp %s > %s", from, to)
		if c.r.IntN(2) == 0 {
			line = fmt.Sprintf("tcp %s > %s [%s]", from, to, pick(c.r, []string{"S", "SA", "A", "A", "FA"}))
		}
		lines = append(lines, line)
	}
	return lines
}
