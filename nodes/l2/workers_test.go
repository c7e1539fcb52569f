package l2_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/gvpptest"
)

// Two workers learn, move, flood and forward while an operator changes everything: nothing is lost, and what is counted is there.
func TestTwoWorkers(t *testing.T) {
	const ports, hosts, rounds = 4, 300, 25
	var mems []*port.Memory
	c := gvpp.Config{Workers: 2, Buffers: 16384, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for i := range ports {
		mems = append(mems, port.NewMemory(string(rune('a'+i)), 2))
		c.Interfaces = append(c.Interfaces, mems[i])
	}
	dp, err := gvpp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	do := func(line string) string {
		var out bytes.Buffer
		_ = dp.CLI().Run(t.Context(), line, false, &out) // what there is not cannot be deleted, and so on
		return out.String()
	}
	do("create bridge-domain 1 mac-age 1")
	for i := range ports {
		do(fmt.Sprintf("set interface l2 bridge %c 1", 'a'+i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- dp.Run(ctx) }()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for q := range 2 {
		wg.Go(func() { traffic(mems, q, hosts, stop) })
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		for _, line := range []string{
			fmt.Sprintf("set interface l2 bridge d 1 %d", r.IntN(2)), fmt.Sprintf("l2fib add %v 1 a static", host(r.IntN(hosts)+1)), fmt.Sprintf("l2fib del %v 1", host(r.IntN(hosts)+1)),
			"set interface l3 d", "l2fib flush-mac interface b", fmt.Sprintf("set bridge-domain learn-limit 1 %d", r.IntN(2*hosts)), "show l2fib verbose", "set clock adjust 20",
			[]string{"set bridge-domain flood 1", "set bridge-domain flood 1 disable"}[r.IntN(2)], fmt.Sprintf("l2fib add %v 1 filter", host(r.IntN(hosts)+1)),
		}[r.IntN(4):] {
			do(line)
		}
	}
	close(stop)
	wg.Wait()
	deadline := time.Now().Add(20 * time.Second)
	for free := false; !free && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		dp.Graph().Hold(func() { free = dp.Buffers().InUse() == 0 })
	}
	learned, total := learnedOf(do("show l2fib"))
	listed := bytes.Count([]byte(do("show l2fib learn")), []byte(" 02:00:"))
	if learned != listed || total < learned {
		t.Errorf("%d learned are counted, %d are listed, of %d\n%s", learned, listed, total, do("show l2fib verbose"))
	}
	do("clear l2fib")
	if learned, total := learnedOf(do("show l2fib")); learned != 0 || total != 0 {
		t.Errorf("%d learned of %d left", learned, total)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if n := dp.Buffers().InUse(); n != 0 {
		t.Errorf("%d buffers are lost", n)
	}
}

// traffic injects frames into a queue of all ports, and takes what leaves, until stop.
func traffic(mems []*port.Memory, queue, hosts int, stop chan struct{}) {
	r := rand.New(rand.NewPCG(uint64(queue), 9))
	for {
		select {
		case <-stop:
			return
		default:
		}
		n := r.IntN(hosts) + 1
		at := n % len(mems)
		if r.IntN(20) == 0 {
			at = r.IntN(len(mems))
		}
		to := host(r.IntN(hosts) + 1)
		if r.IntN(5) == 0 {
			to = broadcast
		}
		var list [][]byte
		for _, p := range append(frame(to, host(n)), datagram(to, host(n))...) {
			list = append(list, []byte(gvpptest.Packet(p)))
		}
		mems[at].Inject(queue, list...)
		if r.IntN(50) == 0 {
			for _, m := range mems {
				m.Sent()
			}
			time.Sleep(50 * time.Microsecond) // lets the workers have the processor
		}
	}
}
