package flowtrack

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// firstClass is the class of a packet that may begin a session.
func (d *desk) firstClass(p []byte, m *buffer.Meta) buffer.Track {
	if d.expected != nil {
		if _, ok := d.expected.find(d, p, m, false); ok {
			return buffer.TrackRelated
		}
	}
	return buffer.TrackNew
}

// takeUp makes the desk's birth the session that a packet was announced as, so that no other packet begins it. It is false where
// somebody else has, or nobody waits any more.
func (d *desk) takeUp(p []byte, m *buffer.Meta) (ok bool) {
	if d.taken, ok = d.helping.Load().expected.find(d, p, m, true); ok {
		d.birth.word = withClass(d.birth.word, buffer.TrackRelated) | wordExpected
	}
	return ok
}

// tookUp notes whose session has begun; or that it is expected still.
func (d *desk) tookUp(made bool, m *buffer.Meta) {
	if !made {
		d.helping.Load().expected.putBack(d, &d.taken)
		return
	}
	help, life := d.helping.Load(), uint32(0)
	if m.IsIP4 {
		life = d.table4.Life(m.Flow)
	} else {
		life = d.table6.Life(m.Flow)
	}
	if own := help.memories.open(d.Plugin, idOf(m.IsIP6, m.Flow, life), true); own != nil {
		own.words[0], own.words[1] = d.taken.master, uint64(d.taken.serial)
		own.close()
	}
}

// masterOf is the session that has announced session x, as idOf names it, and its number. It is not known where there were too many to
// remember it.
func masterOf[K flow.Key](p *Plugin, t *flow.Table[K], x, word uint32) (id uint64, serial uint32, ok bool) {
	help := p.helping.Load()
	if word&wordExpected == 0 || help == nil {
		return 0, 0, false
	}
	own := help.memories.open(p, idOf(isTable6(t), x, t.Life(x)), false)
	if own == nil {
		return 0, 0, false
	}
	id, serial = own.words[0], uint32(own.words[1])
	own.close()
	return id, serial, true
}

// isTable6 tells the two tables apart.
func isTable6[K flow.Key](*flow.Table[K]) bool {
	return unsafe.Sizeof(*new(K)) == unsafe.Sizeof(flow.Key6{})
}

// MasterOf is, of a packet's session, whether it was announced by another one, and that one's index, if it is known and lives. It is
// for a worker that holds the packet.
func (p *Plugin) MasterOf(m *buffer.Meta) (master uint32, expected, lives bool) {
	if p.helping.Load() == nil {
		return 0, false, false
	}
	word, id, known := uint32(0), uint64(0), false
	if m.IsIP4 {
		word = p.table4.State(m.Flow).LoadWord()
		id, _, known = masterOf(p, p.table4, m.Flow, word)
	} else {
		word = p.table6.State(m.Flow).LoadWord()
		id, _, known = masterOf(p, p.table6, m.Flow, word)
	}
	return indexOf(id), word&wordExpected != 0, known && p.lives(id)
}

// Master is the session that has announced the one which a packet is about to begin, and whether the packet goes the way of its answers.
func (p *Plugin) Master(w *graph.Worker, m *buffer.Meta, b []byte) (master uint32, reply, ok bool) {
	d := p.desks[w.ID()]
	if d.look(w); d.expected == nil {
		return 0, false, false
	}
	e, ok := d.expected.find(d, b, m, false)
	return indexOf(e.master), e.reply, ok
}
