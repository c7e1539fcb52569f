package flowtrack_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// story is a dataplane with a clock moved by hand: a and b are cross-connected, a has everything passed and tracked.
type story struct {
	t     *testing.T
	dp    *gvpp.Dataplane
	trk   *flowtrack.Plugin
	ports [2]*port.Memory
	now   time.Duration
	last  buffer.Meta // of the packet that left last
}

func newStory(t *testing.T, sessions int) *story {
	s := &story{t: t, trk: flowtrack.New()}
	s.trk.Sessions = sessions
	c := gvpp.Config{Plugins: []plugin.Plugin{s.trk, classify.New(s.trk)}, Buffers: 1024, Clock: func() int64 { return int64(s.now) }}
	for i, name := range []string{"a", "b"} {
		s.ports[i] = port.NewMemory(name, 1)
		s.ports[i].OnTx = func(p *buffer.Pool, b buffer.Index) { s.last = *p.Meta(b) }
		c.Interfaces = append(c.Interfaces, s.ports[i])
	}
	var err error
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

// cli runs a line that must work and returns what it prints.
func (s *story) cli(line string) string {
	s.t.Helper()
	var out bytes.Buffer
	if err := s.dp.CLI().Run(context.Background(), line, false, &out); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	return out.String()
}

// wait moves the clock, the sweep with it.
func (s *story) wait(d time.Duration) {
	for end := s.now + d; s.now < end; {
		s.now = min(end, s.now+100*time.Millisecond)
		s.dp.Housekeep()
	}
}

// sees sends a packet, from a if its source is 10.0.0.1 or ::1, else from b, and returns its session's number, direction
// and state, or "none".
func (s *story) sees(line string) (flow int, dir, state string) {
	frame := packetline.MustBuild(line)
	from := 1
	if bytes.Contains(frame[26:30], []byte{10, 0, 0, 1}) || len(frame) > 38 && frame[37] == 1 && frame[12] == 0x86 {
		from = 0
	}
	s.ports[from].Inject(0, frame)
	for s.dp.Step() {
	}
	m := &s.last
	if m.Flags&buffer.FlagHasFlow == 0 {
		return -1, "", "none"
	}
	if dir = "orig"; m.Flags&buffer.FlagReply != 0 {
		dir = "reply"
	}
	return int(s.trk.Number(m.IsIP6, m.Flow)), dir, flowtrack.State(m.State).String()
}

// step is a line of a story: what to send, and what is to come of it.
type step struct {
	wait      time.Duration // before
	line      string
	flow      int
	dir, want string
}

func (s *story) tell(steps ...step) {
	s.t.Helper()
	for i, st := range steps {
		s.wait(st.wait)
		if flow, dir, state := s.sees(st.line); flow != st.flow || dir != st.dir || state != st.want {
			s.t.Fatalf("step %d, %v, %s: session %d, %s, %s; want %d, %s, %s", i, s.now, st.line, flow, dir, state, st.flow, st.dir, st.want)
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
