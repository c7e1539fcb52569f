package pcapport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// file is a capture being written byte by byte, in either byte order.
type file struct {
	binary.AppendByteOrder
	b []byte
}

func (f *file) u16(v ...uint16) *file {
	for _, v := range v {
		f.b = f.AppendUint16(f.b, v)
	}
	return f
}

func (f *file) u32(v ...uint32) *file {
	for _, v := range v {
		f.b = f.AppendUint32(f.b, v)
	}
	return f
}

// classic writes the header of a classic capture.
func (f *file) classic(magic, link uint32) *file {
	return f.u32(magic).u16(2, 4).u32(0, 0, 65535, link)
}

// block writes a pcapng block around what body writes.
func (f *file) block(kind uint32, body func()) *file {
	f.u32(kind)
	at := len(f.b)
	f.u32(0)
	body()
	for len(f.b)%4 != 0 {
		f.b = append(f.b, 0)
	}
	n := uint32(len(f.b) - at + 8)
	copy(f.b[at:], f.AppendUint32(nil, n))
	return f.u32(n)
}

func (f *file) section() *file {
	return f.block(ngSection, func() { f.u32(ngMagic).u16(1, 0).u32(1<<32-1, 1<<32-1) })
}

// iface writes an interface description, options after the snap length.
func (f *file) iface(link uint16, snap uint32, options ...byte) *file {
	return f.block(ngInterface, func() { f.u16(link, 0).u32(snap); f.b = append(f.b, options...) })
}

func (f *file) enhanced(iface uint32, stamp uint64, data string) *file {
	return f.block(ngEnhanced, func() {
		f.u32(iface, uint32(stamp>>32), uint32(stamp), uint32(len(data)), 1500)
		f.b = append(f.b, data...)
	})
}

var orders = []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}

// read is the packets of b and how they end.
func read(t *testing.T, b []byte) (all []Packet, err error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b), "x.pcap")
	if err != nil {
		return nil, err
	}
	for {
		p, err := r.Next()
		if err != nil {
			if _, again := r.Next(); again != err {
				t.Errorf("after %v comes %v", err, again)
			}
			return all, err
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
	}
}

func (p Packet) equal(q Packet) bool {
	return p.Time == q.Time && string(p.Data) == string(q.Data) && p.OrigLen == q.OrigLen && p.Offset == q.Offset &&
		p.LinkType == q.LinkType && p.Interface == q.Interface
}

func expect(t *testing.T, b []byte, want ...Packet) {
	t.Helper()
	got, err := read(t, b)
	if err != io.EOF || len(got) != len(want) {
		t.Fatalf("%d packets, %v; want %d and the end", len(got), err, len(want))
	}
	for i := range got {
		if !got[i].equal(want[i]) {
			t.Errorf("packet %d:\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

func TestClassic(t *testing.T) {
	for _, order := range orders {
		for magic, unit := range map[uint32]int64{magicMicro: 1000, magicNano: 1} {
			f := &file{AppendByteOrder: order}
			f.classic(magic, linkEthernet|4<<28|1<<26).u32(1700000000, 999999, 3, 60)
			f.b = append(f.b, "abc"...)
			f.u32(1<<32-1, 5, 0, 0)
			expect(t, f.b,
				Packet{Time: 1700000000e9 + 999999*unit, Data: []byte("abc"), OrigLen: 60, Offset: 24, LinkType: 1},
				Packet{Time: (1<<32-1)*1e9 + 5*unit, Offset: 43, LinkType: 1})
		}
	}
}

func TestNg(t *testing.T) {
	for _, order := range orders {
		f := &file{AppendByteOrder: order}
		nano := append(f.AppendUint16(f.AppendUint16(nil, optTsResol), 1), 9, 0, 0, 0)
		binaryUnit := append(f.AppendUint16(f.AppendUint16(nil, optTsResol), 1), 0x80|10, 0, 0, 0)
		offset := f.AppendUint64(f.AppendUint16(f.AppendUint16(nil, optTsOffset), 8), 1000)
		name := append(f.AppendUint16(f.AppendUint16(nil, 2), 5), "eth0\x00\x00\x00\x00"...)
		f.section()
		f.iface(linkEthernet, 0).iface(linkEthernet, 4, append(append(append([]byte(nil), name...), nano...), offset...)...)
		f.iface(105, 0).iface(linkEthernet, 0, append(binaryUnit, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)...)
		a := int64(len(f.b))
		f.enhanced(0, 1_500_000, "abcde")
		b := int64(len(f.b))
		f.enhanced(1, 7, "")
		f.block(99, func() { f.u32(1, 2, 3) })
		c := int64(len(f.b))
		f.block(ngObsolete, func() { f.u16(3, 44).u32(0, 512, 1, 2); f.b = append(f.b, 'x') })
		d := int64(len(f.b))
		f.block(ngSimple, func() { f.u32(6); f.b = append(f.b, "sixsix"...) })
		expect(t, f.b,
			Packet{Time: 1_500_000_000, Data: []byte("abcde"), OrigLen: 1500, Offset: a, LinkType: 1},
			Packet{Time: 1000e9 + 7, OrigLen: 1500, Offset: b, LinkType: 1, Interface: 1},
			Packet{Time: 500_000_000, Data: []byte("x"), OrigLen: 2, Offset: c, LinkType: 1, Interface: 3},
			Packet{Time: 500_000_000, Data: []byte("sixsix"), OrigLen: 6, Offset: d, LinkType: 1})
	}
}

// TestNgSections: a section has a byte order and interfaces of its own. The first interface's snap length cuts simple
// packets.
func TestNgSections(t *testing.T) {
	f := &file{AppendByteOrder: binary.LittleEndian}
	f.section().iface(105, 0)
	f.AppendByteOrder = binary.BigEndian
	f.section().iface(linkEthernet, 2)
	at := int64(len(f.b))
	f.block(ngSimple, func() { f.u32(6); f.b = append(f.b, "si"...) })
	expect(t, f.b, Packet{Data: []byte("si"), OrigLen: 6, Offset: at, LinkType: 1})
}

func TestRawIP(t *testing.T) {
	for _, c := range []struct {
		link            uint32
		data, etherType string
	}{
		{101, "\x45abc", "\x08\x00"}, {12, "\x60abc", "\x86\xdd"}, {14, "\x45", "\x08\x00"}, {228, "?", "\x08\x00"},
		{229, "?", "\x86\xdd"}, {101, "?", "\x00\x00"}, {101, "", "\x00\x00"},
	} {
		f := &file{AppendByteOrder: binary.LittleEndian}
		f.classic(magicMicro, c.link).u32(1, 0, uint32(len(c.data)), 99)
		f.b = append(f.b, c.data...)
		expect(t, f.b, Packet{
			Time: 1e9, Data: []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01" + c.etherType + c.data),
			OrigLen: 99 + 14, Offset: 24, LinkType: int(c.link),
		})
	}
}

func TestLinkTypes(t *testing.T) {
	f := &file{AppendByteOrder: binary.LittleEndian}
	_, err := read(t, f.classic(magicMicro, 105).b)
	wantLink(t, err, 105, "IEEE802_11")
	_, err = read(t, (&file{AppendByteOrder: binary.LittleEndian}).classic(magicMicro, 9999).b)
	wantLink(t, err, 9999, "unknown")
	f = &file{AppendByteOrder: binary.LittleEndian}
	f.section().iface(linkEthernet, 0).iface(113, 0).enhanced(0, 0, "abc").enhanced(1, 0, "abc")
	got, err := read(t, f.b)
	if len(got) != 1 {
		t.Errorf("%d packets ahead of the one that cannot be read, want 1", len(got))
	}
	wantLink(t, err, 113, "LINUX_SLL")
}

func wantLink(t *testing.T, err error, number int, name string) {
	t.Helper()
	var link *LinkTypeError
	if !errors.As(err, &link) || link.LinkType != number || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "x.pcap") {
		t.Errorf("error %v, want one with %d and %s", err, number, name)
	}
}

// TestGopacketWrites reads what gopacket writes.
func TestGopacketWrites(t *testing.T) {
	base := time.Unix(1700000000, 123456789)
	data := [][]byte{[]byte("first"), {}, bytes.Repeat([]byte("x"), 3000)}
	write := func(w interface {
		WritePacket(gopacket.CaptureInfo, []byte) error
	}) {
		for i, p := range data {
			ci := gopacket.CaptureInfo{Timestamp: base.Add(time.Duration(i)), CaptureLength: len(p), Length: len(p) + i}
			if err := w.WritePacket(ci, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	var micro, nano, ng bytes.Buffer
	w := pcapgo.NewWriter(&micro)
	w.WriteFileHeader(65535, layers.LinkTypeEthernet)
	write(w)
	w = pcapgo.NewWriterNanos(&nano)
	w.WriteFileHeader(65535, layers.LinkTypeEthernet)
	write(w)
	nw, err := pcapgo.NewNgWriter(&ng, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	write(nw)
	nw.Flush()
	for name, b := range map[string][]byte{"micro": micro.Bytes(), "nano": nano.Bytes(), "ng": ng.Bytes()} {
		got, err := read(t, b)
		if err != io.EOF || len(got) != len(data) {
			t.Fatalf("%s: %d packets, %v", name, len(got), err)
		}
		for i, p := range got {
			stamp := base.Add(time.Duration(i))
			if name == "micro" {
				stamp = stamp.Truncate(time.Microsecond)
			}
			if p.Time != stamp.UnixNano() || !bytes.Equal(p.Data, data[i]) || p.OrigLen != len(data[i])+i {
				t.Errorf("%s: packet %d: %+v", name, i, p)
			}
		}
	}
}
