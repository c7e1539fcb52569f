package reassembly

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// story is a dataplane with a clock moved by hand, whose interfaces a and b are cross-connected. What comes to its end is
// noted: "line" for what leaves, "line: reason" for what is dropped.
type story struct {
	t     testing.TB
	dp    *gvpp.Dataplane
	plug  *Plugin
	ports map[string]*port.Memory
	now   time.Duration
	ends  []string
	metas []buffer.Meta // of what left
	sent  [][]byte      // the same
	lost  [][]byte      // what was dropped
	told  []string      // what the tracker was told, as lines
	whole [][]byte      // the same, as bytes
}

// Follow notes what a tracker would be told, and makes a session of it.
func (s *story) Follow(_ *graph.Worker, m *buffer.Meta, p []byte) {
	if int(m.Len) != len(p) || (m.L3 != 0) != (m.VLANs != 0) || m.Fragment || m.Whole || int(m.End) != len(p) {
		s.t.Errorf("the tracker is told %+v of %d bytes", m, len(p))
	}
	var ether []byte
	if m.L3 == 0 {
		ether = binary.BigEndian.AppendUint16(make([]byte, 12), m.EtherType)
	}
	s.told = append(s.told, packetline.String(append(ether, p...)))
	s.whole = append(s.whole, bytes.Clone(p[m.L3:]))
	m.Track, m.Flow, m.State = buffer.TrackEstablished, uint32(len(s.told)), 3
	m.Flags |= buffer.FlagLooked | buffer.FlagHasFlow | buffer.FlagReply
}

type setting func(*story, *gvpp.Config)

func newStory(t testing.TB, settings ...setting) *story {
	s := &story{t: t, ports: map[string]*port.Memory{}}
	s.plug = New(s)
	c := gvpp.Config{Plugins: []plugin.Plugin{s.plug}, Buffers: 8192, Clock: func() int64 { return int64(s.now) }}
	for _, set := range settings {
		set(s, &c)
	}
	c.Dropped = func(w *graph.Worker, b buffer.Index) {
		plan, m := s.dp.Graph().Plan, w.Meta(b)
		s.ends = append(s.ends, packetline.String(w.Bytes(b))+": "+plan.Reason(m.Node, m.Reason))
		s.lost = append(s.lost, bytes.Clone(w.Bytes(b)))
	}
	for _, name := range []string{"a", "b"} {
		p := port.NewMemory(name, 1)
		p.OnTx = func(pool *buffer.Pool, b buffer.Index) {
			s.ends = append(s.ends, packetline.String(pool.Bytes(b)))
			s.sent = append(s.sent, bytes.Clone(pool.Bytes(b)))
			s.metas = append(s.metas, *pool.Meta(b))
		}
		s.ports[name] = p
		c.Interfaces = append(c.Interfaces, p)
	}
	var err error
	if s.dp, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := s.dp.CrossConnect(context.Background(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	s.feature("ip4-unicast", "virtual-reassembly", 1)
	s.feature("ip6-unicast", "virtual-reassembly", 1)
	return s
}

// close ends all; nothing may leak, nor be held without the plugin's knowing.
func (s *story) close() {
	if held, inUse := s.held(), s.dp.Buffers().InUse(); held != inUse {
		s.t.Errorf("%d buffers in use, %d of them held", inUse, held)
	}
	if err := s.dp.Close(); err != nil {
		s.t.Error(err)
	}
	if n := s.dp.Buffers().InUse(); n != 0 || s.held() != 0 {
		s.t.Errorf("%d buffers leaked, %d held", n, s.held())
	}
}

func (s *story) feature(arc, node string, swIf uint32) {
	if has, err := s.dp.SetFeature(arc, node, swIf, true); err != nil || !has {
		s.t.Fatal(has, err)
	}
}

// held is how many pieces are held.
func (s *story) held() (n int) {
	for _, x := range s.plug.Status() {
		n += int(x.Fragments)
	}
	return n
}

// step runs the graph and returns what came to its end.
func (s *story) step() []string {
	s.ends, s.metas, s.sent, s.lost = nil, nil, nil, nil
	for s.dp.Step() {
	}
	return s.ends
}

// inject makes frames come in at a.
func (s *story) inject(frames ...[]byte) []string {
	for _, f := range frames {
		s.ports["a"].Inject(0, f)
	}
	return s.step()
}

// sends makes a line come in and compares what comes to its end: each of want is the start of a line, or "…" and a part.
func (s *story) sends(line string, want ...string) {
	s.t.Helper()
	s.expect(line, s.inject(packetline.MustBuild(line)), want)
}

// waits lets time pass, the same way.
func (s *story) waits(d time.Duration, want ...string) {
	s.t.Helper()
	s.now += d
	s.expect(d.String(), s.step(), want)
}

func (s *story) expect(what string, got, want []string) {
	s.t.Helper()
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && (strings.HasPrefix(got[i], want[i]) || strings.HasPrefix(want[i], "…") && strings.Contains(got[i], want[i][len("…"):]))
	}
	if !ok {
		s.t.Errorf("%s: ended\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// cut makes fragments of a frame: each of at is the first byte of its data and the one behind its last. It shares nothing
// with the code that it serves to test.
func cut(frame []byte, id uint32, at ...[2]int) (out [][]byte) {
	for _, a := range at {
		if frame[12] == 0x86 {
			out = append(out, cut6(frame, id, a[0], a[1]))
		} else {
			out = append(out, cut4(frame, id, a[0], a[1]))
		}
	}
	return out
}

func cut4(frame []byte, id uint32, from, to int) []byte {
	head := 14 + int(frame[14]&15)*4
	p := append(bytes.Clone(frame[:head]), frame[head+from:head+to]...)
	binary.BigEndian.PutUint16(p[16:], uint16(len(p)-14))
	binary.BigEndian.PutUint16(p[18:], uint16(id))
	word := uint16(from / 8)
	if head+to < len(frame) {
		word |= 0x2000
	}
	binary.BigEndian.PutUint16(p[20:], word)
	p[24], p[25] = 0, 0
	binary.BigEndian.PutUint16(p[24:], packet.Checksum(p[14:head], 0))
	return p
}

func cut6(frame []byte, id uint32, from, to int) []byte {
	head := 14 + 40
	named := 14 + 6
	for frame[named] == 0 { // hop by hop goes with every piece
		named, head = head, head+8*(1+int(frame[head+1]))
	}
	x := make([]byte, 8)
	x[0] = frame[named]
	word := uint16(from)
	if head+to < len(frame) {
		word |= 1
	}
	binary.BigEndian.PutUint16(x[2:], word)
	binary.BigEndian.PutUint32(x[4:], id)
	p := slices.Concat(frame[:head], x, frame[head+from:head+to])
	p[named] = 44
	binary.BigEndian.PutUint16(p[18:], uint16(len(p)-14-40))
	return p
}

// evenly is where to cut n bytes into pieces of size.
func evenly(n, size int) (at [][2]int) {
	for from := 0; from < n; from += size {
		at = append(at, [2]int{from, min(n, from+size)})
	}
	return at
}

// data is how many bytes of a frame are there to be cut.
func data(frame []byte) int {
	if frame[12] == 0x86 {
		n := len(frame) - 54
		if frame[20] == 0 {
			n -= 8
		}
		return n
	}
	return len(frame) - 14 - int(frame[14]&15)*4
}

// errors is what show errors counts for a node: reason and how often.
func (s *story) errors(node string) string {
	var out []string
	for _, e := range s.dp.Graph().Errors() {
		if e.Node == node && e.Count > 0 {
			out = append(out, fmt.Sprintf("%d %s", e.Count, e.Reason))
		}
	}
	return strings.Join(out, "; ")
}

// cli runs a line that must work and returns what it prints.
func (s *story) cli(line string, json bool) string {
	s.t.Helper()
	var out bytes.Buffer
	if err := s.dp.CLI().Run(context.Background(), line, json, &out); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	return out.String()
}
