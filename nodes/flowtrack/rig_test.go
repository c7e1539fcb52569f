package flowtrack_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// story is a dataplane with a clock moved by hand: a and b are cross-connected, a has everything passed and tracked.
type story struct {
	t     testing.TB
	dp    *gvpp.Dataplane
	trk   *flowtrack.Plugin
	ports [2]*port.Memory
	now   time.Duration
	left  []answer // of the packets that have left, in that order, since the story sent some
}

func newStory(t testing.TB, sessions int) *story {
	trk := flowtrack.New()
	trk.Sessions = sessions
	return newStoryOf(t, trk)
}

// newStoryOf is a story of a plugin, with what lines of startup.conf say.
func newStoryOf(t testing.TB, trk *flowtrack.Plugin, lines ...string) *story {
	return newStoryWith(t, trk, nil, lines...)
}

// newStoryWith is newStoryOf with further plugins.
func newStoryWith(t testing.TB, trk *flowtrack.Plugin, more []plugin.Plugin, lines ...string) *story {
	s := &story{t: t, trk: trk}
	c := gvpp.Config{Plugins: append([]plugin.Plugin{s.trk, classify.New(s.trk)}, more...), Buffers: 1024, Clock: func() int64 { return int64(s.now) },
		Log: slog.New(slog.DiscardHandler)}
	var err error
	if c.Stanzas, err = config.Parse("startup.conf", []byte(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a", "b"} {
		s.ports[i] = port.NewMemory(name, 1)
		s.ports[i].OnTx = func(p *buffer.Pool, b buffer.Index) { s.left = append(s.left, s.answer(p.Meta(b))) }
		c.Interfaces = append(c.Interfaces, s.ports[i])
	}
	if s.dp, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() && s.dp.Close() != nil {
			t.Error("not closed cleanly")
		}
	})
	if err := s.dp.CrossConnect(context.Background(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	s.cli("classify default a pass")
	return s
}

// answer is what became of a packet, as it left.
type answer struct {
	flow    int // its session's number, -1: none
	reply   bool
	class   string // of an invalid one with the reason
	state   string // coarse, as the packet has it
	session flowtrack.Session
	gone    bool   // the packet has ended it
	user    uint32 // the packet's
}

// dropped is the answer of a packet that has not left.
var dropped = answer{flow: -1, class: "dropped"}

// answer reads a packet's metadata.
func (s *story) answer(m *buffer.Meta) answer {
	a := answer{flow: -1, class: m.Track.String(), user: m.User}
	if m.Track.Class() == buffer.TrackInvalid {
		a.class += ", " + flowtrack.Reason(m.Track.Reason()).String()
	}
	if m.Flags&buffer.FlagHasFlow == 0 {
		return a
	}
	x, ok := s.trk.SessionOf(m)
	a.flow, a.session, a.gone, a.state = int(s.trk.Number(m.IsIP6, m.Flow)), x, !ok, flowtrack.State(m.State).String()
	a.reply = m.Flags&buffer.FlagReply != 0
	return a
}

// String is the answer as stories tell it: session, direction, class, state, timeout and what is left of it, "assured";
// or that it is gone.
func (a answer) String() string {
	if a.flow < 0 {
		return a.class
	}
	state, dir := a.session.Detail, "orig"
	if state == "" {
		state = a.session.State
	}
	if a.reply {
		dir = "reply"
	}
	if a.gone {
		return fmt.Sprintf("%d %s %s gone", a.flow, dir, a.class)
	}
	text := fmt.Sprintf("%d %s %s %s %s %vs", a.flow, dir, a.class, state, a.session.Timeout, a.session.TimeoutLeft)
	if a.session.Assured {
		text += " assured"
	}
	return text
}

// cli runs a line that must work and returns what it prints.
func (s *story) cli(line string) string {
	s.t.Helper()
	var out bytes.Buffer
	if err := s.dp.CLI().Run(context.Background(), line, false, &out); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	return out.String()
}

// wait moves the clock, the sweep with it: in steps of 100 ms, or in a hundred if it is for long.
func (s *story) wait(d time.Duration) {
	step := max(100*time.Millisecond, d/100)
	for end := s.now + d; s.now < end; {
		s.now = min(end, s.now+step)
		s.dp.Housekeep()
	}
}

// short are words at the beginning of a line, for what they stand for.
var short = map[string]string{
	"ab":  "tcp 10.0.0.1:1000 > 10.0.0.2:80 ",
	"ba":  "tcp 10.0.0.2:80 > 10.0.0.1:1000 ",
	"sab": "sctp 10.0.0.1:5 > 10.0.0.2:6 ",
	"sba": "sctp 10.0.0.2:6 > 10.0.0.1:5 ",
}

// long is a line without such words.
func long(line string) string {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if all, ok := short[word]; ok {
		return all + rest
	}
	return line
}

func frameOf(line string) []byte { return packetline.MustBuild(long(line)) }

// sees sends a packet, from a if its source is 10.0.0.1 or ::1, else from b.
func (s *story) sees(line string) answer { return s.packet(frameOf(line)) }

func (s *story) packet(frame []byte) answer {
	s.left = s.left[:0]
	s.ports[side(frame)].Inject(0, frame)
	s.run()
	if len(s.left) == 0 {
		return dropped
	}
	return s.left[0]
}

// vector sends packets of one side in one vector and returns the answers of those that leave, in the order in which they do.
func (s *story) vector(lines ...string) []answer {
	s.left = s.left[:0]
	for _, l := range lines {
		frame := frameOf(l)
		s.ports[side(frame)].Inject(0, frame)
	}
	s.run()
	return s.left
}

// mostSteps is more than any packet needs: one that goes round would need all.
const mostSteps = 100

func (s *story) run() {
	s.t.Helper()
	for n := 0; s.dp.Step(); n++ {
		if n == mostSteps {
			s.t.Fatal("the packets do not come to an end")
		}
	}
}

// side is where a packet comes from.
func side(frame []byte) int {
	if len(frame) >= 30 && bytes.Equal(frame[26:30], []byte{10, 0, 0, 1}) || len(frame) > 38 && frame[37] == 1 && frame[12] == 0x86 {
		return 0
	}
	return 1
}

// tell goes through a story, line by line:
//
//	PACKET | ANSWER     sees says that of it; a line without | is sent, whatever comes of it
//	wait 30s
//	cli LINE            as typed
//	sessions N          so many are there
//	# what this is about
func (s *story) tell(text string) {
	s.t.Helper()
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "", "#":
		case "wait":
			d, err := time.ParseDuration(rest)
			if err != nil {
				s.t.Fatal(err)
			}
			s.wait(d)
		case "cli":
			s.cli(rest)
		case "sessions":
			if n := s.trk.Summarize().Sessions; fmt.Sprint(n) != rest {
				s.t.Fatalf("line %d, %v: %d sessions, want %s", i, s.now, n, rest)
			}
		default:
			packet, want, ok := strings.Cut(line, "|")
			if got := s.sees(packet).String(); ok && got != strings.TrimSpace(want) {
				s.t.Fatalf("line %d, %v, %s:\n%s\nwant\n%s", i, s.now, packet, got, strings.TrimSpace(want))
			}
		}
	}
}

func (s *story) only() flowtrack.Session {
	s.t.Helper()
	var list []flowtrack.Session
	s.trk.Each(func(x flowtrack.Session) bool { list = append(list, x); return true })
	if len(list) != 1 {
		s.t.Fatalf("%d sessions, want 1", len(list))
	}
	return list[0]
}

// counts reports whether the output of show errors has n of a text.
func counts(out, text string, n int) bool {
	for l := range strings.SplitSeq(out, "\n") {
		if f := strings.Fields(l); len(f) > 0 && f[0] == fmt.Sprint(n) && strings.Contains(strings.Join(f, " "), text) {
			return true
		}
	}
	return false
}
