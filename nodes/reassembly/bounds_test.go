package reassembly

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// A datagram is as long as IP allows, and no longer.
func TestLongestDatagram(t *testing.T) {
	const more = " frag %d+ len 1480"
	long := func(s *story, line string, last int, want string) {
		t.Helper()
		s.inject(packetline.MustBuild(line + " frag 0+ len 1472"))
		for at := 1480; at < 64000; at += 1480 {
			s.inject(packetline.MustBuild(fmt.Sprintf(line+more, at/8)))
		}
		const there = 65120 // 44 pieces
		got := s.inject(packetline.MustBuild(fmt.Sprintf("%s frag %d len %d", line, there/8, last-there)))
		if len(got) != 45 || !strings.Contains(got[0], want) || !strings.Contains(got[44], want) {
			t.Errorf("%s of %d bytes: %d ends, first %q", line, last, len(got), got)
		}
	}
	s := newStory(t)
	long(s, "udp 10.0.0.1:1 > 10.0.0.2:2", 65515, "udp 10.0.0.1")
	long(s, "udp 10.0.0.1:1 > 10.0.0.2:2", 65516, "longer than 65535 bytes")
	long(s, "udp [::1]:1 > [::2]:2", 65495, "udp ")
	long(s, "udp [::1]:1 > [::2]:2", 65496, "longer than 65535 bytes")
	if len(s.whole) != 2 || len(s.whole[0]) != 65535 || len(s.whole[1]) != 65535 {
		t.Errorf("%d whole", len(s.whole))
	}
	s.sends("udp 10.0.0.1:1 > 10.0.0.2:2 frag 8191 len 100") // in IPv4 the sum is looked at when all is there
	s.sends("udp [::1]:1 > [::2]:2 frag 8191 len 100", "…longer than 65535 bytes")
}

func TestTooManyPieces(t *testing.T) {
	s := newStory(t)
	for i := range maxPieces {
		s.sends(fmt.Sprintf("udp 10.0.0.1:1 > 10.0.0.2:2 frag %d+ len 8", 2*i+1))
	}
	got := s.inject(packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 frag 0+ len 0"))
	if len(got) != maxPieces+1 || !strings.Contains(got[0], "more than 128 fragments") || !strings.Contains(got[maxPieces], "more than 128 fragments") {
		t.Errorf("%d ends: %q", len(got), got)
	}
}

func datagrams(n int) setting {
	return func(s *story, _ *gvpp.Config) { s.plug.Datagrams = n }
}

// Where there is no room for another datagram the oldest one goes.
func TestTooManyDatagrams(t *testing.T) {
	s := newStory(t, datagrams(3))
	line := func(id int, where string) string {
		return fmt.Sprintf("udp 10.0.0.1:1 > 10.0.0.2:2 ipid %d %s", 10+id, where)
	}
	s.sends(one6)
	s.now++
	for i := range 2 {
		s.sends(line(i, "frag 0+ len 8"))
	}
	s.now += time.Second
	s.sends(line(2, "frag 0+ len 8"), head6)
	s.sends(line(3, "frag 0+ len 8"), "…ipid 10: incomplete datagram: no room")
	for i, what := range []string{"ipid 11: incomplete datagram: no room", "ipid 12: incomplete datagram: no room"} {
		s.sends(line(4+i, "frag 0+ len 8"), "…"+what)
	}
	s.sends(line(3, "frag 2"), "…ipid 13", "…ipid 13")
	s.sends(two6) // there is room again
	if x := s.plug.Status()[0]; x.Datagrams != 3 || x.Fragments != 3 || x.Whole != 1 || x.Dropped != 4 {
		t.Errorf("%+v", x)
	}
}

// Where too many pieces are held the oldest datagrams go, and whoever sends no fragments does not notice.
func TestTooManyFragments(t *testing.T) {
	s := newStory(t, func(_ *story, c *gvpp.Config) { c.Buffers = 2048 }) // of which 256 may be held
	for id := range 100 {
		for i := range 10 {
			s.inject(packetline.MustBuild(fmt.Sprintf("udp 10.0.0.1:1 > 10.0.0.2:2 ipid %d frag %d+ len 8", id, 1+i)))
		}
		if s.held() > 256 {
			t.Fatalf("%d pieces held", s.held())
		}
		s.sends("udp 10.0.0.1:1 > 10.0.0.2:2", "udp")
	}
	if s.held() <= 240 {
		t.Errorf("only %d pieces held", s.held())
	}
	s.sends("udp 10.0.0.1:1 > 10.0.0.2:2 ipid 99 frag 11 len 8")
	got := s.inject(packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 ipid 99 frag 0+ len 0"))
	if len(got) != 12 || len(s.told) != 1 {
		t.Errorf("the newest datagram: %q", got)
	}
}

// A flood in full vectors, of which nothing comes together: all is accounted for, pass by pass.
func TestFlood(t *testing.T) {
	s := newStory(t, func(_ *story, c *gvpp.Config) { c.Buffers = 2048 })
	id := 0
	for range 30 {
		for range 700 {
			s.ports["a"].Inject(0, packetline.MustBuild(fmt.Sprintf("udp 10.0.0.1:1 > 10.0.0.2:2 ipid %d frag %d+ len 8", id/3, 1+id%3)))
			id++
		}
		for s.dp.Step() {
			if held, inUse := s.held(), s.dp.Buffers().InUse(); held != inUse || held > 256+256 {
				t.Fatalf("%d held, %d in use", held, inUse)
			}
		}
	}
	if n := len(s.ends) + s.held(); n != id {
		t.Errorf("%d of %d accounted for", n, id)
	}
}

// Extension headers before the fragment header are walked over, as far as the parser does.
func TestChains(t *testing.T) {
	s := newStory(t)
	line := "udp [::1]:1 > [::2]:2 ext " + strings.Repeat("dst,", packet.MaxExtensions-1) + "frag frag %s ipid 4"
	s.sends(fmt.Sprintf(line, "0+ len 8"))
	s.sends(fmt.Sprintf(line, "2"), "udp", "udp")
	s.sends("udp [::1]:1 > [::2]:2 ext "+strings.Repeat("dst,", packet.MaxExtensions)+"frag frag 0+ len 8", "udp")
	if s.metas[0].Whole {
		t.Errorf("%+v", s.metas[0])
	}
}

// A first piece of IPv6 without all headers, and all that is no piece of more, goes on at once.
func TestWhatIsNotHeld(t *testing.T) {
	s := newStory(t)
	for _, l := range []string{
		"udp 10.0.0.1:1 > 10.0.0.2:2", "udp [::1]:1 > [::2]:2", "udp [::1]:1 > [::2]:2 ext hbh,dst", "eth 0x0806 len 46",
		"tcp [::1]:1 > [::2]:2 ext frag", // all there is
	} {
		s.sends(l, "")
		if m := s.metas[0]; m.Whole != m.Fragment {
			t.Errorf("%s: %+v", l, m)
		}
	}
	frame := packetline.MustBuild("tcp [::1]:1 > [::2]:2 len 100")
	if got := s.inject(cut(frame, 1, [2]int{0, 16})...); len(got) != 1 || s.metas[0].Whole {
		t.Errorf("cut within the TCP header: %q", got)
	}
	if got := s.inject(cut(frame, 1, [2]int{0, 24})...); len(got) != 0 {
		t.Errorf("cut behind it: %q", got)
	}
	frame = packetline.MustBuild("tcp 10.0.0.1:1 > 10.0.0.2:2 [S] len 100")
	if got := s.inject(cut(frame, 1, [2]int{0, 8}, [2]int{8, 120})...); len(got) != 2 || s.metas[1].TCPFlags != 2 || s.metas[0].TCPFlags != 2 {
		t.Errorf("IPv4, cut within the TCP header: %q", got)
	}
}

// On the way out datagrams are gathered that nobody has gathered on the way in, and no others.
func TestOnTheWayOut(t *testing.T) {
	s := newStory(t)
	s.feature("interface-output", "virtual-reassembly-out", 1) // a
	s.feature("interface-output", "virtual-reassembly-out", 2) // b
	s.sends(first)
	s.sends(second)
	s.sends(third, frag4, frag4, frag4)
	if x := s.plug.Status(); x[1].Node != "virtual-reassembly-out" || x[0].Whole != 1 || x[1].Whole != 0 {
		t.Errorf("%+v", x)
	}
	for _, l := range []string{first, second, third} {
		s.ports["b"].Inject(0, packetline.MustBuild(l))
	}
	s.expect("b", s.step(), []string{frag4, frag4, frag4})
	if x := s.plug.Status(); x[0].Whole != 1 || x[1].Whole != 1 || len(s.told) != 2 || !s.metas[0].Whole {
		t.Errorf("%+v, told %q", x, s.told)
	}
}

// Held pieces are freed at the end, dropped and whole ones that nobody has fetched, too: story.close looks for leaks.
func TestCloseWithHeldPieces(t *testing.T) {
	s := newStory(t)
	s.sends(first)
	s.sends(one6)
	for _, l := range []string{second, third, "udp [::1]:1000 > [::2]:53 frag 1+ ipid 9 len 16"} {
		s.ports["a"].Inject(0, packetline.MustBuild(l))
	}
	s.dp.Step() // one pass: nothing is given back yet
	if s.held() != 4 || len(s.ends) != 1 {
		t.Errorf("%d held, %q", s.held(), s.ends)
	}
}

func TestShow(t *testing.T) {
	s := newStory(t, datagrams(50), func(s *story, _ *gvpp.Config) { s.plug.Timeout4 = 5 * time.Second })
	s.sends(first)
	s.waits(5*time.Second, "…timeout")
	s.sends(first)
	want := `node                    worker  gathering  fragments  whole  dropped  timed out
virtual-reassembly      0       1 of 50    1 of 1024  0      1        1
virtual-reassembly-out  0       0 of 50    0 of 1024  0      0        0

Timeouts: IPv4 5 s, IPv6 60 s
`
	if got := s.cli("show reassembly", false); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	var list []Status
	if err := json.Unmarshal([]byte(s.cli("show reassembly", true)), &list); err != nil || !slices.Equal(list, s.plug.Status()) || list[0].Fragments != 1 {
		t.Errorf("%v: %+v", err, list)
	}
	if err := s.dp.CLI().Run(t.Context(), "show reassembly now", false, t.Output()); err == nil {
		t.Error("a word too many is taken")
	}
}

func TestTrace(t *testing.T) {
	s := newStory(t)
	if err := s.dp.Graph().TraceAdd("virtual-reassembly", 2); err != nil {
		t.Fatal(err)
	}
	s.sends(first)
	s.sends("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2", frag4, frag4)
	want := []string{"fragment id 0x0, bytes 0 to 16, more follow>held", "fragment id 0x0, bytes 0 to 16, more follow; the datagram is whole>next feature"}
	var got []string
	for _, step := range s.dp.Graph().Trace()[0][0] {
		if step.Node == "virtual-reassembly" {
			got = append(got, step.Text+">"+step.Next)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestSettings(t *testing.T) {
	parse := func(text string) (*Plugin, error) {
		list, err := config.Parse("test", []byte("reassembly { "+text+" }"))
		if err != nil {
			t.Fatal(err)
		}
		p := New(nil)
		dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{p}, Stanzas: list})
		if err == nil {
			err = dp.Close()
		}
		return p, err
	}
	p, err := parse("datagrams 77 timeout4 3 timeout6 1.5")
	if x := p.Status()[0]; err != nil || x.MaxDatagrams != 77 || x.Timeout4 != 3 || x.Timeout6 != 1.5 {
		t.Errorf("%v: %+v", err, x)
	}
	for text, want := range map[string]string{"datagrams 0": "0", "timeout4 0.5": "0.5", "timeouts 4": "timeouts"} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, p := range []*Plugin{{Datagrams: -1}, {Datagrams: MaxDatagrams + 1}, {Timeout6: time.Millisecond}, {Timeout4: time.Hour}} {
		if _, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{p}}); err == nil || !strings.Contains(err.Error(), "reassembly: ") {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
