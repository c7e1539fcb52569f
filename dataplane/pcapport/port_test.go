package pcapport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

var _ port.Interface = (*Interface)(nil)

// open gives the port of i, and a check that no buffer was lost.
func open(t *testing.T, i *Interface) (port.Port, *buffer.Cache) {
	t.Helper()
	pool, err := buffer.New(64, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	d, err := i.Open(&port.Host{Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	c := pool.NewCache()
	d.Ports()[0].Bind(c)
	t.Cleanup(func() {
		if err := d.Close(); err != nil && !errors.Is(err, errFull) {
			t.Error(err)
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d buffers lost", n)
		}
		pool.Close()
	})
	return d.Ports()[0], c
}

func stats(p port.Port) map[string]uint64 {
	all := map[string]uint64{}
	p.Stats(func(name string, value uint64) {
		if value != 0 {
			all[name] = value
		}
	})
	return all
}

// classicOf is a capture with packets of these lengths, a second apart.
func classicOf(lengths ...int) []byte {
	f := &file{AppendByteOrder: binary.LittleEndian}
	f.classic(magicNano, linkEthernet)
	for i, n := range lengths {
		f.u32(uint32(i), 0, uint32(n), uint32(n))
		f.b = append(f.b, bytes.Repeat([]byte{byte(i)}, n)...)
	}
	return f.b
}

func newReader(t *testing.T, b []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b), "x.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPort sends what it receives: the second capture is the first, less what no buffer can hold.
func TestPort(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, "out.pcap", time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	i := &Interface{IfName: "pcap0", In: newReader(t, classicOf(60, 5000, 61, 62, 1500)), Out: w}
	p, _ := open(t, i)
	dst := make([]buffer.Index, 1)
	n := 0
	for p.Flush() {
		k := p.Rx(dst)
		if k == 1 && i.Err() != nil {
			t.Errorf("ended with a packet: %v", i.Err())
		}
		if p.Tx(dst[:k]) != k {
			t.Error("not all taken")
		}
		n += k
	}
	if n != 4 || i.Err() != io.EOF || p.Rx(dst) != 0 {
		t.Errorf("%d packets, %v", n, i.Err())
	}
	all, err := readAll(newReader(t, out.Bytes()))
	if err != io.EOF || len(all) != 4 {
		t.Fatalf("written: %d packets, %v", len(all), err)
	}
	for k, want := range []struct {
		time int64
		n    int
	}{{0, 60}, {2e9, 61}, {3e9, 62}, {4e9, 1500}} {
		if all[k].Time != want.time || all[k].n != want.n {
			t.Errorf("packet %d: %+v, want %+v", k, all[k], want)
		}
	}
	if s := stats(p); len(s) != 1 || s["rx packets longer than a buffer"] != 1 {
		t.Errorf("counters %v", s)
	}
}

func TestPortMetaIsFresh(t *testing.T) {
	p, c := open(t, &Interface{In: newReader(t, classicOf(60))})
	var b [1]buffer.Index
	c.Alloc(b[:])
	*c.Pool().Meta(b[0]) = buffer.Meta{IsIP4: true, Flow: 7, RxIf: 9}
	c.Free(b[:])
	if p.Rx(b[:]) != 1 {
		t.Fatal("nothing received")
	}
	if m, want := *c.Pool().Meta(b[0]), (buffer.Meta{Off: buffer.Headroom, Len: 60}); m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
	c.Free(b[:])
}

// TestPortBroken: the packets before the break arrive, then the interface says why there are no more.
func TestPortBroken(t *testing.T) {
	b := classicOf(60, 60, 60)
	i := &Interface{In: newReader(t, b[:len(b)-1])}
	p, c := open(t, i)
	dst := make([]buffer.Index, 8)
	n := p.Rx(dst)
	c.Free(dst[:n])
	var broken *FormatError
	if n != 2 || !errors.As(i.Err(), &broken) || p.Flush() || stats(p)["rx capture broken"] != 1 {
		t.Errorf("%d packets, %v, %v", n, i.Err(), stats(p))
	}
}

// TestPortPoolDry: no packet is lost where there is no buffer for it.
func TestPortPoolDry(t *testing.T) {
	p, c := open(t, &Interface{In: newReader(t, classicOf(60, 61))})
	hoard := make([]buffer.Index, 64)
	c.Alloc(hoard)
	dst := make([]buffer.Index, 8)
	if n := p.Rx(dst); n != 0 {
		t.Errorf("%d packets without a buffer", n)
	}
	c.Free(hoard)
	if n := p.Rx(dst); n != 2 || c.Pool().Meta(dst[0]).Len != 60 {
		t.Errorf("%d packets, want both", n)
	} else {
		c.Free(dst[:n])
	}
}

func TestPortTxFailures(t *testing.T) {
	send := func(i *Interface, n int) map[string]uint64 {
		p, c := open(t, i)
		bufs := make([]buffer.Index, n)
		c.Alloc(bufs)
		for _, b := range bufs {
			c.Pool().Put(b, []byte(strings.Repeat("x", 60)))
		}
		if got := p.Tx(bufs); got != n {
			t.Errorf("%d of %d taken", got, n)
		}
		for range 3 {
			if p.Flush() {
				t.Error("more to do, without input")
			}
		}
		return stats(p)
	}
	writer := func(room int) *Writer {
		w, err := NewWriter(&limited{n: 24 + room}, "out.pcap", time.Nanosecond)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if s := send(&Interface{}, 3); s["tx dropped, no capture to write"] != 3 {
		t.Errorf("no capture: %v", s)
	}
	if s := send(&Interface{Out: writer(10)}, 3); s["tx write failed"] != 3 {
		t.Errorf("disk full: %v", s)
	}
	if s := send(&Interface{Out: writer(1000), Now: func() int64 { return -1 }}, 3); s["tx time outside what a capture can hold"] != 3 {
		t.Errorf("wrong clock: %v", s)
	}
}

func TestInterfaceInfo(t *testing.T) {
	i := &Interface{IfName: "pcap0"}
	pool, err := buffer.New(1, buffer.MinSize)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	d, err := i.Open(&port.Host{Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	info := d.Info()
	if i.Name() != "pcap0" || info.Driver != "pcap" || info.Queues != 1 || len(d.Ports()) != 1 || info.MTU != 2048-256-14 || d.Ports()[0].FD() != -1 {
		t.Errorf("%+v", info)
	}
}

func TestPortAllocatesNothing(t *testing.T) {
	w, err := NewWriter(io.Discard, "out.pcap", time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	lengths := make([]int, 4000)
	p, _ := open(t, &Interface{In: newReader(t, classicOf(lengths...)), Out: w})
	dst := make([]buffer.Index, 8)
	if n := testing.AllocsPerRun(100, func() {
		p.Tx(dst[:p.Rx(dst)])
		p.Flush()
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
