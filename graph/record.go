package graph

import "github.com/gvpp/gvpp/dataplane/buffer"

// What the packet path calls while packets are followed: where they come in, and where they leave.

// sending is a packet that a port is about to be given: afterwards it is the port's.
type sending struct {
	meta buffer.Meta
	slot int32 // where it is recorded as it leaves, or none
}

// receive begins to follow packets that come into the graph.
func (t *followers) receive(bufs []buffer.Index) {
	c := t.w.watching.capture
	if !c.wants() {
		return
	}
	for _, b := range bufs {
		m := t.w.pool.Meta(b)
		if t.of(m) != nil {
			continue
		}
		slot := int32(none)
		if c.Rx && c.about(m.RxIf) {
			slot = t.copy(c, CapturedRx, b, m)
		}
		if slot == none && !c.Tx && !c.Drop {
			continue
		}
		e := t.begin(b, m)
		switch {
		case e != nil:
			e.slot = slot
		case slot != none: // it cannot be told what becomes of it
			t.fill(c, slot, nil, m, FateUnderWay)
		}
	}
}

// refuse records packets that came by an interface that is down.
func (t *followers) refuse(bufs []buffer.Index) {
	c := t.w.watching.capture
	if c == nil || !c.Rx && !c.Drop {
		return
	}
	for _, b := range bufs {
		t.only(c, CapturedDrop, b, t.w.pool.Meta(b), nil, FateDown)
	}
}

// drop ends packets that a node drops.
func (t *followers) drop(bufs []buffer.Index) {
	for _, b := range bufs {
		t.leaves(b, FateDropped)
	}
}

// freed ends packets that a node frees.
func (t *followers) freed(bufs []buffer.Index) {
	for _, b := range bufs {
		t.leaves(b, FateFreed)
	}
}

// leaves ends a packet that is not sent.
func (t *followers) leaves(b buffer.Index, fate Fate) {
	m := t.w.pool.Meta(b)
	e, c := t.of(m), t.w.watching.capture
	switch {
	case e != nil && e.slot != none:
		t.fill(c, e.slot, e, m, fate)
	case fate == FateDropped && c != nil && c.Drop:
		t.only(c, CapturedDrop, b, m, e, fate)
	}
	if e != nil {
		t.end(e)
	}
}

// sending sees packets for an interface before its port does.
func (t *followers) sending(swIf uint32, bufs []buffer.Index) {
	c := t.w.watching.capture
	record := c.wants() && c.Tx && c.about(swIf)
	for i, b := range bufs[:min(len(bufs), len(t.sends))] {
		s := &t.sends[i]
		s.meta, s.slot = *t.w.pool.Meta(b), none
		if record {
			s.slot = t.copy(c, CapturedTx, b, &s.meta)
		}
	}
}

// sent ends the first n of those packets, which the port has taken of all.
func (t *followers) sent(swIf uint32, n, all int) {
	c := t.w.watching.capture
	for i := range t.sends[:min(all, len(t.sends))] {
		s := &t.sends[i]
		if i >= n {
			if s.slot != none {
				c.taken.Add(-1)
				c.workers[t.w.id].back(s.slot)
			}
			continue
		}
		s.meta.TxIf = swIf
		e := t.of(&s.meta)
		if e != nil && e.slot != none {
			t.fill(c, e.slot, e, &s.meta, FateSent)
		}
		if s.slot != none {
			t.fill(c, s.slot, e, &s.meta, FateSent)
		}
		if e != nil {
			t.end(e)
		}
	}
}

// abandon records what is under way when a capture ends. Workers are held.
func (t *followers) abandon(c *Capture) {
	for i := range t.entries {
		if e := &t.entries[i]; e.busy && e.slot != none {
			t.fill(c, e.slot, e, t.w.pool.Meta(e.buf), FateUnderWay)
			e.slot = none
		}
	}
}

// only records a packet that leaves and was not recorded before.
func (t *followers) only(c *Capture, kind CaptureKind, b buffer.Index, m *buffer.Meta, e *followed, fate Fate) {
	if c.wants() && c.about(m.RxIf) {
		if slot := t.copy(c, kind, b, m); slot != none {
			t.fill(c, slot, e, m, fate)
		}
	}
}

// copy begins a record: when, and the packet as it is now. It returns the slot, or none.
func (t *followers) copy(c *Capture, kind CaptureKind, b buffer.Index, m *buffer.Meta) int32 {
	if c.Match != nil && !c.Match(t.w.pool.Bytes(b)) || !c.claim() {
		return none
	}
	cw := &c.workers[t.w.id]
	slot := cw.slot()
	if slot == none {
		c.taken.Add(-1)
		return none
	}
	r := &cw.slots[slot]
	r.At, r.Kind, r.Len = t.w.now, kind, int(m.Len)
	r.n = copy(r.data, t.w.pool.Bytes(b))
	return slot
}

// fill ends a record: what has become of the packet whose entry was e, nil for none.
func (t *followers) fill(c *Capture, slot int32, e *followed, m *buffer.Meta, fate Fate) {
	w := t.w
	cw := &c.workers[w.id]
	r := &cw.slots[slot]
	r.Fate, r.Meta, r.TxIf, r.Hops, r.Number = fate, *m, m.TxIf, 0, 0
	if e != nil {
		r.Hops, r.path, r.Number = int(e.hops), e.path, uint64(w.id)<<48|e.number
	}
	r.Node, r.Reason = m.Node, m.Reason
	if fate == FateFreed || fate == FateDropped && w.current != w.g.Plan.drop && m.Node != w.current {
		r.Node, r.Reason = w.current, 0
	}
	cw.full.push(slot)
}
