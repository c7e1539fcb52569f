package flowtrack

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/flowtrack/sctp"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// An association shares the annex, and its lock, with TCP's connections.
type sctpAnnex struct {
	assoc sctp.Assoc
	_     [unsafe.Sizeof(tcp.Conn{}) - unsafe.Sizeof(sctp.Assoc{})]byte
}

func assocOf[K flow.Key](t *flow.Table[K], x uint32) *sctp.Assoc {
	return &(*sctpAnnex)(unsafe.Pointer(t.Annex(x))).assoc
}

// followSCTP is follow for SCTP.
func followSCTP[K flow.Key](w *graph.Worker, d *desk, t *flow.Table[K], x uint32, m *buffer.Meta, p []byte, reply uint32) bool {
	tag, chunks, ok := packet.SCTPOf(p, d.seen(p, m))
	if !ok {
		return true
	}
	c, s := connOf(t, x), t.State(x)
	if !d.lock(c) {
		d.contended.Add(1)
		return true
	}
	old := s.LoadWord()
	if old&wordOver != 0 {
		d.unlock(c)
		return false
	}
	a, word := assocOf(t, x), old
	verdict := a.Step(tag, chunks, reply != 0)
	switch verdict {
	case sctp.Follow:
		word = nextSCTP(old, a.State())
		s.Seen(d.tick)
	case sctp.Pass:
		word = withDetail(old, uint8(a.State()), coarseSCTP[a.State()])
	case sctp.Invalid: // a chunk before the wrong one may have moved it
		word = withDetail(old, uint8(a.State()), coarseSCTP[a.State()])
		refuse(w, m, reasonSCTP)
	}
	if a.Met() {
		word |= wordAssured
	}
	if reply != 0 && verdict != sctp.Invalid {
		word = replied(word)
	}
	if word != old {
		s.StoreWord(word)
	}
	d.unlock(c)
	if word != old {
		changed(d, t, x, old, word)
	}
	return true
}

// nextSCTP is the word of an association in a state.
func nextSCTP(word uint32, s sctp.State) uint32 {
	return withTimer(withDetail(word, uint8(s), coarseSCTP[s]), timerSCTP+timer(s))
}
