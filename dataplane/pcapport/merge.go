package pcapport

import (
	"io"
	"math"
)

// Input is a source of packets with the name that a merge knows it by.
type Input struct {
	Name   string
	Source Source
}

// Merger is the packets of several inputs in the order of their times. Packets of one input stay in the order they have
// there, even where their times go backwards; of packets with the same time, those of the first input come first.
type Merger struct {
	heads []head
	last  int // input of the packet last returned, whose head is used up; -1 before the first
	err   error
}

// head is the next packet of an input, or why there is none.
type head struct {
	Input
	pkt  Packet
	err  error
	time int64 // of pkt; of the packet before it where there is an error
}

// Merge makes a Merger of inputs. It reads nothing yet.
func Merge(inputs []Input) *Merger {
	m := &Merger{last: -1}
	for _, in := range inputs {
		m.heads = append(m.heads, head{Input: in, time: math.MinInt64})
	}
	return m
}

// Name is the name of an input.
func (m *Merger) Name(input int) string { return m.heads[input].Name }

// Next is the next packet and the number of its input, or io.EOF behind the last packet of all. Where an input is broken,
// the packets of the others up to the time of its last one are delivered first, then Next returns its error, and its
// number, for good. The packet's data is valid until the next call.
func (m *Merger) Next() (input int, pkt Packet, err error) {
	if m.err != nil {
		return m.last, Packet{}, m.err
	}
	m.advance()
	best := m.earliest()
	if best < 0 {
		m.last, m.err = -1, io.EOF
		return -1, Packet{}, io.EOF
	}
	m.last = best
	h := &m.heads[best]
	m.err = h.err
	return best, h.pkt, h.err
}

// advance reads the packet behind the one last returned: of every input, at the first call.
func (m *Merger) advance() {
	for i := range m.heads {
		if m.last >= 0 && m.last != i {
			continue
		}
		h := &m.heads[i]
		if h.pkt, h.err = h.Source.Next(); h.err == nil {
			h.time = h.pkt.Time
		}
	}
}

// earliest is the input whose head comes next, -1 if all have ended. An error comes behind all packets of its time.
func (m *Merger) earliest() int {
	best := -1
	for i := range m.heads {
		h := &m.heads[i]
		if h.err == io.EOF {
			continue
		}
		if best < 0 || h.before(&m.heads[best]) {
			best = i
		}
	}
	return best
}

func (h *head) before(other *head) bool {
	if h.time != other.time {
		return h.time < other.time
	}
	return h.err == nil && other.err != nil
}
