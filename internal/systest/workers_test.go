package systest

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// sent is how many packets each worker has sent, from show runtime -o json.
func (d *daemon) sent() (byWorker []uint64) {
	d.t.Helper()
	var list []struct {
		Worker int
		Nodes  []struct {
			Name    string
			Vectors uint64
		}
	}
	d.show("show runtime", &list)
	for _, w := range list {
		n := uint64(0)
		for _, node := range w.Nodes {
			if node.Name == "interface-output" {
				n = node.Vectors
			}
		}
		byWorker = append(byWorker, n)
	}
	return byWorker
}

// free is how many buffers are on the shared list.
func (d *daemon) free() int {
	d.t.Helper()
	var b struct{ Free int }
	d.show("show buffers", &b)
	return b.Free
}

// Two queues, a worker to each.
func TestTwoWorkersTwoQueues(t *testing.T) {
	s := newSite(t, 2, 2)
	d := s.run("cpu { workers 2 }")
	s.manyFlows(t, d)
	for w, n := range d.sent() {
		if n < 100 {
			t.Errorf("worker %d sent %d packets only", w, n)
		}
	}
	d.stop(syscall.SIGTERM, s.socket)
}

// One queue each: one worker has all ports, the other nothing to do.
func TestTwoWorkersOneQueue(t *testing.T) {
	notShort(t, "the other tests of two workers run")
	s := newSite(t, 1, 1)
	d := s.run("cpu { workers 2 }")
	s.manyFlows(t, d)
	d.stop(syscall.SIGTERM, s.socket)
}

// Two queues at left, one at right: what the second worker receives leaves by a port of the first one.
func TestHandoff(t *testing.T) {
	s := newSite(t, 2, 1)
	d := s.run("cpu { workers 2 }")
	s.manyFlows(t, d)
	if n := d.sent()[1]; n < 100 {
		t.Errorf("the worker without a port at right sent %d packets only", n)
	}
	d.stop(syscall.SIGTERM, s.socket)
}

// manyFlows sends UDP both ways in several flows, then TCP in several both ways, and looks for losses and leaks.
func (s *site) manyFlows(t *testing.T, d *daemon) {
	t.Helper()
	ok(t, s.ping(3))
	free := d.free()
	for port := range 16 {
		address := fmt.Sprintf(":%d", 7000+port)
		serve(t, s.server, server4+address)
		serve(t, s.client, client4+address)
		if n := udp(t, s.client, server4+address, 20, long); n != 20 {
			t.Errorf("%s: %d of 20 answered", address, n)
		}
		if n := udp(t, s.server, client4+address, 20, long); n != 20 {
			t.Errorf("%s: %d of 20 answered, to the client", address, n)
		}
	}
	n := tcpBytes() / 8
	start := time.Now()
	var flows sync.WaitGroup
	for i := range 4 {
		for _, way := range []struct {
			from, to *netlab.Host
			address  string
		}{{s.client, s.server, server4}, {s.server, s.client, client4}} {
			flows.Go(func() {
				if _, err := transfer(way.from, way.to, fmt.Sprintf("%s:%d", way.address, 8000+i), n); err != nil {
					t.Error(err)
				}
			})
		}
	}
	flows.Wait()
	t.Logf("TCP, 4 flows each way at once: %.2f Gb/s in sum; packets by worker %v", float64(8*n*8)/1e9/time.Since(start).Seconds(), d.sent())
	s.settled(t, d, free)
	s.conserved(t, d)
}

// hoard bounds by how much the buffers in the workers' own supplies may have changed.
const hoard = 2 * 1024

// settled fails if buffers are missing that were there before the traffic.
func (s *site) settled(t *testing.T, d *daemon, before int) {
	t.Helper()
	after := 0
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if after = d.free(); after >= before-hoard {
			break
		}
		if time.Now().After(end) {
			t.Errorf("%d buffers free, before the traffic %d", after, before)
			break
		}
	}
	t.Logf("buffers free: %d before, %d after", before, after)
}
