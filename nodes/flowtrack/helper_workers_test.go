package flowtrack_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// TestHelpersTwoWorkers: control connections whose directions come on two workers, and their data connections, while somebody clears and
// looks. Each packet leaves or is counted as dropped; in the end nothing is expected that is not over.
func TestHelpersTwoWorkers(t *testing.T) {
	trk := flowtrack.New()
	trk.Sessions = 1000
	c := gvpp.Config{Workers: 2, Plugins: []plugin.Plugin{trk, classify.New(trk)}}
	var ports []*port.Memory
	var left atomic.Int64
	for _, name := range []string{"a", "b"} {
		m := port.NewMemory(name, 2)
		m.OnTx = func(*buffer.Pool, buffer.Index) { left.Add(1) }
		ports, c.Interfaces = append(ports, m), append(c.Interfaces, m)
	}
	dp, err := gvpp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	for _, l := range []string{"set interface l2 xconnect a b", "classify default a pass", "classify default b pass", "flowtrack helper ftp"} {
		if err := dp.CLI().Run(ctx, l, false, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	sent := int64(0)
	inject := func(side int, format string, a ...any) {
		ports[side].Inject(side, packetline.MustBuild(line(format, a...)))
		sent++
	}
	// settle waits until each packet has left or was dropped.
	settle := func() {
		for {
			gone := left.Load()
			for _, f := range trk.Faults() {
				if strings.HasPrefix(f.Reason, "dropped: ") {
					gone += int64(f.Count)
				}
			}
			if gone >= sent {
				return
			}
			runtime.Gosched()
		}
	}
	const flows, rounds = 20, 20
	for round := range rounds {
		for _, l := range [][]string{
			{"tcp 10.0.0.1:%d > 10.0.0.2:21 [S] seq 100"}, {"", "tcp 10.0.0.2:21 > 10.0.0.1:%d [SA] seq 300 ack 101"},
			{"tcp 10.0.0.1:%d > 10.0.0.2:21 [PA] seq 101 ack 301 data 0a", "tcp 10.0.0.2:21 > 10.0.0.1:%d [PA] seq 301 ack 101 data 0a"},
			{"tcp 10.0.0.1:%d > 10.0.0.2:21 [PA] seq 102 ack 301 data PORT", "tcp 10.0.0.2:21 > 10.0.0.1:%d [PA] seq 302 ack 102 data PASV"},
			{"tcp 10.0.0.1:7 > 10.0.0.2:%d [S] seq 7", "tcp 10.0.0.2:20 > 10.0.0.1:%d [S] seq 7"},
		} {
			for i := range flows {
				at := 2000 + round*flows + i
				for side, text := range l {
					text = strings.Replace(text, "PORT", hex.EncodeToString([]byte(line("PORT 10,0,0,1,%d,%d\r\n", at>>8, at&255))), 1)
					text = strings.Replace(text, "PASV", hex.EncodeToString([]byte(line("227 (10,0,0,2,%d,%d)\r\n", at>>8, at&255))), 1)
					if text != "" {
						inject(side, text, at)
					}
				}
				if i == flows/2 && round%4 == 3 {
					trk.Clear()
				}
			}
			trk.Expectations()
			settle()
		}
	}
	if r := trk.HelperReport(); r.Begun == 0 {
		t.Errorf("none has begun: %+v", r)
	}
	trk.Clear()
	if e := trk.Expectations(); len(e) != 0 {
		t.Errorf("%+v", e)
	}
	stop()
	wg.Wait()
}
