package flowtrack

import (
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
)

// end ends session x, which a worker has found in this pass. Packets of the vector that have found it, too, see that it is
// over.
func end[K flow.Key](d *desk, t *flow.Table[K], x uint32, why over) bool {
	return endLife(d, t, x, t.Life(x), why)
}

// endLife is end for a session that the worker has seen alive in this pass.
func endLife[K flow.Key](d *desk, t *flow.Table[K], x, life uint32, why over) bool {
	if !t.RemoveLife(x, life) {
		return false
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
	var k K
	word := t.State(x).LoadWord()
	if word&wordCounts != 0 {
		k = t.Key(x)
	}
	if !t.RemoveLife(x, life) {
		return false
	}
	if word&wordCounts != 0 {
		discharge(p, t, &k, word)
	}
	return true
}

// changed is told of each word that a packet has changed.
func changed[K flow.Key](d *desk, t *flow.Table[K], x, old, word uint32) {}

// born is told of each new session.
func born[K flow.Key](d *desk, t *flow.Table[K], x, word uint32) {}
