package flowtrack_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// twin is the slow twin of the sweep: what is known of each session, looked at one by one.
type twin struct {
	*story
	t        *testing.T
	r        *rand.Rand
	timeouts map[string]time.Duration
	known    map[int]*known // by number
	number   [400]int       // by i of packet: its session's, and 1
}

// known is a session as the packets' answers tell it.
type known struct {
	state   string
	name    string        // of the timeout that runs
	last    time.Duration // when that has begun
	over    time.Duration // since when it has been silent for its timeout; -1: it has not
	mayGone bool          // it was over at some time
}

// timeout is the timeout that holds for a session.
func (w *twin) timeout(k *known) time.Duration { return w.timeouts[k.name] }

// note brings all that is known to this moment.
func (w *twin) note() {
	for _, k := range w.known {
		switch end := k.last + w.timeout(k); {
		case w.now < end:
			k.over = -1
		case k.over < 0:
			k.over, k.mayGone = max(end, w.now-50*ms), true // the clock moves by up to 50 ms
		}
	}
}

// check compares with the table: nobody gone early, nobody there a second late.
func (w *twin) check() {
	w.t.Helper()
	there := map[int]string{}
	w.trk.Each(func(s flowtrack.Session) bool { there[int(s.Flow)] = s.State; return true })
	for n, k := range w.known {
		state, ok := there[n]
		switch {
		case !ok && !k.mayGone:
			w.t.Fatalf("%v: session %d, %+v, is gone early: timeout %v", w.now, n, k, w.timeout(k))
		case ok && state != k.state:
			w.t.Fatalf("%v: session %d, %+v, is %s", w.now, n, k, state)
		case ok && k.over >= 0 && w.now-k.over > time.Second:
			w.t.Fatalf("%v: session %d, %+v, is late by %v", w.now, n, k, w.now-k.over)
		case !ok:
			delete(w.known, n)
		}
	}
	for n := range there {
		if w.known[n] == nil {
			w.t.Fatalf("%v: session %d, which nobody has begun", w.now, n)
		}
	}
}

// packet sends one of a random session's.
func (w *twin) packet() {
	i, flags := w.r.IntN(400), []string{"[S]", "[SA]", "[A]", "[A]", "[A]", "[FA]", "[R]"}
	proto := []string{"tcp", "tcp", "udp", "icmp"}[i%4]
	a, b := "10.0.0.1", "10.0.0.2"
	ports := [2]string{fmt.Sprintf(":%d", i), ":80"}
	tail, icmp := flags[w.r.IntN(len(flags))], "type 8"
	if w.r.IntN(3) == 0 {
		a, b, ports[0], ports[1], icmp = b, a, ports[1], ports[0], "type 0"
	}
	if i%8 > 5 && proto != "icmp" {
		a, b = "["+map[string]string{"10.0.0.1": "::1", "10.0.0.2": "::2"}[a]+"]", "["+map[string]string{"10.0.0.1": "::1", "10.0.0.2": "::2"}[b]+"]"
	}
	text := proto + " " + a + ports[0] + " > " + b + ports[1] + " "
	switch proto {
	case "tcp":
		text += tail
	case "icmp":
		text = fmt.Sprintf("icmp %s > %s %s id %d", a, b, icmp, i)
	}
	if a := w.sees(text); a.flow >= 0 {
		w.heard(text, i, a)
	}
}

// heard takes in the answer to packet i.
func (w *twin) heard(text string, i int, a answer) {
	n, x := a.flow, a.session
	if at := w.number[i] - 1; at != n && w.known[at] != nil {
		before := w.known[at]
		if !before.mayGone && before.state != closed { // a closed one is opened again
			w.t.Fatalf("%v: %s: session %d, but %d, %+v, is not over", w.now, text, n, at, before)
		}
		delete(w.known, at)
	}
	w.number[i] = n + 1
	if a.gone {
		delete(w.known, n)
		return
	}
	began := w.now - (w.timeouts[x.Timeout] - time.Duration(x.TimeoutLeft*float64(time.Second)).Round(ms))
	w.known[n] = &known{state: x.State, name: x.Timeout, last: began, over: -1, mayGone: w.known[n] != nil && w.known[n].mayGone}
}

// jump moves the clock by days, once so that sessions end and once, with none there, beyond what ticks can compare.
func (w *twin) jump() {
	for _, days := range []time.Duration{20, 30} {
		w.now += days * 24 * time.Hour
		w.dp.Housekeep()
		if n := w.trk.Summarize().Sessions; n != 0 {
			w.t.Errorf("%d sessions left after %d days", n, days)
		}
	}
	clear(w.known)
}

// TestSweepTwin: random packets of random sessions, timeouts that change, a clock that moves in steps of up to 50 ms and
// sometimes far.
func TestSweepTwin(t *testing.T) {
	rounds := 1500
	if flowtrack.Raced || testing.Short() {
		rounds = 200
	}
	for seed := range uint64(3) {
		w := &twin{story: newStory(t, 1000), t: t, r: rand.New(rand.NewPCG(seed, 1)), timeouts: map[string]time.Duration{}, known: map[int]*known{}}
		set := func(name string) {
			d := time.Duration(100+3000*int(seed)+w.r.IntN(100)*w.r.IntN(100)) * ms // the shortest matters, and shorter ones to come
			w.timeouts[name] = d
			if err := w.trk.SetTimeout(name, d); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range flowtrack.Timeouts {
			set(k.Name)
		}
		for i := range rounds {
			if w.r.IntN(5) == 0 {
				set(flowtrack.Timeouts[w.r.IntN(len(flowtrack.Timeouts))].Name)
				w.note()
			}
			for range w.r.IntN(12) {
				w.packet()
			}
			for range w.r.IntN(20) {
				w.now += time.Duration(1+w.r.IntN(50)) * ms
				w.note()
				w.dp.Housekeep()
			}
			w.check()
			if i%200 == 199 {
				w.jump()
			}
		}
		s := w.trk.Swept()
		n := w.trk.Summarize() // packets find sessions that have expired, too, before the sweep does
		if s.Removed == 0 || s.Removed > n.Expired || s.Looked < s.Removed || n.Created != uint64(n.Sessions)+n.Expired+n.Reset+n.Reopened+n.Cleared+n.Evicted {
			t.Errorf("%+v, %+v", s, n)
		}
		t.Logf("%+v, %d created", s, w.trk.Summarize().Created)
	}
}
