package flowtrack

import (
	"sync/atomic"
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/graph"
)

// limits bound the sessions that may begin: how many in a second, of a zone, of a source. Nil where there are none. Immutable, but
// for what is counted.
//
// Sessions are counted only while a limit asks for it. The word of one that counts says so (wordZoned, and for sources by
// which prefix lengths: its lineage), so that its end gives back once what its beginning took, whatever the operator has changed
// meanwhile.
type limits struct {
	rate    *rate       // of all sessions; nil: any
	zones   []zoneLimit // by zone, sorted
	zoned   bool        // one of them bounds sessions: then all sessions count in their zones
	source  uint32      // sessions of a source; 0: any number
	lineage uint32      // of its prefix lengths; valid if source is set
}

// zoneLimit is the limits of a zone.
type zoneLimit struct {
	zone     uint16
	sessions uint32 // 0: any number
	rate     *rate  // nil: any
}

// zone is the limits of a zone, nil where it has none.
func (l *limits) zone(zone uint16) *zoneLimit {
	for i := range l.zones {
		if l.zones[i].zone == zone {
			return &l.zones[i]
		}
	}
	return nil
}

// refusal is why a packet begins no session.
type refusal uint8

const (
	refusedNone       refusal = iota
	refusedRoom               // the table is full
	refusedRate               // too many have begun in this second
	refusedZoneRate           // in this zone
	refusedZone               // the zone has too many
	refusedSource             // the source has
	refusedUnexpected         // the packet passed as one that a helper had announced, but another one was faster
	numRefusals
)

// refusedCounters are flow-track's, by refusal.
var refusedCounters = [numRefusals]graph.Counter{refusedRoom: errUntracked, refusedRate: errRate, refusedZoneRate: errZoneRate, refusedZone: errZone, refusedSource: errSource, refusedUnexpected: errUnexpected}

// prefixes are lengths by which addresses count as one source.
type prefixes struct{ bits4, bits6 uint8 }

// counts is what limits count. Made when first needed, and there until the end.
type counts struct {
	zones   [1 << 16]atomic.Int32 // sessions with wordZoned
	source4 *flow.Table[flow.Key4]
	source6 *flow.Table[flow.Key6]
	lineage [numLineages]prefixes // guarded by Plugin.limitMu while it is nobody's, then only read
}

// numLineages is how many pairs of prefix lengths may have sessions that count by them, less one: lineage 0 is none's.
const numLineages = 1 << 2

// sourceGone is the word of a source whose last session has ended: it is on its way out of the table.
const sourceGone = 1 << 31

func lineageOf(word uint32) uint32 { return word >> lineageShift & (numLineages - 1) }

// charge counts a session that is to begin, or says why it must not. The bits that it returns go into the session's word.
func charge[K flow.Key](d *desk, l *limits, t *flow.Table[K], k *K, word uint32, now int64) (bits uint32, why refusal) {
	zone := l.zone(zoneOf(k))
	if why = l.inTime(zone, now); why != refusedNone {
		return 0, why
	}
	c := d.counts.Load()
	if l.zoned {
		bits |= wordZoned
		if n := c.zones[zoneOf(k)].Add(1); zone != nil && zone.sessions != 0 && uint32(n) > zone.sessions {
			why = refusedZone
		}
	}
	if why == refusedNone && l.source != 0 {
		by := l.lineage << lineageShift
		if why = take(sourcesOf(c, t), sourceKey(c, k, word|by), l.source); why == refusedNone {
			bits |= by
		}
	}
	if why != refusedNone {
		discharge(d.Plugin, t, k, bits)
		l.refund(zone)
	}
	return bits, why
}

// inTime takes what a session needs of the rates, if they give it.
func (l *limits) inTime(zone *zoneLimit, now int64) refusal {
	if l.rate != nil && !l.rate.take(now) {
		return refusedRate
	}
	if zone != nil && zone.rate != nil && !zone.rate.take(now) {
		l.refund(nil)
		return refusedZoneRate
	}
	return refusedNone
}

// refund gives back what a session that does not begin has taken of the rates.
func (l *limits) refund(zone *zoneLimit) {
	if l.rate != nil {
		l.rate.giveBack()
	}
	if zone != nil && zone.rate != nil {
		zone.rate.giveBack()
	}
}

// uncharge undoes charge for a session that has not begun after all; the word has the bits.
func uncharge[K flow.Key](d *desk, l *limits, t *flow.Table[K], k *K, word uint32) {
	discharge(d.Plugin, t, k, word)
	l.refund(l.zone(zoneOf(k)))
}

// discharge gives back what a session counts for, by its word. Anybody may call it, once for a session.
func discharge[K flow.Key](p *Plugin, t *flow.Table[K], k *K, word uint32) {
	c := p.counts.Load()
	if word&wordZoned != 0 {
		c.zones[zoneOf(k)].Add(-1)
	}
	if lineageOf(word) != 0 {
		release(sourcesOf(c, t), sourceKey(c, k, word))
	}
}

// sourcesOf is the table of the sources of t's sessions.
func sourcesOf[K flow.Key](c *counts, _ *flow.Table[K]) *flow.Table[K] {
	if unsafe.Sizeof(*new(K)) == unsafe.Sizeof(flow.Key4{}) {
		return (*flow.Table[K])(unsafe.Pointer(c.source4))
	}
	return (*flow.Table[K])(unsafe.Pointer(c.source6))
}

// take counts one more session of a source.
func take[K flow.Key](t *flow.Table[K], k K, most uint32) refusal {
	hash := t.Hash(&k)
	for {
		x, r := t.Insert(&k, hash, flow.State{Word: 1}, flow.Origin{})
		if r == flow.Inserted {
			return refusedNone
		}
		if r != flow.Exists {
			return refusedRoom
		}
		life, s := t.Life(x), t.State(x) // nobody else's before this worker has quiesced
		for {
			n := s.LoadWord()
			if n == sourceGone {
				t.RemoveLife(x, life) // whoever has marked it may have lost its core
				break
			}
			if n >= most {
				return refusedSource
			}
			if s.SwapWord(n, n+1) {
				return refusedNone
			}
		}
	}
}

// release counts one session less. The source is in the table, for this session is counted; Insert finds it for whoever is
// no worker, too.
func release[K flow.Key](t *flow.Table[K], k K) {
	x, r := t.Insert(&k, t.Hash(&k), flow.State{}, flow.Origin{})
	if r != flow.Exists {
		panic("flowtrack: a session counts for a source that has none")
	}
	life, s := t.Life(x), t.State(x)
	for {
		n := s.LoadWord()
		next := n - 1
		if next == 0 {
			next = sourceGone
		}
		if s.SwapWord(n, next) {
			if next == sourceGone {
				t.RemoveLife(x, life)
			}
			return
		}
	}
}

// zoneOf is the zone of a session's key.
func zoneOf[K flow.Key](k *K) uint16 {
	if unsafe.Sizeof(*k) == unsafe.Sizeof(flow.Key4{}) {
		return (*flow.Key4)(unsafe.Pointer(k)).Zone
	}
	return (*flow.Key6)(unsafe.Pointer(k)).Zone
}

// kindOf is the kind of a key: of a source's, its lineage.
func kindOf[K flow.Key](k *K) uint8 {
	if unsafe.Sizeof(*k) == unsafe.Sizeof(flow.Key4{}) {
		return (*flow.Key4)(unsafe.Pointer(k)).Kind
	}
	return (*flow.Key6)(unsafe.Pointer(k)).Kind
}

// sourceKey is the key of a session's source: its zone, and as much of its address as the lineage of the word says.
func sourceKey[K flow.Key](c *counts, k *K, word uint32) (s K) {
	end, lineage := word>>wordReversedBit&1, lineageOf(word)
	cut := c.lineage[lineage]
	if unsafe.Sizeof(*k) == unsafe.Sizeof(flow.Key4{}) {
		from, to := (*flow.Key4)(unsafe.Pointer(k)), (*flow.Key4)(unsafe.Pointer(&s))
		to.Addr[0], to.Zone, to.Kind = from.Addr[end]&(^uint32(0)<<(32-cut.bits4)), from.Zone, uint8(lineage)
		return s
	}
	from, to := (*flow.Key6)(unsafe.Pointer(k)), (*flow.Key6)(unsafe.Pointer(&s))
	to.Addr[0], to.Zone, to.Kind = from.Addr[end], from.Zone, uint8(lineage)
	for i := range to.Addr[0] {
		if whole := int(cut.bits6) - i*8; whole < 8 {
			to.Addr[0][i] &= ^byte(0) << (8 - max(0, whole))
		}
	}
	return s
}
