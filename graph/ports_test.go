package graph_test

import (
	"context"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
)

// crossing is a graph that sends what interface 1 receives by interface 2 and the other way round.
func crossing(t testing.TB, c config) *rig {
	c.specs = []graph.Spec{
		node(graph.Entry, func(w *graph.Worker, f *graph.Frame) {
			bufs, _ := f.Vector()
			for _, b := range bufs {
				m := w.Meta(b)
				m.TxIf = 3 - m.RxIf
			}
		}, "out"), outNode(), dropNode,
	}
	return newRig(t, c)
}

func TestPacketsAndCounters(t *testing.T) {
	r := crossing(t, config{})
	r.mems[0].Inject(0, packets(0, 300)...)
	r.mems[1].Inject(0, packets(0, 10)...)
	r.drain()
	if a, b := len(r.mems[0].Sent()), len(r.mems[1].Sent()); a != 10 || b != 300 {
		t.Errorf("sent %d and %d", a, b)
	}
	if one, want := r.IfTotals(1), (graph.IfTotals{RxPackets: 300, RxBytes: 300 * 64, TxPackets: 10, TxBytes: 640}); one != want {
		t.Errorf("%+v, want %+v", one, want)
	}
	if two, want := r.IfTotals(2), (graph.IfTotals{RxPackets: 10, RxBytes: 640, TxPackets: 300, TxBytes: 300 * 64}); two != want {
		t.Errorf("%+v, want %+v", two, want)
	}
}

func TestDownInterfaces(t *testing.T) {
	r := crossing(t, config{})
	r.list[0].Up = false
	r.SetPorts(r.list)
	r.mems[0].Inject(0, packets(0, 5)...)
	r.mems[1].Inject(0, packets(0, 7)...)
	r.drain()
	r.Workers[0].Step()
	if got := r.IfTotals(1); got.RxDown != 5 || got.RxPackets != 5 || got.TxPackets != 0 {
		t.Errorf("down: %+v", got)
	}
	if n := r.count("out", "down"); n != 7 {
		t.Errorf("%d not sent by an interface that is down", n)
	}
	r.SetPorts(r.list[1:]) // gone altogether
	r.mems[1].Inject(0, packets(0, 3)...)
	r.drain()
	if n := r.count("out", "down"); n != 10 || len(r.mems[0].Sent()) != 0 {
		t.Errorf("%d not sent by an interface that is gone", n)
	}
}

func TestFullPort(t *testing.T) {
	r := crossing(t, config{})
	for range 5 {
		r.mems[0].Inject(0, packets(0, 1000)...)
		r.drain()
	}
	if n := r.count("out", "full"); n != 5000-4096 || r.IfTotals(2).TxPackets != 4096 || r.IfTotals(2).TxBytes != 4096*64 {
		t.Errorf("%d too many, %+v", n, r.IfTotals(2))
	}
}

// Interfaces come and go while packets flow. Nothing is lost but what is counted, and each port is bound by its worker.
func TestSetPortsWhileRunning(t *testing.T) {
	const workers, rounds = 2, 60
	r := crossing(t, config{workers: workers, queues: []int{2, 2}})
	r.start()
	extra := port.NewMemory("x", 2)
	d, err := extra.Open(&port.Host{Pool: r.pool})
	if err != nil {
		t.Fatal(err)
	}
	r.AddInterface(3)
	r.mems = append(r.mems, extra)
	var all sync.WaitGroup
	injected := 0
	all.Go(func() {
		for range 300 {
			for q := range workers {
				injected += r.mems[0].Inject(q, packets(0, 5)...)
			}
			r.mems[0].Sent()
			r.mems[1].Sent()
		}
	})
	for i := range rounds {
		list := r.list
		if i%2 == 0 {
			var ports []port.Port
			for _, p := range d.Ports() {
				ports = append(ports, &boundOnce{Port: p})
			}
			list = append(list[:2:2], graph.Attachment{SwIf: 3, Up: true, Ports: ports})
		}
		if i%3 == 0 {
			list = append([]graph.Attachment(nil), list...)
			list[1].Up = false
		}
		r.SetPorts(list)
		if err := r.Epochs.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	r.SetPorts(r.list)
	eventually(t, "all packets come to an end", func() bool {
		in, out := r.IfTotals(1), r.IfTotals(2)
		return in.RxPackets == uint64(injected) && out.TxPackets+r.count("out", "down")+r.count("out", "full") == uint64(injected)
	})
}

// boundOnce is a port that counts how often it is bound.
type boundOnce struct {
	port.Port
	binds int
}

func TestPortsAreBoundOnceByTheirWorker(t *testing.T) {
	r := crossing(t, config{workers: 2, queues: []int{2, 1}})
	var ports [2]*boundOnce
	for i, p := range r.list[0].Ports {
		ports[i] = &boundOnce{Port: p}
		r.list[0].Ports[i] = ports[i]
	}
	r.SetPorts(r.list)
	if ports[0].binds+ports[1].binds != 0 {
		t.Error("bound by the control side")
	}
	r.Workers[0].Step()
	if ports[0].binds != 1 || ports[1].binds != 0 {
		t.Errorf("worker 0 bound %d and %d", ports[0].binds, ports[1].binds)
	}
	for range 3 {
		r.SetPorts(r.list)
		r.SetPorts(r.list)
		r.drain()
	}
	if ports[0].binds != 1 || ports[1].binds != 1 {
		t.Errorf("bound %d and %d times", ports[0].binds, ports[1].binds)
	}
}

// Bind draws on the supply, as a driver does that fills a ring: it must be the worker's doing.
func (p *boundOnce) Bind(c *buffer.Cache) {
	var bufs [64]buffer.Index
	c.Free(bufs[:c.Alloc(bufs[:])])
	p.binds++
	p.Port.Bind(c)
}
