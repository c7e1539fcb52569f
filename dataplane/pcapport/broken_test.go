package pcapport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// sound is a capture of each format, and where its records end.
func sound() (captures [][]byte, ends [][]int) {
	f := &file{AppendByteOrder: binary.LittleEndian}
	f.classic(magicMicro, linkEthernet)
	e := []int{len(f.b)}
	for range 3 {
		f.u32(1, 2, 5, 5)
		f.b = append(f.b, "abcde"...)
		e = append(e, len(f.b))
	}
	g := &file{AppendByteOrder: binary.BigEndian}
	g.section()
	h := []int{len(g.b)}
	g.iface(linkEthernet, 0)
	h = append(h, len(g.b))
	for range 3 {
		g.enhanced(0, 5, "abcde")
		h = append(h, len(g.b))
	}
	return [][]byte{f.b, g.b}, [][]int{e, h}
}

// TestCut cuts captures at every byte: what is whole is delivered, and the rest is an error unless there is none.
func TestCut(t *testing.T) {
	captures, ends := sound()
	for i, b := range captures {
		for n := range b {
			got, err := read(t, b[:n])
			whole, last := -1, 0 // -1: the header counts as one
			for _, end := range ends[i] {
				if end <= n {
					whole, last = whole+1, end
				}
			}
			if i == 1 {
				whole-- // the interface
			}
			if len(got) != max(whole, 0) {
				t.Fatalf("format %d cut at %d: %d packets, want %d", i, n, len(got), whole)
			}
			if n == last && n > 0 {
				if err != io.EOF {
					t.Fatalf("format %d cut at %d: %v", i, n, err)
				}
				continue
			}
			var broken *FormatError
			if !errors.As(err, &broken) || broken.Offset != int64(last) || broken.File != "x.pcap" || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("format %d cut at %d: %v, want a record at %d that is cut", i, n, err, last)
			}
		}
	}
}

func TestBroken(t *testing.T) {
	le := func() *file { return &file{AppendByteOrder: binary.LittleEndian} }
	section := len(le().section().b)
	iface := len(le().section().iface(1, 0).b)
	resol := func(v byte) []byte { return []byte{optTsResol, 0, 1, 0, v, 0, 0, 0} }
	for name, c := range map[string]struct {
		f      *file
		offset int
		cause  string
	}{
		"nonsense":          {le().u32(0x12345678), 0, "78563412"},
		"gzip":              {le().u32(0x00088b1f), 0, "gunzip"},
		"old version":       {le().u32(magicMicro).u16(2, 1).u32(0, 0, 0, 1), 0, "version 2.1"},
		"huge packet":       {le().classic(magicMicro, 1).u32(0, 0, MaxSnap+1, 0), 24, "262145 bytes"},
		"byte-order magic":  {le().u32(ngSection, 28, 5, 0, 0, 0, 28), 0, "05 00 00 00"},
		"section too short": {le().u32(ngSection, 24, ngMagic, 1, 0, 0, 24), 0, "24 bytes"},
		"section version":   {le().u32(ngSection, 28, ngMagic, 2, 0, 0, 28), 0, "version 2.0"},
		"odd block":         {le().section().u32(5, 13), section, "13 bytes"},
		"short block":       {le().section().u32(5, 8), section, "8 bytes"},
		"huge block":        {le().section().u32(5, MaxBlock+4), section, "16777220"},
		"block's end":       {le().section().u32(5, 12, 16), section, "says 16 at its end"},
		"no interface":      {le().section().enhanced(0, 0, ""), section, "interface 0"},
		"which interface":   {le().section().iface(1, 0).enhanced(1, 0, ""), iface, "interface 1"},
		"interface of old":  {le().section().iface(1, 0).section().enhanced(0, 0, ""), section + iface, "interface 0"},
		"interface short":   {le().section().u32(ngInterface, 16, 1, 16), section, "too short"},
		"packet short":      {le().section().iface(1, 0).u32(ngEnhanced, 28, 0, 0, 0, 0, 28), iface, "too short"},
		"packet too long":   {le().section().iface(1, 0).u32(ngEnhanced, 32, 0, 0, 0, 1, 1, 32), iface, "1 bytes in a block with room for 0"},
		"packet huge":       {le().section().iface(1, 0).u32(ngEnhanced, 32, 0, 0, 0, MaxSnap+1, 1, 32), iface, "262145"},
		"simple too long":   {le().section().iface(1, 0).u32(ngSimple, 16, 1<<32-1, 16), iface, "4294967295"},
		"option too long":   {le().section().iface(1, 0, 2, 0, 9, 0, 1, 2, 3, 4), section, "option of 9 bytes"},
		"10^-20":            {le().section().iface(1, 0, resol(20)...), section, "10^-20"},
		"2^-64":             {le().section().iface(1, 0, resol(0x80|64)...), section, "2^-64"},
	} {
		got, err := read(t, c.f.b)
		var broken *FormatError
		if len(got) != 0 || !errors.As(err, &broken) {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
			continue
		}
		if broken.Offset != int64(c.offset) || !strings.Contains(err.Error(), c.cause) {
			t.Errorf("%s: %v, want offset %d and %q", name, err, c.offset, c.cause)
		}
	}
}

func TestReadFails(t *testing.T) {
	captures, _ := sound()
	gone := errors.New("disk gone")
	for i, b := range captures {
		for n := range b {
			r, err := NewReader(io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(gone)), "x.pcap")
			if err == nil {
				_, err = readAll(r)
			}
			var broken *FormatError
			if !errors.Is(err, gone) || errors.As(err, &broken) {
				t.Fatalf("format %d, disk gone at %d: %v", i, n, err)
			}
		}
	}
}

func TestOpenFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.pcap")
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one with the path", err)
	}
}

// TestLengthAloneAllocatesNothing: a short file that claims a long packet costs no more than it has bytes.
func TestLengthAloneAllocatesNothing(t *testing.T) {
	f := &file{AppendByteOrder: binary.LittleEndian}
	f.classic(magicMicro, 1).u32(0, 0, MaxSnap, MaxSnap)
	r, err := NewReader(bytes.NewReader(f.b), "x.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) || cap(r.src.data) > 4096 {
		t.Errorf("%v, and %d bytes", err, cap(r.src.data))
	}
}

func FuzzReader(f *testing.F) {
	captures, _ := sound()
	for _, b := range captures {
		f.Add(b)
	}
	le := &file{AppendByteOrder: binary.LittleEndian}
	le.section().iface(1, 9, optTsResol, 0, 1, 0, 0x80|20, 0, 0, 0, optTsOffset, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 0x88)
	f.Add(le.enhanced(0, 1<<60, "abcdefg").b)
	f.Add((&file{AppendByteOrder: binary.BigEndian}).classic(magicNano, 101).u32(1, 2, 4, 4, 0x45000000).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err1 := read(t, b)
		again, err2 := read(t, b)
		if len(first) != len(again) || err1.Error() != err2.Error() {
			t.Fatalf("read twice: %d packets, %v; %d packets, %v", len(first), err1, len(again), err2)
		}
		at := int64(-1)
		for i, p := range first {
			if !p.equal(again[i]) {
				t.Fatalf("read twice, packet %d: %+v, %+v", i, p, again[i])
			}
			if p.Offset <= at || len(p.Data) > MaxSnap+etherRoom || int64(len(p.Data)) > int64(len(b))+etherRoom {
				t.Fatalf("packet %d: %+v behind offset %d", i, p, at)
			}
			at = p.Offset
		}
		if err1 != io.EOF || b[0] == ngSection>>24 {
			return
		}
		r, err := NewReader(bytes.NewReader(b), "x.pcap")
		if err != nil || r.classic.order.Uint32(b[16:]) > MaxSnap {
			return // gopacket believes the snap length, and allocates that
		}
		if theirs, err := oracle(b); err == io.EOF && len(theirs) != len(first) {
			t.Fatalf("%d packets, gopacket %d", len(first), len(theirs))
		}
	})
}
