package flowtrack

import (
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// over is why a session has ended.
type over uint8

const (
	overExpired  over = iota
	overReopened      // a SYN has begun another one in its place
	overReset         // refused: it was never answered but by a reset
	overEvicted       // for room
	overCleared       // by the operator
	numOvers
)

// String is the reason as events show it.
func (o over) String() string {
	return [...]string{"expired", "reopened", "reset", "evicted", "cleared"}[o%numOvers]
}

// end ends session x, which a worker has found in this pass. Packets of the vector that have found it, too, see that it is
// over.
func end[K flow.Key](d *desk, t *flow.Table[K], x uint32, why over) bool {
	return endLife(d, t, x, t.Life(x), why)
}

// endLife is end for a session that the worker has seen alive in this pass.
func endLife[K flow.Key](d *desk, t *flow.Table[K], x, life uint32, why over) bool {
	r := draft(d, t, x, EventDestroy, t.State(x).LoadWord()) // now, for removal overwrites the origin
	if !t.RemoveLife(x, life) {
		return false
	}
	d.ended[why].Add(1)
	if r != nil {
		r.why, r.seq = why, d.events.seq.Add(1)
		d.out.put()
	}
	s := t.State(x) // not anybody else's before this worker has quiesced
	for {
		word := s.LoadWord()
		if word&wordOver != 0 || s.SwapWord(word, word|wordOver) {
			if word&wordCounts != 0 {
				k := t.Key(x)
				discharge(d.Plugin, t, &k, word)
			}
			return true
		}
	}
}

// forget is end for somebody who is no worker, for a session with the given life: false where another one was faster. As the
// index may be another session's right afterwards, what is to be known of this one is read before.
func forget[K flow.Key](p *Plugin, t *flow.Table[K], x, life uint32, why over) bool {
	word := t.State(x).LoadWord()
	if word&wordCounts != 0 || p.events.watched.Load() {
		return forgetKnown(p, t, x, life, word, why)
	}
	if !t.RemoveLife(x, life) {
		return false
	}
	p.forgotten[why].Add(1)
	return true
}

// forgetKnown is forget for a session whose end somebody must know of.
func forgetKnown[K flow.Key](p *Plugin, t *flow.Table[K], x, life, word uint32, why over) bool {
	var r record
	watched, k := p.events.watched.Load(), t.Key(x)
	if watched {
		fill(&r, p, t, x, tickOf(p.dp.Clock()), EventDestroy, word)
	}
	if !t.RemoveLife(x, life) {
		return false
	}
	p.forgotten[why].Add(1)
	if word&wordCounts != 0 {
		discharge(p, t, &k, word)
	}
	if watched {
		r.why, r.seq = why, p.events.seq.Add(1)
		p.events.offer(&r)
	}
	return true
}

// news is the bits of a word whose change is an event.
const news = detailMask<<detailShift | coarseMask<<coarseShift | wordReplied | wordAssured | wordExpected

// changed is told of each word that a packet has changed. Once the session has been removed, its origin is no longer to be read;
// and whoever has removed it numbers its end after that.
func changed[K flow.Key](d *desk, t *flow.Table[K], x, old, word uint32) {
	if d.out == nil || (old^word)&news == 0 {
		return
	}
	if r := draft(d, t, x, EventUpdate, word); r != nil {
		if r.seq = d.events.seq.Add(1); t.Alive(x) {
			d.out.put()
		}
	}
}

// announce takes the number of the begin of a session that is about to be found by others: before anything that happens to it.
func (d *desk) announce() {
	if d.out != nil {
		d.seq = d.events.seq.Add(1)
	}
}

// born is told of each new session, after announce. It may be over already.
func born[K flow.Key](d *desk, k *K, o *flow.Origin, word uint32, m *buffer.Meta) {
	if d.out == nil {
		return
	}
	r := d.out.slot()
	if r == nil {
		return
	}
	*r = record{seq: d.seq, packets: [2]uint64{1}, bytes: [2]uint64{uint64(m.Len)}, origin: *o}
	about(r, k)
	d.Plugin.now(r, d.tick, EventNew, word)
	d.out.put()
}
