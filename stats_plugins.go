package gvpp

import (
	"math/bits"

	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/stats"
)

// pluginStatistics is what plugins tell.
type pluginStatistics struct {
	tell []func(plugin.Stats)
	told []map[string]*told // by place in tell
}

// told is an entry of a plugin's.
type told struct {
	number   *stats.Scalar
	counters *stats.Counters
	wide     int // words in a column; 0: it is a number
	columns  int // that clients see
	used     int // of them at the call before
	fresh    bool
	full     bool // there was no room for it
}

// maxTold bounds the columns of an entry of a plugin's. What is beyond is not shown: a client that reads so much every second is
// better served by the plugin's messages.
const maxTold = 1 << 17

// samplePlugins asks the plugins.
func (s *statistics) samplePlugins() {
	p := &s.plugins
	for i, tell := range p.tell {
		if i == len(p.told) {
			p.told = append(p.told, map[string]*told{})
		}
		t := teller{statistics: s, told: p.told[i]}
		tell(&t)
		t.forget()
	}
}

// teller is one call of a plugin.
type teller struct {
	*statistics
	told map[string]*told
	same bool
}

// Same implements plugin.Stats.
func (t *teller) Same() { t.same = true }

// Number implements plugin.Stats.
func (t *teller) Number(name string, value uint64) {
	if e := t.entry(name, 0, 0); e != nil {
		e.number.Set(value)
	}
}

// Numbers implements plugin.Stats.
func (t *teller) Numbers(name string, n int, at func(i int) uint64) {
	if e := t.entry(name, 1, n); e != nil && e.counters != nil {
		row := e.counters.Row(0)
		for i := range min(n, e.columns) {
			row[i] = at(i)
		}
		e.rest(row, n)
	}
}

// Counters implements plugin.Stats.
func (t *teller) Counters(name string, n int, at func(i int) (packets, bytes uint64)) {
	if e := t.entry(name, 2, n); e != nil && e.counters != nil {
		row := e.counters.Row(0)
		for i := range min(n, e.columns) {
			row[2*i], row[2*i+1] = at(i)
		}
		e.rest(row, n)
	}
}

// rest makes zero what was used and is not any more. Vectors do not shrink, in VPP neither.
func (e *told) rest(row []uint64, n int) {
	n = min(n, e.columns)
	if n < e.used {
		clear(row[n*e.wide : e.used*e.wide])
	}
	e.used = n
}

// entry finds or makes an entry with room for n columns; nil if its kind is another.
func (t *teller) entry(name string, wide, n int) *told {
	n = min(n, maxTold)
	e := t.told[name]
	if e == nil {
		e = &told{wide: wide}
		t.told[name] = e
		if wide == 0 {
			t.change(func(ch *stats.Change) { e.number = ch.Scalar(name) })
		}
	}
	if e.wide != wide {
		return nil
	}
	e.fresh = true
	if wide == 0 || e.full || e.counters != nil && n <= e.columns {
		return e
	}
	t.change(func(ch *stats.Change) {
		if e.counters == nil || n > e.counters.Capacity() {
			e.make(ch, name, n)
		} else {
			ch.Grow(e.counters, n)
		}
		e.columns, e.full = n, e.counters == nil
	})
	return e
}

// make makes counters with room for more, in place of those that there may be.
func (e *told) make(ch *stats.Change, name string, n int) {
	if e.counters != nil {
		ch.RemoveCounters(e.counters)
	}
	add := ch.Simple
	if e.wide == 2 {
		add = ch.Combined
	}
	e.counters, e.used = add(name, 1, n, 1<<bits.Len(uint(max(n, 8)-1))), 0
}

// forget removes what the call has left out.
func (t *teller) forget() {
	for name, e := range t.told {
		if e.fresh || t.same {
			e.fresh = false
			continue
		}
		delete(t.told, name)
		t.change(func(ch *stats.Change) {
			if e.counters != nil {
				ch.RemoveCounters(e.counters)
			} else if e.number != nil {
				ch.Remove(name)
			}
		})
	}
}
