package interop

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.fd.io/govpp/binapi/memclnt"
	"go.fd.io/govpp/core"

	"github.com/gvpp/gvpp/api/interop/binapi/classify_rules"
)

// pinger pings all the time, each with a channel of its own, as GoVPP's health check does.
type pinger struct {
	t      *testing.T
	cancel context.CancelFunc
	done   sync.WaitGroup
	took   []time.Duration
}

func ping(t *testing.T, c *core.Connection) *pinger {
	ctx, cancel := context.WithCancel(t.Context())
	p := &pinger{t: t, cancel: cancel}
	p.done.Go(func() {
		for ctx.Err() == nil {
			begin := time.Now()
			if err := c.Invoke(t.Context(), &memclnt.ControlPing{}, &memclnt.ControlPingReply{}); err != nil {
				t.Errorf("ping: %v", err)
				return
			}
			p.took = append(p.took, time.Since(begin))
			time.Sleep(500 * time.Microsecond)
		}
	})
	return p
}

// end reports how long pings took. That one in a hundred takes more than ten times the 10 ms that it may fails the test; so does one that
// takes what GoVPP waits for three.
func (p *pinger) end(what string) {
	p.t.Helper()
	p.cancel()
	p.done.Wait()
	slices.Sort(p.took)
	n := len(p.took)
	if n == 0 {
		p.t.Fatalf("%s: no ping", what)
	}
	p.t.Logf("%s: %d pings, median %v, p99 %v, longest %v", what, n, p.took[n/2], p.took[n*99/100], p.took[n-1])
	if p.took[n*99/100] > 100*time.Millisecond || p.took[n-1] > 750*time.Millisecond {
		p.t.Errorf("%s: pings wait too long", what)
	}
}

// Pings are answered while 100,000 rules are replaced again and again, on the connection that does it, and on another.
func TestPings(t *testing.T) {
	r := newRig(t)
	busy := r.connect()
	client := classify_rules.NewServiceClient(busy)
	all := &classify_rules.ClassifyRulesReplace{SwIfIndex: 1}
	for i := range 100_000 {
		all.Rules = append(all.Rules, campaignRule(i))
	}
	same, other := ping(t, busy), ping(t, r.connect())
	f := r.flow()
	for range 5 {
		_, err := client.ClassifyRulesReplace(t.Context(), all)
		r.ok(err)
	}
	f.end()
	same.end("on the same connection")
	other.end("on another")
}
