package flowtrack

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/flowtrack/sctp"
	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// timer names a timeout: those of TCP's states come first, by their numbers.
type timer uint8

const (
	timerRetrans timer = timer(tcp.NumStates) + iota
	timerUnacked
	timerUDP
	timerUDPStream
	timerICMP
	timerICMPv6
	timerGeneric
	timerGRE
	timerGREStream
	timerSCTP  // and SCTP's states behind it, by their numbers
	timerNone  = 0
	numTimers  = int(timerSCTP) + int(sctp.NumStates)
	numLimits  = limitMask + 1
	policySize = timerMask + 1
)

// timeouts is how long a session may be silent, in ticks, by timer and policy. Policy 0 holds where a zone has none of its
// own. The control side writes, everybody reads.
type timeouts struct {
	ticks   [numLimits]atomic.Uint32
	changes atomic.Uint32 // how often one was set, counted after it was: for whoever has planned by them
	sctp    atomic.Bool   // there has been an SCTP session: its short timeouts matter

	mu  sync.Mutex
	own [policyMask + 1]uint32 // guarded by mu: by policy, the timers that it has set itself
}

// Timeout is a named timeout. Names and defaults are nf_conntrack's.
type Timeout struct {
	Name    string        `json:"name"`
	Default time.Duration `json:"-"`
	timer   timer
}

// Timeouts lists all of them, in the order that they are shown in.
var Timeouts = []Timeout{
	{"tcp_syn_sent", 120 * time.Second, timer(tcp.SynSent)},
	{"tcp_syn_recv", 60 * time.Second, timer(tcp.SynRecv)},
	{"tcp_established", 432000 * time.Second, timer(tcp.Established)},
	{"tcp_fin_wait", 120 * time.Second, timer(tcp.FinWait)},
	{"tcp_close_wait", 60 * time.Second, timer(tcp.CloseWait)},
	{"tcp_last_ack", 30 * time.Second, timer(tcp.LastAck)},
	{"tcp_time_wait", 120 * time.Second, timer(tcp.TimeWait)},
	{"tcp_close", 10 * time.Second, timer(tcp.Close)},
	{"tcp_syn_sent2", 120 * time.Second, timer(tcp.SynSent2)},
	{"tcp_max_retrans", 300 * time.Second, timerRetrans},
	{"tcp_unacknowledged", 300 * time.Second, timerUnacked},
	{"udp", 30 * time.Second, timerUDP},
	{"udp_stream", 120 * time.Second, timerUDPStream},
	{"icmp", 30 * time.Second, timerICMP},
	{"icmpv6", 30 * time.Second, timerICMPv6},
	{"generic", 600 * time.Second, timerGeneric},
	{"gre", 30 * time.Second, timerGRE},
	{"gre_stream", 180 * time.Second, timerGREStream},
	{"sctp_closed", 10 * time.Second, timerSCTP + timer(sctp.Closed)},
	{"sctp_cookie_wait", 3 * time.Second, timerSCTP + timer(sctp.CookieWait)},
	{"sctp_cookie_echoed", 3 * time.Second, timerSCTP + timer(sctp.CookieEchoed)},
	{"sctp_established", 210 * time.Second, timerSCTP + timer(sctp.Established)},
	{"sctp_shutdown_sent", 3 * time.Second, timerSCTP + timer(sctp.ShutdownSent)},
	{"sctp_shutdown_recd", 3 * time.Second, timerSCTP + timer(sctp.ShutdownRecd)},
	{"sctp_shutdown_ack_sent", 3 * time.Second, timerSCTP + timer(sctp.ShutdownAckSent)},
	{"sctp_heartbeat_sent", 30 * time.Second, timerSCTP + timer(sctp.HeartbeatSent)},
}

// tickLength is the resolution of sessions' times, which are 32 bits wide. Longer, and a session that has not been silent
// for its timeout can be taken to be; shorter, and the longest timeout is too short for established TCP (5 days).
const tickLength = time.Millisecond

// tickOf converts nanoseconds on the dataplane's clock.
func tickOf(now int64) uint32 { return uint32(now / int64(tickLength)) }

// Bounds of a timeout. Ticks are compared as differences of up to 2^31, which is 24.8 days.
const (
	MinTimeout = 100 * time.Millisecond
	MaxTimeout = 24 * 24 * time.Hour
)

func (t *timeouts) reset() {
	for _, k := range Timeouts {
		t.set(0, k, k.Default)
	}
}

// set sets a timeout of a policy; one of policy 0 holds for all policies that have not set it themselves.
func (t *timeouts) set(policy uint32, k Timeout, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ticks, bit := uint32((d+tickLength-1)/tickLength), uint32(1)<<k.timer
	if policy != 0 {
		t.own[policy] |= bit
	}
	for p := range uint32(len(t.own)) {
		if p == policy || policy == 0 && t.own[p]&bit == 0 {
			t.ticks[p*policySize+uint32(k.timer)].Store(ticks)
		}
	}
	t.changes.Add(1)
}

// clearPolicy makes a policy like policy 0 again.
func (t *timeouts) clearPolicy(policy uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own[policy] = 0
	for i := range uint32(policySize) {
		t.ticks[policy*policySize+i].Store(t.ticks[i].Load())
	}
	t.changes.Add(1)
}

// ownOf are the timeouts that a policy has set itself.
func (t *timeouts) ownOf(policy uint32) map[string]time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := map[string]time.Duration{}
	for _, k := range Timeouts {
		if t.own[policy]>>k.timer&1 != 0 {
			own[k.Name] = t.get(policy, k)
		}
	}
	return own
}

func (t *timeouts) get(policy uint32, k Timeout) time.Duration {
	return time.Duration(t.ticks[policy*policySize+uint32(k.timer)].Load()) * tickLength
}

// at is a timeout of the word's policy, in ticks.
func (t *timeouts) at(word uint32, k timer) uint32 {
	return t.ticks[word&(policyMask<<policyShift)|uint32(k)].Load()
}

// of is the timeout of a session in ticks.
func (t *timeouts) of(word uint32) uint32 { return t.ticks[word&limitMask].Load() }

// shortest is the least of all timeouts in ticks: a session that begins or changes its state now does not expire before.
func (t *timeouts) shortest() uint32 {
	least := ^uint32(0)
	for p := range uint32(len(t.own)) {
		for _, k := range Timeouts {
			if k.timer >= timerSCTP && !t.sctp.Load() {
				continue
			}
			least = min(least, t.ticks[p*policySize+uint32(k.timer)].Load())
		}
	}
	return least
}

// useSCTP notes that there will be an SCTP session.
func (t *timeouts) useSCTP() {
	if !t.sctp.Load() && !t.sctp.Swap(true) {
		t.changes.Add(1)
	}
}

// expired reports whether a session that was last seen at tick last is over at tick now.
func (t *timeouts) expired(word, last, now uint32) bool {
	silent := int32(now - last)
	return silent > 0 && uint32(silent) >= t.of(word)
}

// names are those of the timeouts, by timer.
var timerNames = func() (names [numTimers]string) {
	for _, k := range Timeouts {
		names[k.timer] = k.Name
	}
	return names
}()

// findTimeout finds a timeout by name, hyphens and capitals as one likes.
func findTimeout(name string) (Timeout, error) {
	plain := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	var names []string
	for _, k := range Timeouts {
		if k.Name == plain {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Timeout{}, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: no timeout %q; there are %s", name, strings.Join(names, ", ")))
}
