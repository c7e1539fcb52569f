package l2

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// An echo is a frame that was flooded and comes back by another member: over a cable between two of them, through another domain, or
// from a switch that has a loop behind it. It is dropped, and nothing is learned from it, so that a frame goes round a loop once, and
// hosts stay where they are.
//
// echoes has for each flooded frame of late, by a hash of its bytes, the member that it came from:
//
//	hash ──> slot: 1, tag 23 bits | port 16 | tick 24
//
// A frame takes its slot from whoever had it: memory is fixed, and under a flood of many different frames the time becomes shorter for
// which each is known: 65536 of them are known for a second at 65536 a second. All workers share the table, word by word; two that
// write at once cost one of the two frames its place.
//
// Whoever moves, or repeats a frame, must not be taken for an echo. So a domain in which there was none for echoMemory looks back for
// firstWindow only; one with a loop looks back for echoWindow, and floods the same bytes from the same member twice a second at most:
// what came round too late to be known, and took the first member's place in the table, ends by that, if it needs less than half a
// second for its next round.
type echoes struct {
	seed  maphash.Seed
	slots [echoSlots]atomic.Uint64
}

const (
	echoSlots = 1 << 16 // 512 KB. Fewer, and echoes are missed at lower rates of floods
	tickShift = 24      // a tick is 17 ms
	tickMask  = 1<<24 - 1

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

// find is what is known of a frame: the port that it was flooded from, and how many ticks ago; 0 for none.
func (x *echoes) find(h uint64, tick uint64) (port uint32, age uint64) {
	at := x.slots[h%echoSlots].Load()
	if at>>40 != tagOf(h) {
		return 0, 0
	}
	return uint32(at>>24) & 0xffff, (tick - at) & tickMask
}

// put notes that a frame is flooded from a port.
func (x *echoes) put(h uint64, port uint32, tick uint64) {
	x.slots[h%echoSlots].Store(tagOf(h)<<40 | uint64(port&0xffff)<<24 | tick&tickMask)
}

// tagOf is never 0, as empty slots are.
func tagOf(h uint64) uint64 { return h>>40 | 1<<23 }

// watch is what a member is watched for. Workers change it.
type watch struct {
	echoes atomic.Uint64 // frames that have come back by it
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

// careful says that there was an echo in the domain lately.
func (b *bridge) careful(now int64) bool {
	last := b.echo.Load()
	return last != 0 && now-last < int64(echoMemory)
}

// isEcho says that a frame from rx was flooded from another member a moment ago.
func (s *state) isEcho(from bridgePort, rx uint32, p []byte, now int64) bool {
	if !from.has(portChecks) {
		return false
	}
	return s.judge(from, rx, s.echoes.hash(from.domain, p), now) == echoed
}

// judgement is what the table of echoes says of a frame.
type judgement int

const (
	isNew judgement = iota
	again           // too soon, in a domain with a loop
	echoed
)

func (s *state) judge(from bridgePort, rx uint32, h uint64, now int64) judgement {
	d := &s.domains[from.domain]
	port, age := s.echoes.find(h, uint64(now)>>tickShift)
	window, least := uint64(firstWindow), uint64(0)
	if port != 0 && d.careful(now) {
		window, least = echoWindow, againWindow
	}
	switch {
	case port == 0, port != rx && age > window, port == rx && age >= least:
		return isNew
	case port == rx:
		return again
	}
	d.echo.Store(now | 1)
	return echoed
}

// mayFlood says whether a frame from rx may be flooded, and notes that it is.
func (s *state) mayFlood(from bridgePort, rx uint32, p []byte, now int64) bool {
	h := s.echoes.hash(from.domain, p)
	if s.judge(from, rx, h, now) != isNew {
		return false
	}
	s.echoes.put(h, rx, uint64(now)>>tickShift)
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
