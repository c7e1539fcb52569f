package ip

import (
	"context"
	"net/netip"
	"time"
)

// pingPlan is what a ping is to do.
type pingPlan struct {
	to          netip.Addr
	swIf, table uint32
	size        int // bytes of data
	repeat      int
	burst       int // requests with one sequence number, at once
	interval    time.Duration
}

// PingReport is the result of ping as JSON.
type PingReport struct {
	Sent     int          `json:"sent"`
	Received int          `json:"received"`
	Answers  []PingAnswer `json:"answers"`
}

// PingAnswer is an answer.
type PingAnswer struct {
	Bytes   int        `json:"bytes"`
	From    netip.Addr `json:"from"`
	Seq     int        `json:"icmp_seq"`
	TTL     uint8      `json:"ttl"`
	Elapsed float64    `json:"time_ms"`
}

// pinged is a sequence number.
type pinged struct {
	at   int64 // when its requests went, on the dataplane's clock
	open int   // answers to it that may come yet
}

// runPing sends echo requests and calls heard for each answer, until it has sent all and waited for the last, or ctx ends.
func (p *Plugin) runPing(ctx context.Context, w *pingPlan, heard func(*PingAnswer)) (r *PingReport, err error) {
	q, stop := p.startPing()
	defer stop()
	r = &PingReport{Answers: []PingAnswer{}}
	sent := make([]pinged, 1, min(w.repeat, maxAnswered)+1) // by sequence number, of which the first is 1
	for range w.repeat {
		sent = append(sent, pinged{p.dp.Clock(), w.burst})
		for range w.burst {
			if err := p.ping(w.to, w.swIf, w.table, q, uint16(len(sent)-1), w.size); err != nil {
				return r, err
			}
			r.Sent++
		}
		if !p.await(ctx, q, r, sent, w.interval, heard) {
			break
		}
	}
	return r, nil
}

// maxAnswered bounds the answers that a report lists; what comes behind is counted.
const maxAnswered = 1 << 12

// await takes the answers that come for a while. It is false when nobody wants them any more.
func (p *Plugin) await(ctx context.Context, q *pinging, r *PingReport, sent []pinged, d time.Duration, heard func(*PingAnswer)) bool {
	end := time.After(d)
	for {
		select {
		case <-ctx.Done():
			return false
		case <-end:
			return true
		case a := <-q.heard:
			last := len(sent) - 1
			seq := last&^(1<<16-1) | int(a.seq)
			if seq > last {
				seq -= 1 << 16
			}
			if seq < 1 || sent[seq].open == 0 {
				continue
			}
			sent[seq].open--
			r.Received++
			x := PingAnswer{Bytes: a.size, From: a.from, Seq: seq, TTL: a.ttl, Elapsed: float64(max(0, a.at-sent[seq].at)) / 1e6}
			if len(r.Answers) < maxAnswered {
				r.Answers = append(r.Answers, x)
			}
			heard(&x)
		}
	}
}
