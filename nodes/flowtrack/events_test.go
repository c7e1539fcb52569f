package flowtrack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// watchers waits until so many watch: events are noted from then on.
func watchers(trk *flowtrack.Plugin, n int) {
	for trk.Summarize().Watchers != n {
		runtime.Gosched()
	}
}

// watch begins to collect n events; the function that it returns waits until there are so many.
func (s *story) watch(n int, f flowtrack.Filter, kinds ...flowtrack.EventKind) (events func() []flowtrack.Event) {
	before := s.trk.Summarize().Watchers
	out := make(chan []flowtrack.Event, 1)
	go func() {
		var list []flowtrack.Event
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		for e := range s.trk.Events(ctx, f, kinds...) {
			if list = append(list, e); len(list) == n {
				break
			}
		}
		out <- list
	}()
	watchers(s.trk, before+1)
	return func() []flowtrack.Event { return <-out }
}

// lines are events as a story tells them.
func lines(list []flowtrack.Event) (text []string) {
	for _, e := range list {
		s := &e.Session
		state := s.Detail
		if state == "" {
			state = s.State
		}
		l := fmt.Sprintf("%v %d %s", e.Kind, s.Flow, state)
		if s.Assured {
			l += " assured"
		}
		if e.Kind == flowtrack.EventDestroy {
			l += fmt.Sprintf(" %s %d/%d", e.Reason, s.Packets[0], s.Packets[1])
		}
		text = append(text, l)
	}
	return text
}

func wantLines(t *testing.T, list []flowtrack.Event, want ...string) {
	t.Helper()
	if got := lines(list); !slices.Equal(got, want) {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEventsOfAConnection: begin, each state, the end with what was counted. Packets that change nothing are none.
func TestEventsOfAConnection(t *testing.T) {
	s := newStory(t, 100)
	events := s.watch(7, flowtrack.Filter{})
	for _, l := range []string{
		"ab [S] seq 1", "ba [SA] seq 9 ack 2", "ab [A] seq 2 ack 10", "ab [PA] seq 2 ack 10 len 5", "ba [A] seq 10 ack 7",
		"ab [FA] seq 7 ack 10", "ba [FA] seq 10 ack 8", "ab [A] seq 8 ack 11",
	} {
		s.sees(l)
	}
	s.wait(121 * time.Second)
	wantLines(t, events(), "new 0 SYN_SENT", "update 0 SYN_RECV", "update 0 ESTABLISHED assured", "update 0 FIN_WAIT assured",
		"update 0 LAST_ACK assured", "update 0 TIME_WAIT assured", "destroy 0 TIME_WAIT assured expired 5/3")
}

// TestEnds: each way for a session to end, and why.
func TestEnds(t *testing.T) {
	s := newStory(t, 2)
	only := flowtrack.EventDestroy
	events := s.watch(7, flowtrack.Filter{}, only)
	s.sees("ab [S]")
	s.sees("ba [RA] ack 1")
	s.sees("udp 10.0.0.1:1 > 10.0.0.2:53")
	s.wait(31 * time.Second) // swept
	s.sees("udp 10.0.0.1:2 > 10.0.0.2:53")
	s.now += 31 * time.Second // found by a packet, which begins another one
	s.sees("udp 10.0.0.1:2 > 10.0.0.2:53")
	s.cli("clear flowtrack dport 54")
	s.cli("clear flowtrack dport 53")
	s.sees("udp [::1]:2 > [::2]:53")
	s.sees("udp [::1]:3 > [::2]:53")
	s.sees("udp [::1]:4 > [::2]:53") // no room
	s.cli("clear flowtrack")
	list := events()
	wantLines(t, list, "destroy 0 SYN_SENT reset 1/1", "destroy 1 NEW expired 1/0", "destroy 2 NEW expired 1/0", "destroy 3 NEW cleared 1/0",
		"destroy 4 NEW evicted 1/0", "destroy 5 NEW cleared 1/0", "destroy 6 NEW cleared 1/0")
	if x := list[4].Session; x.Src.String() != "::1" || x.SrcPort != 2 || x.Interface != "a" || x.Protocol != "udp" {
		t.Errorf("%+v", x)
	}
}

// TestEventFilters: each watcher gets what it asked for.
func TestEventFilters(t *testing.T) {
	s := newStory(t, 100)
	port := &flowtrack.Ports{From: 53, To: 53}
	updates := s.watch(1, flowtrack.Filter{DstPort: port}, flowtrack.EventUpdate)
	others := s.watch(2, flowtrack.Filter{States: []string{"unreplied"}, DstPort: &flowtrack.Ports{From: 80, To: 80}})
	s.sees("udp 10.0.0.1:1 > 10.0.0.2:53")
	s.sees("udp 10.0.0.1:2 > 10.0.0.2:80")
	s.sees("udp 10.0.0.2:80 > 10.0.0.1:2")
	s.sees("udp 10.0.0.2:53 > 10.0.0.1:1")
	s.sees("udp 10.0.0.1:3 > 10.0.0.2:80")
	wantLines(t, updates(), "update 0 ESTABLISHED")
	wantLines(t, others(), "new 1 NEW", "new 2 NEW")
	watchers(s.trk, 0)
}

// TestEventsLost: who stands still makes nobody wait, and is told what he has missed.
func TestEventsLost(t *testing.T) {
	const sessions = 10_000
	s := newStory(t, sessions)
	first, next := make(chan struct{}, sessions), make(chan struct{})
	result := make(chan [2]uint64)
	go func() {
		var seen, lost uint64
		for e := range s.trk.Events(context.Background(), flowtrack.Filter{}) {
			first <- struct{}{}
			<-next // closed when all has happened
			if seen++; e.Kind == flowtrack.EventLost {
				seen, lost = seen-1, lost+e.Lost
			}
			if seen+lost >= sessions {
				break
			}
		}
		result <- [2]uint64{seen, lost}
	}()
	watchers(s.trk, 1)
	for i := range sessions {
		s.sees(line("udp 10.0.0.1:%d > 10.0.0.2:53", i))
		if i == 0 {
			<-first // from here on it stands still
		}
	}
	close(next)
	if r := <-result; r != [2]uint64{1 + 8192, sessions - 1 - 8192} {
		t.Errorf("%d events and %d lost of %d", r[0], r[1], sessions)
	}
}

// TestEventsEnd: with the context, and with the dataplane.
func TestEventsEnd(t *testing.T) {
	s := newStory(t, 100)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, ctx := range []context.Context{ctx, context.Background()} {
		all.Go(func() {
			for range s.trk.Events(ctx, flowtrack.Filter{}) {
			}
		})
	}
	watchers(s.trk, 2)
	cancel()
	watchers(s.trk, 1)
	if err := s.dp.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

func TestMonitor(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		s := newStory(t, 100)
		var out bytes.Buffer
		done := make(chan error)
		go func() {
			done <- s.dp.CLI().Run(context.Background(), "flowtrack monitor proto tcp count 3 new destroy port 80", asJSON, &out)
		}()
		watchers(s.trk, 1)
		s.sees("udp 10.0.0.1:1 > 10.0.0.2:80")
		s.sees("tcp 10.0.0.1:1 > 10.0.0.2:81 [S]")
		s.sees("ab [S]")
		s.now += 1500 * ms
		s.sees("ba [RA] ack 1")
		s.sees("tcp [::2]:7 > [::1]:80 [S]")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if asJSON {
			d := json.NewDecoder(&out)
			for i := range 3 {
				var e flowtrack.Event
				if err := d.Decode(&e); err != nil || e.Session.Protocol != "tcp" || (e.Kind == flowtrack.EventDestroy) != (i == 1) {
					t.Errorf("%+v, %v", e, err)
				}
			}
			continue
		}
		got := out.String()
		want := `00:00:00.000 [NEW]     tcp 10.0.0.1:1000 > 10.0.0.2:80 SYN_SENT unreplied timeout 2m0s flow 2 a
00:00:01.500 [DESTROY] tcp 10.0.0.1:1000 > 10.0.0.2:80 SYN_SENT unreplied reset packets 1/1 bytes 54/54 age 1.5s flow 2 a
00:00:01.500 [NEW]     tcp [::2]:7 > [::1]:80 SYN_SENT unreplied timeout 2m0s flow 3 b
`
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	s := newStory(t, 100)
	for line, want := range map[string]string{
		"flowtrack monitor":             "nobody could end it here: give count N",
		"flowtrack monitor old":         "unknown input `old'",
		"flowtrack monitor count 0":     "out of range",
		"flowtrack monitor proto quick": `got "quick"`,
	} {
		if err := s.dp.CLI().Run(context.Background(), line, false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want … %s …", line, err, want)
		}
	}
}
