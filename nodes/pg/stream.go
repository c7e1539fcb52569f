package pg

import (
	"cmp"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/pg/craft"
)

// Stream says what a stream is to send. The zero value of each field but Interface and one of Data, Pcap and Packets means its
// default.
type Stream struct {
	Name        string  `json:"name"`                   // default stream0, stream1, …
	Interface   string  `json:"interface"`              // that counts as having received the packets; default Generator's
	Node        string  `json:"node"`                   // where they begin, or an interface to send them by; default ethernet-input
	TxInterface string  `json:"tx_interface,omitempty"` // Meta.TxIf
	Generator   string  `json:"source,omitempty"`       // pgN, which is made if need be, and brought up when the stream is enabled
	Limit       uint64  `json:"limit"`                  // packets; 0: no end, or, of a capture, all there are
	Rate        float64 `json:"rate"`                   // packets a second; 0: as many as go
	MinSize     int     `json:"min_size"`               // bytes of the packets of a text, see craft.Options; 0: as the text says
	MaxSize     int     `json:"max_size"`
	RandomSize  bool    `json:"random_size,omitempty"`
	MaxFrame    int     `json:"max_frame"` // packets at once; default 256
	Worker      int     `json:"worker"`
	Offload     string  `json:"offload,omitempty"` // VPP's words for checksums that are left to an offload: the trace has them, and they are right all the same

	Data    string `json:"data,omitempty"` // text
	Pcap    string `json:"pcap,omitempty"` // file of a capture, of which the order counts and the times do not
	Packets Source `json:"-"`
}

// NodeName is where packets of the stream begin.
func (s *Stream) NodeName() string { return cmp.Or(s.Node, graph.Entry) }

// Source gives packets: the next one, good until the call after it, or nil behind the last. It is called on a worker, and so must
// not wait and should not allocate.
type Source interface{ Next() []byte }

// stream is a Stream that can be sent.
type stream struct {
	Stream
	id         uint32 // Meta.User of its packets
	rxIf, txIf uint32
	entry      bool   // the packets begin at ethernet-input
	raw        uint16 // EtherType of packets of an interface without Ethernet, which begin with the IP header; 0: it has that
	front      uint16 // bytes that text puts in front of these, and that are left out
	next, drop graph.Next
	places     [numKinds]place

	text    *craft.Packets // one of these, or Packets
	replay  *replay
	longest int // bytes of a packet that fits a buffer

	on   bool        // guarded by Plugin.mu: enabled; done tells whether it still sends
	done atomic.Bool // the worker's: limit reached or source at its end

	// The worker's while the stream is in its list, else the control side's.
	sent  counter.Counter // since it was enabled; anybody reads it
	begun bool
	start int64  // clock when it began
	base  uint64 // packets sent by then
	ended bool   // the source has
}

// fill makes packets that are due, in new buffers, and returns how many and their bytes. It runs in Poll.
func (s *stream) fill(w *graph.Worker, room []buffer.Index) (k, octets int) {
	if s.done.Load() {
		return 0, 0
	}
	if s.ended || s.Limit > 0 && s.sent.Load() >= s.Limit { // one pass behind the last packet
		s.done.Store(true)
		return 0, 0
	}
	n := min(len(room), s.MaxFrame, s.due(w.Now()))
	if n <= 0 {
		w.Soon()
		return 0, 0
	}
	n = w.Alloc(room[:n])
	if n == 0 {
		w.Count(errBuffers, 1)
		w.Soon()
		return 0, 0
	}
	switch {
	case s.text != nil:
		k, octets = s.fillText(w.Packets(), room[:n])
	case s.replay != nil:
		k, octets = s.fillReplay(w.Packets(), room[:n])
	default:
		k, octets = s.fillSource(w, room[:n])
	}
	s.sent.Add(uint64(k))
	if k == 0 {
		w.Soon()
	}
	return k, octets
}

// due is how many packets the limit and the rate let go now.
func (s *stream) due(now int64) int {
	n := uint64(graph.VectorSize)
	if s.Limit > 0 {
		n = min(n, s.Limit-s.sent.Load())
	}
	if s.Rate > 0 {
		if !s.begun {
			s.begun, s.start, s.base = true, now, s.sent.Load()
		}
		due := float64(now-s.start)*s.Rate/1e9 - float64(s.sent.Load()-s.base)
		if due < 1 {
			return 0
		}
		if due < float64(n) { // what is more may be more than an integer holds
			n = uint64(due)
		}
	}
	return int(n)
}

func (s *stream) fillText(v buffer.View, bufs []buffer.Index) (k, octets int) {
	rxIf, txIf, id, raw, front := s.rxIf, s.txIf, s.id, s.raw, s.front
	_, most := s.text.Sizes()
	for _, b := range bufs {
		m := v.Meta(b)
		m.Off, m.Len = buffer.Headroom-front, uint16(most)
		n := s.text.Write(v.Bytes(b, m)) - int(front)
		*m = buffer.Meta{}
		m.Off, m.Len, m.RxIf, m.TxIf, m.User, m.EtherType = buffer.Headroom, uint16(n), rxIf, txIf, id, raw
		octets += n
	}
	return len(bufs), octets
}

func (s *stream) fillReplay(v buffer.View, bufs []buffer.Index) (k, octets int) {
	for _, b := range bufs {
		octets += s.put(v, b, s.replay.next())
	}
	return len(bufs), octets
}

func (s *stream) fillSource(w *graph.Worker, bufs []buffer.Index) (k, octets int) {
	v, from := w.Packets(), s.Packets
	for range bufs {
		p := from.Next()
		if p == nil {
			s.ended = true
			break
		}
		if len(p) > s.longest {
			w.Count(errLong, 1)
			continue
		}
		octets += s.put(v, bufs[k], p)
		k++
	}
	if k < len(bufs) {
		w.Free(bufs[k:])
	}
	return k, octets
}

// put makes p the packet in b.
func (s *stream) put(v buffer.View, b buffer.Index, p []byte) int {
	m := v.Meta(b)
	*m = buffer.Meta{}
	m.Off, m.Len, m.RxIf, m.TxIf, m.User, m.EtherType = buffer.Headroom, uint16(len(p)), s.rxIf, s.txIf, s.id, s.raw
	return copy(v.Bytes(b, m), p)
}
