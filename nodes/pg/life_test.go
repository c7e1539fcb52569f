package pg_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/pg"
)

// running is a rig whose workers run by themselves, by the real clock, until the test ends.
func running(t *testing.T, workers int) *rig {
	t.Helper()
	start := time.Now()
	r := newRig(t, gvpp.Config{Workers: workers, Clock: func() int64 { return int64(time.Since(start)) }})
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	return r
}

// eventually waits for what other goroutines do, much longer than they need.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never happened", what)
		}
	}
}

// Streams of two workers, one of them to an interface that another worker's port serves, come through whole; when show
// packet-generator does not say Yes any more, so they have.
func TestWorkers(t *testing.T) {
	r := running(t, 2)
	var mu sync.Mutex
	n := map[byte]int{}
	if err := r.pg.Capture(context.Background(), "pg1", func(p []byte) { mu.Lock(); n[p[29]]++; mu.Unlock() }); err != nil {
		t.Fatal(err)
	}
	for w := range 2 {
		r.cli(fmt.Sprintf("packet-generator new { name w%d limit 20000 worker %d interface pg0 data { UDP: 10.0.0.%d -> 20.0.0.1 UDP: 1 -> 53 } }", w, w, w))
	}
	for range 3 {
		r.cli("packet-generator enable")
		eventually(t, "the end", func() bool { return !strings.Contains(r.cli("show packet-generator"), "Yes") })
		if !r.pg.Idle(context.Background()) {
			t.Error("not idle")
		}
		mu.Lock()
		if n[0] != 20000 || n[1] != 20000 {
			t.Errorf("packets by worker: %v", n)
		}
		clear(n)
		mu.Unlock()
	}
}

// All operations at once, while packets flow.
func TestOperationsWhileRunning(t *testing.T) {
	r := running(t, 2)
	r.cli("packet-generator new { name steady interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator enable steady")
	dir := t.TempDir()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 20 {
				name := fmt.Sprintf("s%d", g)
				r.cli(fmt.Sprintf("packet-generator new { name %s worker %d interface pg%d rate 1e5 size 60+90 data { UDP: 1.2.3.4 + 5.6.7.8 -> 20.0.0.1 UDP: 1 - 9 -> 53 } }", name, (g+i)%2, i%2))
				r.cli("packet-generator enable " + name)
				r.cli("packet-generator configure " + name + " size 70-80 limit 100")
				r.cli("show packet-generator verbose")
				file := filepath.Join(dir, fmt.Sprintf("%d-%d", g, i))
				r.cli(fmt.Sprintf("packet-generator capture pg%d pcap %s", g%2, file))
				r.cli("packet-generator enable " + name)
				r.cli(fmt.Sprintf("packet-generator capture pg%d disable", g%2))
				r.cli("packet-generator disable " + name)
				r.cli("packet-generator delete " + name)
			}
		})
	}
	all.Wait()
	eventually(t, "the steady stream's packets", func() bool { return r.pg.Streams()[0].Count > 0 })
	if s := r.pg.Streams(); len(s) != 1 || !s[0].Enabled || s[0].Count == 0 {
		t.Errorf("%+v", s)
	}
	r.cli("create packet-generator interface pg5")
	r.cli("packet-generator new { name gone interface pg5 data { hex 0x00 } }")
	r.cli("packet-generator enable")
	r.cli("delete packet-generator interface pg5")
	if len(r.pg.Streams()) != 1 {
		t.Error("the stream of an interface that is gone is there")
	}
}

// A rate is kept by a worker that sleeps between packets.
func TestRateWhileRunning(t *testing.T) {
	r := running(t, 1)
	r.cli("packet-generator new { name x rate 10000 limit 1000 interface pg0 data { hex 0x00 } }")
	start := time.Now()
	r.cli("packet-generator enable x")
	eventually(t, "1000 packets", func() bool { return r.pg.Streams()[0].Count == 1000 })
	if d := time.Since(start); d < 90*time.Millisecond || d > time.Second {
		t.Errorf("1000 packets of 10,000 a second took %v", d)
	}
}

// What a stream may take of memory has bounds.
func TestBounds(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	dir := t.TempDir()
	capture := func(name string, packets, size int) string {
		b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
		for _, w := range []uint32{2 | 4<<16, 0, 0, 65535, 1} {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		for range packets {
			for _, w := range []uint32{0, 0, uint32(size), uint32(size)} {
				b = binary.LittleEndian.AppendUint32(b, w)
			}
			b = append(b, make([]byte, size)...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	half := capture("half", 26000, 1500)
	r.cli("packet-generator new { name a interface pg0 pcap " + half + " }")
	r.cli("packet-generator new { name a interface pg0 pcap " + half + " }") // in its own place
	r.refused("packet-generator new { name b interface pg0 pcap "+half+" }", "64 MiB together")
	r.cli("packet-generator delete a")
	r.cli("packet-generator new { name b interface pg0 pcap " + half + " }")
	r.refused("packet-generator new { name c interface pg0 pcap "+capture("long", 1, 1793)+" }", "packet 1 has 1793 bytes: a buffer holds 1792")
	r.refused("packet-generator new { name c interface pg0 pcap "+capture("none", 0, 0)+" }", "no packets")
	r.cli("packet-generator delete b")
	for i := range 1024 {
		r.cli(fmt.Sprintf("packet-generator new { name s%d interface pg0 data { hex 0x00 } }", i))
	}
	r.refused("packet-generator new { interface pg0 data { hex 0x00 } }", "1024 streams")
	r.cli("packet-generator new { name s0 interface pg0 data { hex 0x00 } }")
}

// A source's packets that fit no buffer are counted, and those behind them sent.
func TestLongPackets(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	i := 0
	source := next(func() []byte {
		if i++; i > 1000 {
			return nil
		}
		return make([]byte, 60+i%2*9000)
	})
	if err := r.pg.Add(context.Background(), pg.Stream{Name: "x", Interface: "pg0", Packets: source}); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator enable")
	r.drain()
	if len(*got) != 500 || r.count("packet is longer than a buffer") != 500 {
		t.Errorf("%d packets, %v", len(*got), r.Errors())
	}
}

// Without buffers packets come later, and are counted as such.
func TestNoBuffers(t *testing.T) {
	r := newRig(t, gvpp.Config{Buffers: 512})
	got := r.captured("pg1")
	cache := r.Buffers().NewCache()
	all := make([]uint32, 512)
	n := cache.Alloc(all)
	r.cli("packet-generator new { name x limit 10 interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator enable x")
	r.Step()
	cache.Free(all[:n])
	cache.Close()
	if len(*got) != 0 || r.count("no buffers: packets come later") == 0 {
		t.Errorf("%d packets, %v", len(*got), r.Errors())
	}
	r.drain()
	if len(*got) != 10 {
		t.Errorf("%d packets", len(*got))
	}
}

// A pass allocates nothing, whatever the stream and wherever its packets begin.
func TestAllocatesNothing(t *testing.T) {
	p := packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 len 10")
	for name, words := range map[string]string{
		"text": "node ethernet-input size 60-90 data { UDP: 10.0.0.1 + 10.0.0.9 -> 20.0.0.1 UDP: 1 -> 53 - 99 }", "inside": "node l2-xconnect data { UDP: 1.2.3.4 -> 5.6.7.8 }",
		"rate": "rate 1e9 data { hex 0x00 }", "go": "",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, gvpp.Config{})
			if words == "" {
				if err := r.pg.Add(context.Background(), pg.Stream{Name: "x", Interface: "pg0", Packets: next(func() []byte { return p })}); err != nil {
					t.Fatal(err)
				}
			} else {
				r.cli("packet-generator new { name x interface pg0 " + words + " }")
			}
			r.cli("packet-generator enable")
			pass := func() {
				r.now += 1000
				r.Step()
			}
			pass()
			if n := testing.AllocsPerRun(100, pass); n != 0 {
				t.Errorf("%v allocations a pass", n)
			}
		})
	}
}

// FuzzParseStream: whatever the words, there is an error or a stream.
func FuzzParseStream(f *testing.F) {
	for _, text := range []string{
		"{ name x limit 10 rate 1e6 size 64-128 interface pg0 node ip4-input data { UDP: 1.2.3.4 -> 5.6.7.8 incrementing 30 } }",
		"pcap /tmp/in.pcap source pg0 name z", "size 64 + 128 maxframe 3 worker 1 buffer-size 9", "{ data { { } }", "limit 1.5", "size 0-",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := pg.ParseStream(text)
		if err == nil && (s.MaxSize < s.MinSize || s.Rate < 0 || s.MaxFrame < 0 || s.Worker < 0) {
			t.Errorf("%+v", s)
		}
		_, _ = pg.ParseChange(text)
	})
}
