package afxdp

import (
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// traffic proves that a reaches b in every way.
func (r *rig) traffic() {
	r.t.Helper()
	for _, to := range []string{"10.0.0.2", "fd00::2"} {
		res, err := r.a.Ping(to, 10, netlab.PingOptions{})
		ok(r.t, err)
		if res.Lost() != 0 {
			r.t.Fatalf("ping %s: %d of %d lost", to, res.Lost(), res.Sent)
		}
	}
	stop, err := r.b.ServeUDPEcho("10.0.0.2:7")
	ok(r.t, err)
	defer stop()
	for _, size := range []int{1, 1000, 1472} {
		n, err := r.a.UDPEcho("10.0.0.2:7", 20, size, time.Second)
		ok(r.t, err)
		if n != 20 {
			r.t.Fatalf("UDP echo of %d bytes: %d of 20 came back", size, n)
		}
	}
	ok(r.t, netlab.Transfer(r.a, r.b, "10.0.0.2:5000", 16<<20, 20*time.Second))
	ok(r.t, netlab.Transfer(r.b, r.a, "[fd00::1]:5000", 4<<20, 20*time.Second))
}

func TestForward(t *testing.T) {
	for _, c := range []struct {
		name   string
		queues int
		opts   []Option
		mode   string
	}{
		{"auto", 1, nil, "native copy"},
		{"two queues", 2, nil, "native copy"},
		{"four queues, small rings", 4, []Option{RingSize(64)}, "native copy"},
		{"native copy", 1, []Option{WithMode(NativeCopy)}, "native copy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.queues)
			left, right := r.open("left", c.opts...), r.open("right", c.opts...)
			if i := left.Info(); i.Mode != c.mode || i.Queues != c.queues || !i.LinkUp || !i.PartialChecksums || i.MTU != 1500 || len(i.MAC) != 6 || i.Driver != "af_xdp" {
				t.Errorf("info %+v", i)
			}
			l := r.forward(left, right)
			r.traffic()
			l.stop()
			for _, p := range append(l.left, l.right...) {
				t.Log(stats(p))
			}
			r.close(left, right)
			if r.held != 1 {
				t.Errorf("workers were held %d times for one UMEM", r.held)
			}
		})
	}
}
