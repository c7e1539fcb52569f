package flowtrack

import "sync/atomic"

// rate lets so many sessions begin in a second, and a burst of them at once. One word holds the time by which all that were
// let begin would have begun had they come evenly (the generic cell rate algorithm): a bucket of tokens without a bucket.
type rate struct {
	perSecond, burst uint32
	stepNs           int64 // between two sessions: rounded up, so that there are never more than asked for
	slackNs          int64 // by how much a burst may be ahead
	due              atomic.Int64
}

func newRate(perSecond, burst uint32) *rate {
	const second = 1_000_000_000
	step := (second + int64(perSecond) - 1) / int64(perSecond)
	return &rate{perSecond: perSecond, burst: burst, stepNs: step, slackNs: int64(burst-1) * step}
}

// take lets one begin at now, in nanoseconds, or not.
func (r *rate) take(now int64) bool {
	for {
		due := r.due.Load()
		at := max(due, now)
		if at-now > r.slackNs {
			return false
		}
		if r.due.CompareAndSwap(due, at+r.stepNs) {
			return true
		}
	}
}

// giveBack undoes take, for a session that has not begun after all.
func (r *rate) giveBack() { r.due.Add(-r.stepNs) }
