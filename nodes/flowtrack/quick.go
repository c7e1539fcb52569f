package flowtrack

import (
	"encoding/binary"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// A connection that goes its way: established, answered, assured, and nobody reads along.
const (
	goingMask  = detailMask<<detailShift | wordReplied | wordAssured | wordOver | wordHelped
	wordGoing  = uint32(tcp.Established)<<detailShift | wordReplied | wordAssured
	stampsOnly = 1<<24 | 1<<16 | 8<<8 | 10 // NOP, NOP, timestamps: the 12 bytes of options that most segments have
)

// quick follows the segments, from the first on, of connections that go their way, until one that is none of these, and
// returns how many they are. A word changes only in its timer here, which others need not be told.
//
//go:noinline
func quick[K flow.Key](d *desk, t *flow.Table[K], found []uint32, at []uint8, v buffer.View, bufs []buffer.Index) int {
	at = at[:len(found)]
	maxRetrans := d.set.TCPMaxRetrans
	for i, x := range found {
		if x == flow.None {
			return i
		}
		b := bufs[at[i]]
		m := v.Meta(b)
		s := t.State(x)
		word := s.LoadWord()
		if m.Proto != packet.ProtoTCP || m.Fragment || word&goingMask != wordGoing || timerOf(word) >= timerUDP ||
			m.TCPFlags&^(packet.TCPPsh|packet.TCPEce|packet.TCPCwr) != packet.TCPAck || d.timeouts.expired(word, s.LoadLastSeen(), d.tick) {
			return i
		}
		h := v.Bytes(b, m)[m.L4:]
		if len(h) < 20 {
			return i
		}
		head := uint32(h[12]>>4) * 4
		if head != 20 && (head != 32 || len(h) < 24 || binary.BigEndian.Uint32(h[20:]) != stampsOnly) {
			return i
		}
		c := connOf(t, x)
		if !d.lock(c) {
			return i
		}
		reply := (word>>wordReversedBit ^ uint32(m.Flags)) & 1
		seq := binary.BigEndian.Uint32(h[4:])
		timers, ok := c.Quick(reply != 0, seq, binary.BigEndian.Uint32(h[8:]), seq+uint32(m.End-m.L4)-head, binary.BigEndian.Uint16(h[14:]), maxRetrans)
		if !ok {
			d.unlock(c)
			return i
		}
		next := timer(tcp.Established)
		if timers != 0 {
			next = d.timerTCP(word, &tcp.Result{State: tcp.Established, Timers: timers})
		}
		if now := s.LoadWord(); next != timerOf(now) { // another worker may have changed the timer before the lock was ours
			s.StoreWord(withTimer(now, next))
		}
		d.unlock(c)
		t.Counters(x).Add(int(reply), uint64(m.Len))
		s.Seen(d.tick)
		mark(m, x, word, reply)
	}
	return len(found)
}

// annexesAhead is how many annexes are brought at once. Low: each is waited for; high: the first are gone again.
const annexesAhead = 64

// annexes brings the annexes of TCP's sessions, all at once, for each would be waited for later.
func annexes[K flow.Key](t *flow.Table[K], found []uint32, at []uint8, v buffer.View, bufs []buffer.Index) (sink uint64) {
	if raceBuild {
		return 0 // it would take this for a race, which it is, but for the value, which nobody uses
	}
	at = at[:len(found)]
	for i, x := range found {
		if x != flow.None && v.Meta(bufs[at[i]]).Proto == packet.ProtoTCP {
			sink += t.Annex(x)[0]
		}
	}
	return sink
}
