package flowtrack

import (
	"unsafe"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// connOf is the connection of session x, which is TCP's.
func connOf[K flow.Key](t *flow.Table[K], x uint32) *tcp.Conn {
	return (*tcp.Conn)(unsafe.Pointer(t.Annex(x)))
}

// known is what package tcp must know of a word.
func known(word uint32) (k tcp.Known) {
	if word&wordReplied != 0 {
		k = tcp.Replied
	}
	if word&wordAssured != 0 {
		k |= tcp.Assured
	}
	return k
}

// followTCP is follow for TCP.
func followTCP[K flow.Key](w *graph.Worker, d *desk, t *flow.Table[K], x uint32, m *buffer.Meta, p []byte, reply uint32) bool {
	seg, ok := packet.SegmentOf(p, d.seen(p, m))
	if !ok {
		return true // cut by somebody behind the check; it moves nothing
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
	res := c.Step(&seg, reply != 0, known(old), &d.set.tcp)
	word := old
	switch res.Verdict {
	case tcp.Follow:
		word = d.nextTCP(old, &res, reply)
		s.Seen(d.tick)
		if word&wordHelped != 0 && word&wordReplied != 0 && !listen(d, t, x, word, d.seen(p, m), p, &seg, reply) {
			refuse(w, m, reasonHelper)
		}
	case tcp.Again: // in simultaneous open, into another state
		word = withDetail(old, uint8(res.State), coarseTCP[res.State])
		fallthrough
	case tcp.Pass:
		if reply != 0 {
			word = replied(word)
		}
	case tcp.Invalid:
		if res.Shrink {
			word = d.shrink(s, old)
		}
		refuse(w, m, reasonTCP+Reason(res.Reason))
	}
	if word != old {
		s.StoreWord(word)
	}
	d.unlock(c)
	switch {
	case res.Verdict == tcp.Reopen:
		end(d, t, x, overReopened)
		return false
	case res.Verdict == tcp.Gone:
		t.Counters(x).Add(int(reply), uint64(m.Len)) // for whoever is told of the end; what is counted behind it nobody sees
		end(d, t, x, overReset)
	case word != old:
		changed(d, t, x, old, word)
	}
	return true
}

// nextTCP is the word after a segment that belongs to the connection.
func (d *desk) nextTCP(word uint32, res *tcp.Result, reply uint32) uint32 {
	word = withDetail(word, uint8(res.State), coarseTCP[res.State])
	word = withTimer(word, d.timerTCP(word, res))
	if res.Assured {
		word |= wordAssured
	}
	if reply != 0 {
		word = replied(word)
	}
	return word
}

// timerTCP is the timeout that runs after a segment: that of the state, unless a shorter one is in place.
func (p *Plugin) timerTCP(word uint32, res *tcp.Result) timer {
	t, now := &p.timeouts, timer(res.State)
	ticks := t.at(word, now)
	switch {
	case res.Timers == 0:
	case res.Timers&tcp.Repeated != 0 && ticks > t.at(word, timerRetrans):
		now = timerRetrans
	case res.Timers&tcp.AfterReset != 0:
		now = timer(tcp.Close)
	case res.Timers&tcp.Unacked != 0 && ticks > t.at(word, timerUnacked):
		now = timerUnacked
	case res.Timers&tcp.Shut != 0 && ticks > t.at(word, timerRetrans):
		now = timerRetrans
	}
	if word&wordReplied == 0 && res.State == tcp.Established && t.at(word, now) > t.at(word, timerUnacked) {
		now = timerUnacked // picked up in mid-stream: not for days, until somebody answers
	}
	return now
}

// shrinkOver is how long a connection must still have to live to be shortened, in ticks.
const shrinkOver = 120_000

// shrink is the word of a connection that both sides seem to have left, though neither's farewell could be believed.
func (d *desk) shrink(s *flow.State, word uint32) uint32 {
	left := int32(s.LoadLastSeen() + d.timeouts.of(word) - d.tick)
	if left < shrinkOver || left <= int32(d.timeouts.at(word, timerUnacked)) {
		return word
	}
	s.Seen(d.tick)
	return withTimer(word, timerUnacked)
}

// lock makes the worker alone with a connection, whose directions may arrive on two workers. It does not wait longer than a
// holder takes who has its core: then the packet passes without having been followed.
func (p *Plugin) lock(c *tcp.Conn) bool { return !p.shared || c.Lock() }

func (p *Plugin) unlock(c *tcp.Conn) {
	if p.shared {
		c.Unlock()
	}
}
