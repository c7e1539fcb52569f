package gvpp_test

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
)

// faulty is an interface whose ports count faults as those of AF_XDP do: each counter has its place's number.
type faulty struct{ *port.Memory }

func (f faulty) Open(h *port.Host) (port.Device, error) {
	d, err := f.Memory.Open(h)
	if err != nil {
		return nil, err
	}
	var ports []port.Port
	for _, p := range d.Ports() {
		ports = append(ports, faultyPort{p})
	}
	return faultyDevice{d, ports}, nil
}

type faultyDevice struct {
	port.Device
	ports []port.Port
}

func (d faultyDevice) Ports() []port.Port { return d.ports }

type faultyPort struct{ port.Port }

func (faultyPort) Stats(emit func(string, uint64)) {
	for i, name := range []string{"rx dropped by the kernel", "rx ring full", "rx no buffer in the fill ring", "rx pool empty",
		"rx invalid fill entry", "rx packet beyond its buffer", "tx queue full", "tx link down", "tx invalid entry"} {
		emit(name, 1<<i)
	}
}

// What ports count themselves is in the segment under VPP's names, all queues together, and what workers count is not twice.
func TestStatisticsOfPorts(t *testing.T) {
	var m manual
	r := newRig(t, gvpp.Config{Workers: 2, Clock: m.clock})
	if _, err := r.AddInterface(t.Context(), faulty{port.NewMemory("eth1", 2)}); err != nil {
		t.Fatal(err)
	}
	m.now += int64(2 * time.Second)
	r.Housekeep()
	got := entries(t, r.statistics())
	for name, want := range map[string]uint64{"rx-miss": 1 + 2, "rx-no-buf": 4 + 8, "rx-error": 16 + 32, "tx-error": 128 + 256, "drops": 0} {
		if n := got["/interfaces/eth1/"+name].Sum(0); n != 2*want {
			t.Errorf("%s: %d, want %d", name, n, 2*want)
		}
	}
}
