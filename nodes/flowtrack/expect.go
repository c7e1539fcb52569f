package flowtrack

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// expectation is a session that was announced and has not begun.
type expectation struct {
	Announced
	number uint32 // since start, from 1; 0: nothing is expected here
	master uint64 // idOf the session that has announced it
	serial uint32 // of that one
	helper string // which has
	zone   uint16
	ip6    bool
	reply  bool   // it goes the way of its master's answers
	until  uint32 // tick
}

// expectations are the sessions that are expected, in buckets by where they will go to.
type expectations struct {
	n       atomic.Int32  // of them: nobody is looked for where there are none
	numbers atomic.Uint32 // given out

	announced, begun, missed, refused atomic.Uint64

	buckets [expectBuckets]expectBucket
}

// expectBuckets bounds the expectations, to eight times as many.
const expectBuckets = 1 << 7

type expectBucket struct {
	lock  lock
	slots [8]expectation // guarded by lock
}

// bucketOf is where an expectation is, by what is the same in it and in the packet that it is about. It is no secret, for a
// full bucket harms nobody but those who announce.
func (all *expectations) bucketOf(dst *[16]byte, port uint16, proto uint8, zone uint16) uint32 {
	h := binary.BigEndian.Uint64(dst[:8]) ^ bits.RotateLeft64(binary.BigEndian.Uint64(dst[8:]), 17) ^
		uint64(port) ^ uint64(proto)<<16 ^ uint64(zone)<<24
	return uint32(spreadID(h) % expectBuckets)
}

// announce notes what d.announced says. It is false where there is no room, or another session waits for the same.
func (all *expectations) announce(d *desk, a *attached, of *memory, master uint64, serial uint32, zone uint16) bool {
	most, timeout := a.Expects()
	e := expectation{Announced: d.announced, number: all.numbers.Add(1), master: master, serial: serial, helper: a.Name(), zone: zone,
		ip6: d.said.IP6, reply: d.announced.Dst == d.said.Src, until: d.tick + uint32(timeout/tickLength)}
	if e.number == 0 {
		e.number = all.numbers.Add(1)
	}
	old := &of.announce[of.next%uint8(min(max(most, 1), len(of.announce)))]
	all.forget(old)
	at := all.bucketOf(&e.Dst, e.Port, e.Proto, zone)
	if !all.insert(d.Plugin, at, &e, d.tick) {
		all.refused.Add(1)
		return false
	}
	*old, of.next = notice{e.number, at}, of.next+1
	all.announced.Add(1)
	return true
}

// insert puts an expectation into its bucket.
func (all *expectations) insert(p *Plugin, at uint32, e *expectation, tick uint32) bool {
	b := &all.buckets[at]
	if !b.lock.take() {
		return false
	}
	defer b.lock.release()
	var room *expectation
	for i := range b.slots {
		s := &b.slots[i]
		all.drop(p, s, tick)
		switch {
		case s.number == 0:
			room = s
		case s.zone == e.zone && s.ip6 == e.ip6 && s.Proto == e.Proto && s.Port == e.Port && s.Dst == e.Dst &&
			(s.AnySrc || e.AnySrc || s.Src == e.Src):
			if s.master != e.master {
				return false
			}
			*s = *e // the same once more
			return true
		}
	}
	if room == nil {
		return false
	}
	*room = *e
	all.n.Add(1)
	return true
}

// drop empties a place whose expectation is over: nobody has come in time, or who has announced it has gone.
func (all *expectations) drop(p *Plugin, s *expectation, tick uint32) {
	if s.number != 0 && (int32(tick-s.until) >= 0 || !p.lives(s.master)) {
		all.missed.Add(1)
		all.empty(s)
	}
}

func (all *expectations) empty(s *expectation) {
	s.number = 0
	all.n.Add(-1)
}

// forget ends the expectation that a notice names, if it is still there.
func (all *expectations) forget(n *notice) {
	b := &all.buckets[n.bucket]
	if n.number == 0 || !b.lock.take() {
		return
	}
	for i := range b.slots {
		if b.slots[i].number == n.number {
			all.missed.Add(1)
			all.empty(&b.slots[i])
		}
	}
	b.lock.release()
}

// find finds what a packet without a session was announced as; taken, it is no longer expected.
func (all *expectations) find(d *desk, p []byte, m *buffer.Meta, take bool) (e expectation, ok bool) {
	q := d.seen(p, m)
	if !q.HasPorts {
		return e, false
	}
	var src, dst [16]byte
	if m.IsIP4 {
		a, b := packet.Addrs4(p, m)
		src, dst = wide(a), wide(b)
	} else {
		a, b := packet.Addrs6(p, m)
		src, dst = *a, *b
	}
	zone := d.set.zones.of(p, m)
	b := &all.buckets[all.bucketOf(&dst, q.DstPort, q.Proto, zone)]
	if !b.lock.take() {
		return e, false
	}
	defer b.lock.release()
	for i := range b.slots {
		s := &b.slots[i]
		if s.number == 0 || s.Port != q.DstPort || s.Proto != q.Proto || s.zone != zone || s.ip6 != m.IsIP6 || s.Dst != dst || !s.AnySrc && s.Src != src {
			continue
		}
		if all.drop(d.Plugin, s, d.tick); s.number == 0 {
			continue
		}
		if e = *s; take {
			all.begun.Add(1)
			all.empty(s)
		}
		return e, true
	}
	return e, false
}

// putBack undoes taking for a session that has not begun after all.
func (all *expectations) putBack(d *desk, e *expectation) {
	all.begun.Add(^uint64(0))
	if !all.insert(d.Plugin, all.bucketOf(&e.Dst, e.Port, e.Proto, e.zone), e, d.tick) {
		all.missed.Add(1)
	}
}

// purge ends what is over, for the sweep.
func (all *expectations) purge(p *Plugin, tick uint32) {
	if all.n.Load() == 0 {
		return
	}
	for i := range all.buckets {
		b := &all.buckets[i]
		b.lock.wait()
		for j := range b.slots {
			all.drop(p, &b.slots[j], tick)
		}
		b.lock.release()
	}
}
