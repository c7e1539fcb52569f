package port_test

import (
	"net"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

func openLoopback(t *testing.T, buffers int) (*port.Loopback, port.Port, *buffer.Cache) {
	t.Helper()
	pool, err := buffer.New(buffers, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l := port.NewLoopback("loop7", net.HardwareAddr{0xde, 0xad, 0, 0, 0, 7}, 7)
	h := &port.Host{Pool: pool}
	d, err := l.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Open(h); err == nil {
		t.Error("opened twice")
	}
	c := pool.NewCache()
	d.Ports()[0].Bind(c)
	t.Cleanup(func() {
		for range 2 {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
		_ = pool.Close()
	})
	return l, d.Ports()[0], c
}

func TestLoopbackReceivesWhatItSends(t *testing.T) {
	l, p, c := openLoopback(t, 64)
	if i := l.Info(); l.Name() != "loop7" || l.Instance() != 7 || i.Driver != "loopback" || !i.LinkUp || !i.Software || i.MTU != 1770 {
		t.Errorf("%q, instance %d, %+v", l.Name(), l.Instance(), i)
	}
	var sent, got [3]buffer.Index
	if n := c.Alloc(sent[:]); n != 3 || p.Flush() || p.FD() < 0 {
		t.Fatalf("%d buffers, fd %d", n, p.FD())
	}
	for i, b := range sent {
		c.Pool().Put(b, []byte{byte(i)})
		c.Pool().Meta(b).TxIf = 9
	}
	if n := p.Tx(sent[:]); n != 3 || !p.Flush() {
		t.Fatalf("took %d, or sleeps on them", n)
	}
	if n := p.Rx(got[:2]) + p.Rx(got[2:]); n != 3 || p.Flush() {
		t.Fatalf("gave %d back", n)
	}
	for i, b := range got {
		if m := *c.Pool().Meta(b); c.Pool().Bytes(b)[0] != byte(i) || m != (buffer.Meta{Off: buffer.Headroom, Len: 1, Rounds: 1}) {
			t.Errorf("packet %d: %v, %+v", i, c.Pool().Bytes(b), m)
		}
	}
	p.Tx(got[:]) // closed with packets in it
}

func TestLoopbackBounds(t *testing.T) {
	_, p, c := openLoopback(t, 4096)
	bufs := make([]buffer.Index, 1500)
	if n := c.Alloc(bufs); n != 1500 {
		t.Fatal(n)
	}
	n := p.Tx(bufs)
	if n != 1024 || stats(p)["tx queue full"] != 476 {
		t.Errorf("took %d, counted %v", n, stats(p))
	}
	c.Free(bufs[n:])
	for range 8 { // each goes round as often as it may
		if got := p.Rx(bufs); got != 1024 {
			t.Fatalf("gave %d back", got)
		}
		p.Tx(bufs[:1024])
	}
	if got := p.Rx(bufs); got != 0 || stats(p)["went round too often"] != 1024 {
		t.Errorf("gave %d back, counted %v", got, stats(p))
	}
}

func TestLoopbackAllocatesNothing(t *testing.T) {
	_, p, c := openLoopback(t, 64)
	var bufs [8]buffer.Index
	c.Alloc(bufs[:])
	if n := testing.AllocsPerRun(100, func() {
		p.Tx(bufs[:])
		p.Flush()
		p.Rx(bufs[:])
		for _, b := range bufs {
			c.Pool().Meta(b).Rounds = 0
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	c.Free(bufs[:])
}
