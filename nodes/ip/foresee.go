package ip

import (
	"context"
	"net/netip"
	"time"

	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/ip/neighbor"
)

// foresee has a neighbour asked for that a route leads to from now on, so that the first packet need not wait. mu is held.
func (p *Plugin) foresee(swIf uint32, a netip.Addr) {
	if k := keyOf(swIf, a); p.info(swIf).on[family(a.Is6())] && len(p.foreseen) < deskAsks && p.neighbors.Foresee(p.dp.Clock(), k) {
		p.foreseen = append(p.foreseen, neighbor.Ask{Key: k})
		p.asking = true
		if p.taken == nil {
			p.taken = make(chan struct{})
		}
		p.setDue()
		p.wake()
	}
}

// Asked waits until the requests for neighbours that operations have caused have been sent, so that who asked for the operation finds
// them where he looks for them. It does not wait for long: the worker may not run.
func (p *Plugin) Asked(ctx context.Context) error {
	p.mu.Lock()
	asking, taken := p.asking, p.taken
	p.asking = false
	p.mu.Unlock()
	if !asking {
		return nil
	}
	if taken != nil {
		select {
		case <-taken:
		case <-time.After(takenTime):
		case <-ctx.Done():
		}
	}
	return p.dp.Published(ctx) // the pass that has taken them has ended
}

// takenTime is how long Asked waits for worker 0.
const takenTime = 10 * time.Millisecond

// wake has worker 0 look for what is to be sent.
func (p *Plugin) wake() {
	if g, ok := p.dp.(interface{ Graph() *graph.Graph }); ok {
		g.Graph().Wake()
	}
}
