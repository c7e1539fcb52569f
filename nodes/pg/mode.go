package pg

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
)

// Mode is what the packets of an interface begin with.
type Mode uint8

// The modes, as VPP numbers them. An interface without Ethernet receives and sends packets that begin with the IP header; its mode
// is where they begin unless a stream says otherwise, and no more: VPP's too takes either family.
const (
	Ethernet Mode = iota
	IP4
	IP6
	NumModes
)

// ModeNames are VPP's words.
var ModeNames = [NumModes]string{"ethernet", "ip4", "ip6"}

// String is VPP's word for the mode.
func (m Mode) String() string {
	if m < NumModes {
		return ModeNames[m]
	}
	return "?"
}

// rawTypes is which packets of interfaces without Ethernet begin at a node.
var rawTypes = map[string]uint16{"ip4-input": packet.EtherTypeIP4, "ip6-input": packet.EtherTypeIP6}

// mode finds where the packets of a stream begin, by the mode of its interface.
func (p *Plugin) mode(s *stream) error {
	v, ok := p.ports.Load(s.Interface)
	if !ok || v.(*Interface).mode == Ethernet {
		return nil
	}
	mode := v.(*Interface).mode
	s.Node = cmp.Or(s.Node, mode.String()+"-input")
	if s.raw = rawTypes[s.Node]; s.raw == 0 {
		return fmt.Errorf("pg: node %q of the stream: what %s receives has no Ethernet header (mode %s), and begins at ip4-input or ip6-input", s.Node, s.Interface, mode)
	}
	if s.Data != "" {
		s.front = etherLen
	}
	return nil
}

// ifMode is the mode of the interface that receives a stream's packets.
func (s *stream) ifMode() string { return strings.TrimSuffix(s.Node, "-input") }

var errFramed = errors.New("has Ethernet headers: leave them out, or make another interface, with mode ethernet")

// etherLen is the bytes of an Ethernet header without tags.
const etherLen = 14

// claims is VPP's line of what a stream's packets claim as they begin: the checksums that are left to do, which are none, for they
// are right from the beginning, and where the headers are.
func (s *stream) claims(m *buffer.Meta, b []byte) string {
	h := *m
	if s.raw == 0 {
		h = buffer.Meta{Off: m.Off}
		packet.Ethernet(b, &h)
	}
	l3 := int(h.L3)
	if l3 >= len(b) {
		return ""
	}
	size := int(b[l3]&15) * 4
	if b[l3]>>4 == 6 {
		h.IsIP6, size = true, 40
	}
	h.L4 = h.L3 + uint16(size)
	return headers(&h, s.Offload+"  ")
}

// headers says where they are, from where the packet began.
func headers(m *buffer.Meta, words string) string {
	family, at := "ip4", int(m.Off)-buffer.Headroom
	if m.IsIP6 {
		family = "ip6"
	}
	return fmt.Sprintf("%s %sl2-hdr-offset 0 l3-hdr-offset %d l4-hdr-offset %d", family, words, at+int(m.L3), at+int(m.L4))
}

// Sent is what the trace says where a packet of a stream has been sent, if the stream claims something of its checksums; else "".
// first is the packet where it began, last where it was sent.
func (p *Plugin) Sent(first, last *graph.TraceStep) string {
	if first.Node != InputName {
		return ""
	}
	t, ok := p.traced.Load(first.Meta.User)
	if !ok || t.(*stream).Offload == "" {
		return ""
	}
	return headers(&last.Meta, "")
}
