package ratelimit

import "fmt"

// Limit is what each source may send.
type Limit struct {
	Packets Rate
	Bytes   Rate // of whole frames, without the check sequence
}

// Rate is how many a second on average, and how many at once after a pause.
type Rate struct {
	PerSecond uint64 `json:"per_second"` // 0: no limit
	Burst     uint64 `json:"burst"`      // 0: what a second brings, or the least burst if that is more
}

// Bounds. With them no sum of credits comes near 1<<63.
const (
	maxRate  = 1e11    // a second: 800 Gbit/s in bytes
	maxBurst = 1 << 32 // as credits, 4.3e18
	// minBytes is the least burst of bytes: the largest buffer. A packet that is longer than a full bucket would never pass.
	minBytes = 4096
)

// filled is r with its burst, checked; what names it in errors.
func (r Rate) filled(what string, least uint64) (Rate, error) {
	if r.PerSecond == 0 {
		if r.Burst != 0 {
			return r, fmt.Errorf("ratelimit: a burst of %d %s without a rate: give the %s a second, too", r.Burst, what, what)
		}
		return r, nil
	}
	if r.PerSecond > maxRate {
		return r, fmt.Errorf("ratelimit: %d %s a second: want at most %d", r.PerSecond, what, uint64(maxRate))
	}
	if r.Burst == 0 {
		r.Burst = min(max(r.PerSecond, least), maxBurst)
	}
	if r.Burst < least || r.Burst > maxBurst {
		return r, fmt.Errorf("ratelimit: a burst of %d %s: want %d to %d", r.Burst, what, least, uint64(maxBurst))
	}
	return r, nil
}

// filled is l with its bursts, checked.
func (l Limit) filled() (Limit, error) {
	var err error
	if l.Packets, err = l.Packets.filled("packets", 1); err != nil {
		return l, err
	}
	if l.Bytes, err = l.Bytes.filled("bytes", minBytes); err != nil {
		return l, err
	}
	if l == (Limit{}) {
		err = fmt.Errorf("ratelimit: a limit of nothing: give packets or bytes a second; to end a limit, delete it")
	}
	return l, err
}

// unit is the credits of one packet or byte. A nanosecond brings PerSecond credits, so nothing is ever rounded.
const unit = 1e9

// credits is a Rate as buckets use it. The zero value limits nothing.
type credits struct {
	perNs int64 // that come
	full  int64 // that a bucket holds
	fill  int64 // nanoseconds until an empty bucket is full
	cost  int64 // of one packet or byte
}

func creditsOf(r Rate) (c credits) {
	if r.PerSecond != 0 {
		c = credits{perNs: int64(r.PerSecond), full: int64(r.Burst) * unit, cost: unit}
		c.fill = (c.full + c.perNs - 1) / c.perNs
	}
	return c
}

// after is what a bucket that had some has after ns nanoseconds.
func (c *credits) after(had, ns int64) int64 { return min(c.full, had+min(ns, c.fill)*c.perNs) }

// limit is a Limit as workers use it.
type limit struct {
	Limit
	packets, bytes credits
}

func compile(l Limit) *limit { return &limit{l, creditsOf(l.Packets), creditsOf(l.Bytes)} }

// settled is after how many nanoseconds a bucket is full, whatever was in it.
func (l *limit) settled() int64 { return max(l.packets.fill, l.bytes.fill) }

// limits is what workers look at: by sw_if_index, nil where there is none. It is immutable once published.
type limits []*limit

func (l limits) of(swIf uint32) *limit {
	if int(swIf) < len(l) {
		return l[swIf]
	}
	return nil
}

// with is l with the limit of one interface replaced; nil ends it.
func (l limits) with(swIf uint32, one *limit) *limits {
	out := make(limits, max(len(l), int(swIf)+1))
	copy(out, l)
	out[swIf] = one
	return &out
}
