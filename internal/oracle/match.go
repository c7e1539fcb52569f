package oracle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// Match runs packets through a kernel and a graph and compares.
type Match struct {
	Compared int // packets
	Agreed   int
	Skipped  int // not sent: the sides are known to differ, or their answer would depend on milliseconds

	kernel   *Kernel
	graph    *Graph
	start    time.Time
	limits   Timeouts
	settings flowtrack.Settings
	talks    map[int]*record
	opened   map[tuple]int64 // when a session came to be, on the clock
	findings map[string]*Finding
	seen     map[string]int // packets by the kernel's class
}

// record is what happened in a dialogue since the last flush.
type record struct {
	packets []Packet
	differ  bool
}

// Finding is a way in which the sides differ.
type Finding struct {
	What      string
	Packets   int      // that differ so
	Dialogues int      // that begin to differ so
	Example   []Packet // the packets of a dialogue up to one that differs so
}

// flushAt bounds the sessions and the dialogues of a match: then both sides start anew.
const flushAt = 30_000

// NewMatch makes both sides.
func NewMatch(t Timeouts) (*Match, error) {
	k, err := NewKernel(t)
	if err != nil {
		return nil, err
	}
	m := &Match{kernel: k, limits: t, settings: flowtrack.DefaultSettings, start: time.Now(), findings: map[string]*Finding{}, seen: map[string]int{}}
	if err := m.Anew(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Anew makes both sides forget all sessions.
func (m *Match) Anew() error {
	if m.graph != nil {
		if err := m.graph.Close(); err != nil {
			return err
		}
		m.graph = nil
	}
	m.talks, m.opened = map[int]*record{}, map[tuple]int64{}
	if err := m.kernel.Flush(); err != nil {
		return err
	}
	g, err := NewGraph(m.limits)
	if err != nil {
		return err
	}
	m.graph = g
	g.trk.Set(m.settings)
	return nil
}

// Close ends both sides.
func (m *Match) Close() error {
	err := m.kernel.Close()
	if m.graph != nil {
		err = errors.Join(err, m.graph.Close())
	}
	return err
}

// Send compares what the sides make of a packet.
func (m *Match) Send(p Packet) error {
	if len(m.talks) >= flushAt {
		if err := m.Anew(); err != nil {
			return err
		}
	}
	now := m.now()
	if m.unclear(p.whole(), now) || deviates(p) {
		m.Skipped++
		return nil
	}
	k, g, err := m.ask(p, now)
	if err != nil {
		return err
	}
	m.note(m.record(p), k, g)
	return nil
}

// now is the match's time in nanoseconds.
func (m *Match) now() int64 { return int64(time.Since(m.start)) }

// record adds a packet to its dialogue.
func (m *Match) record(p Packet) *record {
	r := m.talks[p.Dialogue]
	if r == nil {
		r = &record{}
		m.talks[p.Dialogue] = r
	}
	r.packets = append(r.packets, p)
	return r
}

func (m *Match) ask(p Packet, now int64) (k, g Answer, err error) {
	if k, err = m.kernel.Ask(forKernel(p)); err != nil {
		return k, g, err
	}
	m.graph.At(now)
	g, err = m.graph.Ask(p)
	return k, g, err
}

// note enters a pair of answers in the books.
func (m *Match) note(r *record, k, g Answer) {
	m.Compared++
	m.seen[k.Class]++
	what := k.difference(g)
	if what == "" {
		m.Agreed++
		return
	}
	f := m.findings[what]
	if f == nil {
		f = &Finding{What: what}
		m.findings[what] = f
	}
	f.Packets++
	if !r.differ {
		r.differ = true
		f.Dialogues++
		if f.Example == nil || len(f.Example) > len(r.packets) {
			f.Example = slices.Clone(r.packets)
		}
	}
}

// UDP's streams: a session is one from its third second on, and what lies so near to that may be seen on either side of it.
const (
	streamAfter = int64(2 * time.Second)
	streamSlack = int64(80 * time.Millisecond)
)

// unclear reports whether a packet would come when a session's age is about to matter.
func (m *Match) unclear(p []byte, now int64) bool {
	t, ok := parse(p)
	if !ok || t.Proto != protoUDP && t.Proto != protoUDPLite {
		return false
	}
	key := t.key()
	opened, met := m.opened[key]
	if !met {
		m.opened[key] = now
		return false
	}
	age := now - opened - streamAfter
	return age > -streamSlack && age < streamSlack
}

// Result is the line that says how the match went.
func (m *Match) Result() string {
	return fmt.Sprintf("agree %d of %d (%.4f %%)", m.Agreed, m.Compared, m.Percent())
}

// Classes are the packets by class.
func (m *Match) Classes() string {
	var words []string
	for _, class := range slices.Sorted(maps.Keys(m.seen)) {
		words = append(words, fmt.Sprintf("%s %d", class, m.seen[class]))
	}
	return strings.Join(words, ", ")
}

// Percent is how many packets the sides agree about.
func (m *Match) Percent() float64 {
	if m.Compared == 0 {
		return 0
	}
	return 100 * float64(m.Agreed) / float64(m.Compared)
}

// Findings are the ways in which the sides differ, most frequent first, those that a dialogue began to differ by.
func (m *Match) Findings() (list []*Finding) {
	for _, f := range m.findings {
		if f.Dialogues > 0 {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *Finding) int {
		if a.Dialogues != b.Dialogues {
			return b.Dialogues - a.Dialogues
		}
		return strings.Compare(a.What, b.What)
	})
	return list
}
