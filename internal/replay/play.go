package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// progressEvery is how many packets go by between looks at the wall clock.
const progressEvery = 4096

// play puts one packet after the other through the graph.
func (p *player) play(ctx context.Context, m *pcapport.Merger) error {
	shown := time.Now()
	for {
		input, pkt, err := m.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.packet(m.Name(input), pkt); err != nil {
			return err
		}
		if p.sum.Packets%progressEvery == 0 {
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted after %d packets", p.sum.Packets)
			}
			if p.Progress != nil && time.Since(shown) > time.Second {
				shown = time.Now()
				p.Progress(p.sum)
			}
		}
	}
}

// packet moves the clock, injects a packet, and runs the graph until the packet has come to its end or waits for others.
func (p *player) packet(name string, pkt pcapport.Packet) error {
	p.advance(pkt.Time)
	p.sum.Packets++
	p.v = verdict{n: p.sum.Packets, ts: pkt.Time, in: name}
	p.ends = 0
	in := p.ports[slices.Index(p.names, name)]
	if len(pkt.Data) > p.maxPacket() {
		p.v.verdict, p.v.node, p.v.reason = "drop", "port-rx", "packet longer than 65535 bytes"
		p.sum.Dropped++
		return p.write(&p.v)
	}
	in.Inject(0, pkt.Data)
	for p.dp.Step() {
	}
	if swIf := p.swIf[name]; p.ends == 0 && p.dp.Graph().IfTotals(swIf).RxDown != p.down[name] {
		p.down[name]++
		p.v.verdict, p.v.node, p.v.reason = "drop", "port-rx", "interface is down"
		p.sum.Dropped++
		p.ends++
		p.err = errors.Join(p.err, p.write(&p.v))
	}
	if p.ends == 0 {
		v := p.v
		p.held[uint32(v.n)] = &v
	}
	if inUse := p.dp.Buffers().InUse(); p.err == nil && (p.ends > 1 || inUse != len(p.held)) {
		p.err = fmt.Errorf("packet %d came to %d ends, and %d packets are held instead of %d: the graph is broken", p.v.n, p.ends, inUse, len(p.held))
	}
	return p.err
}

// maxPacket is the longest packet the graph can hold.
func (p *player) maxPacket() int { return min(p.dp.Buffers().Room(), 1<<16-1) }

// What is due in a gap between packets is done as if the clock had run through it. Sessions that the earlier sweeps would
// have removed are removed by the last ones, so only these are made; and no gap counts for more than maxGap, which is
// longer than any timeout and short enough for flowtrack's clock.
const (
	sweepStep  = int64(100 * time.Millisecond)
	lastSweeps = 20
	maxGap     = int64(flowtrack.MaxTimeout + time.Minute)
)

// advance moves the clock to time t of a packet, unless that is in the past.
func (p *player) advance(t int64) {
	if !p.started {
		p.started, p.first, p.now = true, t, t
	}
	if t <= p.now {
		return
	}
	gap := t - p.now
	if gap < 0 || gap > maxGap { // less than 0: it overflowed
		gap = maxGap
	}
	p.now = t
	end := p.clock + gap
	p.clock = max(p.clock, end-lastSweeps*sweepStep)
	for p.clock+sweepStep < end {
		p.clock += sweepStep
		p.dp.Housekeep()
	}
	p.clock = end
	p.dp.Housekeep()
}
