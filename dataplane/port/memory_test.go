package port_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
)

// open is a memory interface that is open, with its ports bound to one cache.
func open(t *testing.T, m *port.Memory, buffers int) ([]port.Port, *buffer.Cache) {
	t.Helper()
	pool, err := buffer.New(buffers, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.Open(&port.Host{Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	c := pool.NewCache()
	for _, p := range d.Ports() {
		p.Bind(c)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
		_ = pool.Close()
	})
	return d.Ports(), c
}

func readable(t *testing.T, p port.Port) bool {
	t.Helper()
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(p.FD()), Events: unix.POLLIN}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

func stats(p port.Port) map[string]uint64 {
	s := map[string]uint64{}
	p.Stats(func(name string, v uint64) { s[name] = v })
	return s
}

func TestInjectedIsReceivedSentIsCollected(t *testing.T) {
	m := port.NewMemory("m", 2)
	ports, c := open(t, m, 64)
	if m.Name() != "m" || len(ports) != 2 || m.Info().Queues != 2 || !m.Info().LinkUp {
		t.Errorf("%q with %d ports, %+v", m.Name(), len(ports), m.Info())
	}
	if n := m.Inject(1, []byte("one"), []byte("two"), []byte("three")); n != 3 {
		t.Errorf("room for %d of 3", n)
	}
	var bufs [2]buffer.Index
	if n := ports[0].Rx(bufs[:]); n != 0 {
		t.Errorf("queue 0 received %d packets of queue 1", n)
	}
	if n := ports[1].Rx(bufs[:]); n != 2 || string(c.Pool().Bytes(bufs[0])) != "one" || string(c.Pool().Bytes(bufs[1])) != "two" {
		t.Errorf("received %d: %q", n, c.Pool().Bytes(bufs[0]))
	}
	if got := *c.Pool().Meta(bufs[0]); got != (buffer.Meta{Off: buffer.Headroom, Len: 3}) {
		t.Errorf("metadata %+v", got)
	}
	if n := ports[0].Tx(bufs[:]); n != 2 || ports[0].Flush() {
		t.Errorf("took %d of 2", n)
	}
	if sent := m.Sent(); len(sent) != 2 || string(sent[0]) != "one" || string(sent[1]) != "two" {
		t.Errorf("sent %q", sent)
	}
	if sent := m.Sent(); len(sent) != 0 {
		t.Errorf("sent again: %q", sent)
	}
	if n := ports[1].Rx(bufs[:]); n != 1 {
		t.Errorf("received %d of the last", n)
	}
	c.Free(bufs[:1])
}

func TestInjectCopies(t *testing.T) {
	m := port.NewMemory("m", 0) // at least one queue
	ports, c := open(t, m, 4)
	p := []byte("abc")
	m.Inject(0, p)
	copy(p, "xyz")
	var bufs [1]buffer.Index
	ports[0].Rx(bufs[:])
	if got := c.Pool().Bytes(bufs[0]); !bytes.Equal(got, []byte("abc")) {
		t.Errorf("received %q", got)
	}
	c.Free(bufs[:])
}

func TestTooLong(t *testing.T) {
	m := port.NewMemory("m", 1)
	ports, c := open(t, m, 4)
	m.Inject(0, []byte("a"), make([]byte, 1793), []byte("b"), make([]byte, 1792))
	var bufs [4]buffer.Index
	if n := ports[0].Rx(bufs[:]); n != 3 || string(c.Pool().Bytes(bufs[1])) != "b" || len(c.Pool().Bytes(bufs[2])) != 1792 {
		t.Errorf("received %d of 3 that fit", n)
	}
	if s := stats(ports[0]); s["rx longer than a buffer"] != 1 {
		t.Errorf("counted %v", s)
	}
	c.Free(bufs[:3])
}

func TestQueueBounds(t *testing.T) {
	m := port.NewMemory("m", 1)
	ports, c := open(t, m, 8192)
	many := make([][]byte, 5000)
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	if n := m.Inject(0, many...) + m.Inject(0, many...); n != 4096 {
		t.Errorf("room for %d", n)
	}
	bufs := make([]buffer.Index, 5000)
	if n := ports[0].Rx(bufs); n != 4096 {
		t.Fatalf("received %d", n)
	}
	if n := ports[0].Tx(bufs[:4000]) + ports[0].Tx(bufs[4000:4096]); n != 4096 {
		t.Errorf("took %d", n)
	}
	if n := c.Alloc(bufs[:10]); ports[0].Tx(bufs[:n]) != 0 {
		t.Error("took more than the queue holds")
	}
	if s := stats(ports[0]); s["tx queue full"] != 10 {
		t.Errorf("counted %v", s)
	}
	c.Free(bufs[:10]) // what is not taken stays the caller's
	if n := len(m.Sent()); n != 4096 {
		t.Errorf("sent %d", n)
	}
}

func TestNoBuffers(t *testing.T) {
	m := port.NewMemory("m", 1)
	ports, c := open(t, m, 2)
	m.Inject(0, []byte("a"), []byte("b"), []byte("c"))
	var bufs, more [4]buffer.Index
	if n := ports[0].Rx(bufs[:]); n != 2 {
		t.Errorf("received %d with two buffers", n)
	}
	if n := ports[0].Rx(more[:]); n != 0 || stats(ports[0])["rx no buffer"] != 1 {
		t.Errorf("received %d without buffers, counted %v", n, stats(ports[0]))
	}
	c.Free(bufs[:2])
	if n := ports[0].Rx(more[:]); n != 1 || string(c.Pool().Bytes(more[0])) != "c" {
		t.Errorf("received %d, the packet did not wait", n)
	}
	c.Free(more[:1])
}

func TestDescriptorTellsOfPackets(t *testing.T) {
	m := port.NewMemory("m", 1)
	m.Inject(0, []byte("early")) // before Open: waits
	ports, c := open(t, m, 8)
	var bufs [1]buffer.Index
	for step, want := range []string{"early", "b", "c"} {
		if !readable(t, ports[0]) {
			t.Errorf("step %d: not readable with packets there", step)
		}
		if n := ports[0].Rx(bufs[:]); n != 1 || string(c.Pool().Bytes(bufs[0])) != want {
			t.Errorf("step %d: received %d: %q", step, n, c.Pool().Bytes(bufs[0]))
		}
		c.Free(bufs[:])
		if step == 0 {
			if readable(t, ports[0]) {
				t.Error("readable with nothing there")
			}
			m.Inject(0)
			if readable(t, ports[0]) {
				t.Error("readable after nothing was injected")
			}
			m.Inject(0, []byte("b"), []byte("c"))
		}
	}
	if readable(t, ports[0]) {
		t.Error("readable at the end")
	}
}

func TestOpenTwiceAndReopen(t *testing.T) {
	m := port.NewMemory("m", 1)
	ports, c := open(t, m, 8)
	if _, err := m.Open(&port.Host{Pool: c.Pool()}); err == nil || !strings.Contains(err.Error(), `"m"`) {
		t.Errorf("opened twice: %v", err)
	}
	if err := m.Close(); err != nil || ports[0].FD() != -1 {
		t.Errorf("close: %v, descriptor %d", err, ports[0].FD())
	}
	m.Inject(0, []byte("meanwhile"))
	if _, err := m.Open(&port.Host{Pool: c.Pool()}); err != nil || !readable(t, ports[0]) {
		t.Errorf("reopened: %v; what came meanwhile is not told of", err)
	}
}

func TestOnTx(t *testing.T) {
	m := port.NewMemory("m", 1)
	var seen []string
	m.OnTx = func(p *buffer.Pool, b buffer.Index) { seen = append(seen, string(p.Bytes(b))) }
	ports, _ := open(t, m, 8)
	m.Inject(0, []byte("x"), []byte("y"))
	var bufs [2]buffer.Index
	ports[0].Tx(bufs[:ports[0].Rx(bufs[:])])
	if strings.Join(seen, "") != "xy" || len(m.Sent()) != 0 {
		t.Errorf("seen %q", seen)
	}
}

func TestConcurrentInjectSentAndLife(t *testing.T) {
	m := port.NewMemory("m", 1)
	ports, c := open(t, m, 512)
	var all sync.WaitGroup
	const rounds = 500
	for range 3 {
		all.Go(func() {
			for range rounds {
				for m.Inject(0, []byte("p")) == 0 {
				}
			}
		})
	}
	all.Go(func() { // the control side
		for range 50 {
			_ = m.Close()
			_, _ = m.Open(&port.Host{Pool: c.Pool()})
		}
	})
	bufs := make([]buffer.Index, 64)
	got := 0
	for sent := 0; sent < 3*rounds; sent += len(m.Sent()) {
		n := ports[0].Rx(bufs)
		got += ports[0].Tx(bufs[:n])
	}
	all.Wait()
	if got != 3*rounds {
		t.Errorf("%d packets of %d", got, 3*rounds)
	}
}

func TestEventsAndInfoAreTold(t *testing.T) {
	for e, want := range map[port.Event]string{port.LinkDown: "link down", port.LinkUp: "link up", port.Gone: "gone", port.Back: "back", 0: "event 0", 9: "event 9"} {
		if e.String() != want {
			t.Errorf("event %d is %q, want %q", int(e), e, want)
		}
	}
	b, err := json.Marshal(port.NewMemory("m", 3).Info())
	if want := `{"driver":"memory","queues":3,"link_up":true,"software":true}`; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
}
