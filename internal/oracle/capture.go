package oracle

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"

	"github.com/gvpp/gvpp/dataplane/pcapport"
)

// ReadCapture reads the IP datagrams of a capture, whatever VLANs they were in. A broken capture ends where it breaks.
func ReadCapture(path string) (list [][]byte, err error) {
	r, err := pcapport.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if d := inFrame(p.Data); d != nil {
			list = append(list, append([]byte(nil), d...))
		}
	}
}

// inFrame is the IP datagram in an Ethernet frame, or nil.
func inFrame(f []byte) []byte {
	for at := 12; at+2 <= len(f); at += 4 {
		switch be.Uint16(f[at:]) {
		case 0x8100, 0x88a8:
			continue
		case 0x0800, 0x86dd:
			if d := f[at+2:]; len(d) > 0 && d[0]>>4 == map[bool]byte{true: 4, false: 6}[be.Uint16(f[at:]) == 0x0800] {
				return d
			}
		}
		return nil
	}
	return nil
}

// Rewriter gives datagrams that the kernel would not route other addresses, always the same for the same ones, and lets
// none of them run out of hops. Checksums stay right, or wrong.
type Rewriter struct {
	All   bool // every address is rewritten
	given map[netip.Addr]netip.Addr
}

// Rewrite returns the datagram, changed in place.
func (w *Rewriter) Rewrite(p []byte) []byte {
	n, at, hops := 4, 12, 8
	switch {
	case len(p) >= 20 && p[0]>>4 == 4:
	case len(p) >= 40 && p[0]>>4 == 6:
		n, at, hops = 16, 8, 7
	default:
		return p
	}
	t := tuple{}
	l4, ok := t.network(p)
	before := sum16s(p[at:at+2*n], 0)
	for range 2 {
		a, _ := netip.AddrFromSlice(p[at : at+n])
		if w.All || !routed(a) {
			copy(p[at:], w.other(a).AsSlice())
		}
		at += n
	}
	change := sum16s(p[at-2*n:at], before^0xffff)
	p[hops] = 64
	if n == 4 {
		fixHeader(p)
	}
	if field := sumOf(t.Proto, l4); ok && field != nil {
		be.PutUint16(field, checksum(nil, uint32(^be.Uint16(field))+change))
	}
	return p
}

// fixHeader makes an IPv4 header's checksum right: of a capture it is what a wrong one was for, too.
func fixHeader(p []byte) {
	if n := int(p[0]&15) * 4; n >= 20 && n <= len(p) {
		be.PutUint16(p[10:], 0)
		be.PutUint16(p[10:], checksum(p[:n], 0))
	}
}

// sumOf is the checksum field that the addresses are part of, or nil.
func sumOf(proto uint8, l4 []byte) []byte {
	at := map[uint8]int{protoTCP: 16, protoUDP: 6, protoUDPLite: 6, protoICMPv6: 2}[proto]
	if at == 0 || len(l4) < at+2 || proto == protoUDP && be.Uint16(l4[at:]) == 0 {
		return nil
	}
	return l4[at : at+2]
}

// sum16s is the folded sum of 16-bit words and of sum.
func sum16s(p []byte, sum uint32) uint32 { return uint32(^checksum(p, sum)) & 0xffff }

// other is the address that stands for a.
func (w *Rewriter) other(a netip.Addr) netip.Addr {
	if w.given == nil {
		w.given = map[netip.Addr]netip.Addr{}
	}
	b, met := w.given[a]
	if !met {
		n := uint32(len(w.given) + 1)
		if a.Is4() {
			b = netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)})
		} else {
			x := [16]byte{0x20, 1, 0xd, 0xb8, 0xff}
			binary.BigEndian.PutUint32(x[12:], n)
			b = netip.AddrFrom16(x)
		}
		w.given[a] = b
	}
	return b
}

// routed reports whether a router forwards from and to an address.
func routed(a netip.Addr) bool {
	if a.Is4() {
		b := a.As4()
		return b[0] != 0 && b[0] != 127 && b[0] < 224
	}
	return !a.IsMulticast() && !a.IsLinkLocalUnicast() && !a.IsLoopback() && !a.IsUnspecified() && !a.Is4In6()
}
