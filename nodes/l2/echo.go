package l2

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/nodes/l2/fib"
)

// An echo is a frame that was flooded and comes back by another member: over a cable between two of them, through another domain, or
// from a switch that has a loop behind it. It is dropped, and nothing is learned from it, so that a frame goes round a loop once, and
// hosts stay where they are.
//
// echoes has for each flooded frame of late, by a hash of its bytes, the member that it came from:
//
//	hash ──> bucket of 8, one cache line ──> slot: 1, tag 23 bits | port 16 | tick 24
//
// A frame takes the oldest slot of its bucket: memory is fixed, and under a flood of many different frames the time becomes shorter for
// which each is known: at 65536 a second it is about a second. All workers share the table, word by word; two that write at once cost
// one of the two frames its place.
//
// Whoever moves, or repeats a frame, must not be taken for an echo. So a domain in which there was none for echoMemory looks back for
// firstWindow only. One with a loop is careful: it looks back for echoWindow; it floods the same bytes from the same member twice a
// second at most, so that what came round too late to be known, and took the first member's place in the table, ends, if it needs less
// than half a second for its next round; and no address moves from a member without echoes to one with echoes, unless it has not been
// heard for silence: an echo that was missed does not take a host along.
type echoes struct {
	seed    maphash.Seed
	buckets [echoBuckets][echoSlots]atomic.Uint64
}

const (
	echoBuckets = 1 << 13 // 512 KB. Fewer, and echoes are missed at lower rates of floods
	echoSlots   = 8
	tickShift   = 24 // a tick is 17 ms
	tickMask    = 1<<24 - 1

	// firstWindow, in ticks, is how late the first echo may be: 17 to 34 ms. Less, and a loop with a slow link in it is only known when
	// two frames of it come together; more, and a host that moves and says the same again is dropped.
	firstWindow = 1
	// echoWindow, in ticks, is 2 s: more than queues on the way may hold a frame back.
	echoWindow = 2 * ticksPerSecond
	// againWindow, in ticks, is half a second: hosts that ask again, as with ARP, wait for longer.
	againWindow    = ticksPerSecond / 2
	ticksPerSecond = 1e9 >> tickShift

	// echoMemory is how long a domain is careful after an echo. Less, and frames that are rare go round as if each were the first.
	echoMemory = time.Minute
	// silence is in seconds, and ages are exact to 4. Less, and an address moves that is only quiet; more, and hosts that do move, from
	// one member to another with a loop behind it, wait longer.
	silence = 8
)

// padded is the length up to which the network pads frames, with zeros: these do not count.
const padded = 64

// hash is a frame's hash in a domain.
func (x *echoes) hash(domain uint16, frame []byte) uint64 {
	if len(frame) <= padded {
		frame = bytes.TrimRight(frame, "\x00")
	}
	return maphash.Bytes(x.seed, frame) ^ uint64(domain)*0x9e3779b97f4a7c15
}

// find is the slot of a frame, and what is in it; or that which it is to have, and 0.
func (x *echoes) find(h, tick uint64) (slot *atomic.Uint64, word uint64) {
	b := &x.buckets[h%echoBuckets]
	oldest := uint64(0)
	for i := range b {
		word := b[i].Load()
		if word>>40 == tagOf(h) {
			return &b[i], word
		}
		age := (tick - word) & tickMask
		if word == 0 {
			age = tickMask + 1
		}
		if slot == nil || age > oldest {
			slot, oldest = &b[i], age
		}
	}
	return slot, 0
}

// tagOf is never 0, as empty slots are.
func tagOf(h uint64) uint64 { return h>>40 | 1<<23 }

// watch is what a member is watched for. Workers change it.
type watch struct {
	echoes atomic.Uint64 // frames that have come back by it
	last   atomic.Int64  // clock: the last of them, 0 for none
	over   atomic.Uint64 // frames from it that were over the flood limit
	due    atomic.Int64  // clock: when the flood limit has room for the next frame, if all before were as late as they may

	told [2]uint64 // guarded by Plugin.mu: echoes and over, as the log has them
}

// allows says whether a frame may be flooded at a time, by a limit of one per interval on average, burst of them ahead of that.
func (w *watch) allows(now, interval, burst int64) bool {
	for {
		was := w.due.Load()
		due := max(was, now)
		if due-now > burst*interval {
			return false
		}
		if w.due.CompareAndSwap(was, due+interval) {
			return true
		}
	}
}

// lately says that an echo at clock last, 0 for none, is to be remembered.
func lately(last *atomic.Int64, now int64) bool {
	at := last.Load()
	return at != 0 && now-at < int64(echoMemory)
}

// judgement is what the table of echoes says of a frame.
type judgement int

const (
	isNew judgement = iota
	again           // too soon, in a domain with a loop
	echoed
)

// judge says what a frame from rx is, of which word is known, 0 for nothing.
func (s *state) judge(from bridgePort, rx uint32, word uint64, now int64) judgement {
	if word == 0 {
		return isNew
	}
	d := &s.domains[from.domain]
	port, age := uint32(word>>24)&0xffff, (uint64(now)>>tickShift-word)&tickMask
	window, least := uint64(firstWindow), uint64(0)
	if lately(d.echo, now) {
		window, least = echoWindow, againWindow
	}
	switch {
	case port != rx && age > window, port == rx && age >= least:
		return isNew
	case port == rx:
		return again
	}
	d.echo.Store(now | 1)
	s.watch(rx).last.Store(now | 1)
	return echoed
}

// isEcho says that a frame from rx was flooded from another member a moment ago.
func (s *state) isEcho(from bridgePort, rx uint32, p []byte, now int64) bool {
	if !from.has(portChecks) {
		return false
	}
	_, word := s.echoes.find(s.echoes.hash(from.domain, p), uint64(now)>>tickShift)
	return s.judge(from, rx, word, now) == echoed
}

// stays says that an address, with entry e, does not move to rx: there are echoes there, and none where it is.
func (s *state) stays(from bridgePort, rx uint32, e entry, now int64) bool {
	return e.Is(fib.Learned) && from.has(portChecks) && lately(&s.watch(rx).last, now) && !lately(&s.watch(e.Port()).last, now) && e.Age(fib.At(now)) < silence
}

// mayFlood says whether a frame from rx may be flooded, and notes that it is.
func (s *state) mayFlood(from bridgePort, rx uint32, p []byte, now int64) bool {
	h, tick := s.echoes.hash(from.domain, p), uint64(now)>>tickShift
	slot, word := s.echoes.find(h, tick)
	if s.judge(from, rx, word, now) != isNew {
		return false
	}
	slot.Store(tagOf(h)<<40 | uint64(rx&0xffff)<<24 | tick&tickMask)
	return true
}

// watch is that of an interface, or one that nobody looks at.
func (s *state) watch(swIf uint32) *watch {
	if int(swIf) < len(s.watches) && s.watches[swIf] != nil {
		return s.watches[swIf]
	}
	return &nobodys
}

var nobodys watch

// warnEvery is how long the log says no more of a domain that it has told of.
const warnEvery = 10 * time.Second

// warn tells of frames that came back to a domain, and of those over its limit, if there are new ones. p.mu is held.
func (p *Plugin) warn(d *domain) (told bool) {
	for _, m := range d.Members {
		w := d.watches[m.Index]
		now := [2]uint64{w.echoes.Load(), w.over.Load()}
		for i, text := range [2]string{
			"l2: flooded frames come back: there is a loop; they are dropped",
			"l2: more frames are to be flooded than `set bridge-domain flood-limit` allows; they are dropped",
		} {
			if now[i] != w.told[i] {
				p.dp.Log().Warn(text, "bridge-domain", d.ID, "interface", p.dp.InterfaceName(m.Index), "frames", now[i]-w.told[i])
				told = true
			}
		}
		w.told = now
	}
	return told
}
