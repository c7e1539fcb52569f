package gvpp_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
)

// togetherTime is how long all is done at once. GVPP_TOGETHER=1m is for a machine that has nothing else to do.
func togetherTime() time.Duration {
	d, err := time.ParseDuration(os.Getenv("GVPP_TOGETHER"))
	if err != nil {
		d = 300 * time.Millisecond
	}
	return d
}

// operators are command lines, one list for each of several operators: each says its lines in random order, <n> and <m> are small numbers.
func operators(dir string) [][]string {
	data := "data { UDP: 10.0.0.1 - 10.0.0.9 -> 10.0.0.2 UDP: 1000 + 2000 -> 53 incrementing 30 }"
	fragments := "data { UDP: 10.0.0.1 -> 10.0.0.2 mf fragment id 1 - 500 offset 0 incrementing 32 }"
	return [][]string{
		{
			"packet-generator new { name s<n> limit 5000 worker 0 interface a " + data + " }", "packet-generator new { name s<n> rate 20000 worker 1 interface pg<m> " + data + " }",
			"packet-generator new { name s<n> worker 1 interface pg<m> node pg<n> " + data + " }", "packet-generator new { name s<n> rate 5000 interface b " + fragments + " }",
			"packet-generator new { name s<n> limit 3000 node flow-again source pg<m> " + data + " }", "packet-generator new { name s<n> interface loop0 node loop0 limit 500 " + data + " }",
			"packet-generator enable", "packet-generator enable s<n>", "packet-generator enable s<n>",
		},
		{
			"packet-generator disable", "packet-generator delete s<n>", "packet-generator configure s<n> limit 7000 rate 1e5", "packet-generator configure s<n> size 64-300 maxframe 7",
			"packet-generator disable s<n>", "show packet-generator verbose", "show packet-generator interface", "packet-generator enable",
		},
		{
			"pcap trace rx tx drop max 3000 file " + dir + "/c<n>", "pcap trace off", "pcap trace status", "pcap trace drop intfc pg<m> max-bytes-per-pkt 64 file " + dir + "/c<n>", "pcap trace off",
			"pcap trace rx preallocate-data max 100000 max-bytes-per-pkt 100 file " + dir + "/c<n>",
		},
		{
			"trace add ethernet-input 100", "trace add pg-input 50", "trace add virtual-reassembly 20", "show trace", "clear trace", "show runtime", "show errors", "pcap trace status", "show graph", "show interface",
			"packet-generator capture pg<m> pcap " + dir + "/p<n> count 3000", "packet-generator capture pg<m> disable",
		},
		{
			"create packet-generator interface pg<n>", "set interface state pg<n> up", "set interface state pg<n> up", "set interface l2 xconnect pg<n> pg<m>", "set interface state pg<m> down",
			"classify add rule pg<n> in proto udp keep-state pass", "classify default pg<n> drop", "classify default pg<n> pass", "set interface state pg<n> up",
		},
	}
}

// operate says lines in random order until end.
func (r *rig) operate(seed uint64, lines []string, end time.Time) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for time.Now().Before(end) {
		line := strings.NewReplacer("<n>", fmt.Sprint(rnd.IntN(4)), "<m>", fmt.Sprint(rnd.IntN(4))).Replace(lines[rnd.IntN(len(lines))])
		if r.CLI().Run(context.Background(), line, false, io.Discard) != nil { // there is no such stream, or a capture goes on
			time.Sleep(time.Millisecond)
		}
	}
}

// inject lets packets arrive until end.
func (r *rig) inject(end time.Time) {
	p := packetline.MustBuild("udp 10.0.0.3:1000 > 10.0.0.2:53 len 30")
	for time.Now().Before(end) {
		for _, m := range r.mems {
			m.Inject(0, p, p, p)
			m.Inject(1, p)
			m.Sent()
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// All that is asked for from outside goes on at once while workers pass packets: nothing is lost, nobody waits for each other.
func TestAllAtOnce(t *testing.T) {
	dir := t.TempDir()
	tracker := flowtrack.New()
	rules := classify.New(tracker)
	r := newRig(t, gvpp.Config{Workers: 2, Buffers: 8192, Plugins: []plugin.Plugin{tracker, reassembly.New(tracker), rules, acl.New(rules)}}, "a", "b")
	r.connect("a", "b")
	for _, line := range []string{"create loopback interface", "set interface state loop0 up", "classify add rule a in proto udp keep-state pass", "classify default a drop"} {
		r.cli(line)
	}
	stop := r.run()
	end := time.Now().Add(togetherTime())
	var all sync.WaitGroup
	for i, lines := range operators(dir) {
		all.Go(func() { r.operate(uint64(i), lines, end) })
	}
	all.Go(func() { r.inject(end) })
	all.Go(func() { // interfaces come and go, and files of captures
		for i := 0; time.Now().Before(end); i++ {
			if swIf, err := r.Interface(fmt.Sprint("pg", i%4)); err == nil && i%7 == 0 {
				_ = r.DeleteGenerator(context.Background(), swIf)
			}
			_ = os.Remove(filepath.Join(dir, fmt.Sprint("p", i%4)))
			time.Sleep(10 * time.Millisecond)
		}
	})
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(togetherTime() + time.Minute):
		stacks := make([]byte, 1<<20)
		t.Fatalf("operators wait for each other:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
	r.cli("packet-generator disable")
	if err := stop(); err != nil {
		t.Error(err)
	}
}
