package flowtrack_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// control is a control connection of FTP, between a (the client, at port 1000) and b.
type control struct {
	*story
	ip6    bool
	number string // of the session
	next   [2]int // sequence numbers: client, server
	port   int    // the client's
}

// newControl tells how one begins.
func newControl(s *story, ip6 bool, number string, port int) *control {
	c := &control{story: s, ip6: ip6, number: number, next: [2]int{101, 301}, port: port}
	s.t.Helper()
	for i, flags := range []string{"[S] seq 100", "[SA] seq 300 ack 101", "[A] seq 101 ack 301"} {
		s.from(i%2, c.line(i%2, flags))
	}
	c.server("220 hello\r\n")
	c.client("USER a\r\n")
	return c
}

// line is a segment of the client's (0) or the server's (1).
func (c *control) line(side int, rest string) string {
	ends := []string{line("10.0.0.1:%d", c.port), "10.0.0.2:21"}
	if c.ip6 {
		ends = []string{line("[fd00::1]:%d", c.port), "[fd00::2]:21"}
	}
	return "tcp " + ends[side] + " > " + ends[1-side] + " " + rest
}

// at sends a segment with a line at a sequence number, and wants it to be followed, or cut.
func (c *control) at(side, seq int, text string) string {
	return c.from(side, c.line(side, line("[PA] seq %d ack %d data %s", seq, c.next[1-side], hex.EncodeToString([]byte(text)))))
}

func (c *control) say(side int, text string) {
	c.t.Helper()
	if got := c.at(side, c.next[side], text); !strings.HasPrefix(got, c.number+" ") {
		c.t.Fatalf("%q: %s", text, got)
	}
	c.next[side] += len(text)
}

func (c *control) client(text string) { c.t.Helper(); c.say(0, text) }
func (c *control) server(text string) { c.t.Helper(); c.say(1, text) }

const (
	passive4 = "tcp 10.0.0.1:2000 > 10.0.0.2:1029 "
	active4  = "tcp 10.0.0.2:20 > 10.0.0.1:1029 "
	relatedS = " orig related SYN_SENT tcp_syn_sent 120s"
	newSYN   = " orig new SYN_SENT tcp_syn_sent 120s"
)

// TestFTP: each way in which a data connection is announced.
func TestFTP(t *testing.T) {
	for _, c := range []struct {
		name   string
		ip6    bool
		side   int
		text   string
		from   int
		syn    string
		answer string
	}{
		{"PORT", false, 0, "PORT 10,0,0,1,4,5\r\n", 1, active4, "tcp 10.0.0.1:1029 > 10.0.0.2:20 "},
		{"EPRT", false, 0, "EPRT |1|10.0.0.1|1029|\r\n", 1, active4, "tcp 10.0.0.1:1029 > 10.0.0.2:20 "},
		{"EPRT6", true, 0, "EPRT |2|fd00::1|1029|\r\n", 1, "tcp [fd00::2]:20 > [fd00::1]:1029 ", "tcp [fd00::1]:1029 > [fd00::2]:20 "},
		{"PASV", false, 1, "227 Entering Passive Mode (10,0,0,2,4,5).\r\n", 0, passive4, "tcp 10.0.0.2:1029 > 10.0.0.1:2000 "},
		{"EPSV", false, 1, "229 Entering Extended Passive Mode (|||1029|)\r\n", 0, passive4, "tcp 10.0.0.2:1029 > 10.0.0.1:2000 "},
		{"EPSV6", true, 1, "229 Entering Extended Passive Mode (|||1029|)\r\n", 0, "tcp [fd00::1]:2000 > [fd00::2]:1029 ", "tcp [fd00::2]:1029 > [fd00::1]:2000 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			s.cli("flowtrack helper ftp")
			f := newControl(s, c.ip6, "0", 1000)
			f.say(c.side, c.text)
			if e := s.trk.Expectations(); len(e) != 1 || e[0].Master != 0 || e[0].Port != 1029 || e[0].Seconds != 300 || e[0].Helper != "ftp" {
				t.Fatalf("%+v", e)
			}
			s.want(c.from, c.syn+"[S] seq 7", "1"+relatedS)
			s.want(c.from, c.syn+"[S] seq 7", "1"+relatedS)
			if a := s.left[0]; !a.session.Expected || *a.session.Master != 0 {
				t.Errorf("%+v", a.session)
			}
			s.want(1-c.from, c.answer+"[SA] seq 9 ack 8", "1 reply established SYN_RECV tcp_syn_recv 60s")
			s.want(c.from, c.syn+"[A] seq 8 ack 10", "1 orig established ESTABLISHED tcp_established 432000s assured")
			if n := len(s.trk.Expectations()); n != 0 {
				t.Errorf("%d sessions are expected still", n)
			}
			s.want(c.from, strings.Replace(c.syn, ":20", ":30", 1)+"[S] seq 7", "2"+newSYN) // one was announced, not two
			f.from(0, f.line(0, line("[R] seq %d", f.next[0])))
			s.wait(200 * time.Second)
			s.want(c.from, c.syn+"[A] seq 8 ack 10", "1 orig established ESTABLISHED tcp_established 432000s assured") // outlives its master
		})
	}
}

// TestFTPUnheard: what announces nothing.
func TestFTPUnheard(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup string
		tell  func(f *control)
	}{
		{"no helper", "show flowtrack helpers", func(f *control) { f.client("PORT 10,0,0,1,4,5\r\n") }},
		{"another port", "flowtrack helper ftp port 2121", func(f *control) { f.client("PORT 10,0,0,1,4,5\r\n") }},
		{"another address", "flowtrack helper ftp", func(f *control) { f.client("PORT 10,0,0,9,4,5\r\n") }},
		{"the server's address", "flowtrack helper ftp", func(f *control) { f.client("PORT 10,0,0,2,4,5\r\n") }},
		{"by the other side", "flowtrack helper ftp", func(f *control) { f.server("PORT 10,0,0,1,4,5\r\n") }},
		{"within a line", "flowtrack helper ftp", func(f *control) { f.client("STOR "); f.client("PORT 10,0,0,1,4,5\r\n") }},
		{"behind a gap", "flowtrack helper ftp", func(f *control) { f.next[0] += 9; f.client("PORT 10,0,0,1,4,5\r\n") }},
		{"outside the window", "flowtrack helper ftp", func(f *control) { f.at(0, f.next[0]+1<<20, "PORT 10,0,0,1,4,5\r\n") }},
		{"wrong checksum", "flowtrack helper ftp", func(f *control) {
			f.from(0, f.line(0, line("[PA] seq %d badl4sum data %x", f.next[0], "PORT 10,0,0,1,4,5\r\n")))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			s.cli(c.setup)
			f := newControl(s, false, "0", 1000)
			c.tell(f)
			if e := s.trk.Expectations(); len(e) != 0 {
				t.Errorf("%+v", e)
			}
			s.want(1, active4+"[S] seq 7", "1"+newSYN)
		})
	}
}

// TestFTPPickedUp: a connection that was not seen from its beginning is read once both sides have been heard.
func TestFTPPickedUp(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := &control{story: s, number: "0", next: [2]int{1, 1}, port: 1000}
	f.client("USER a\r\n") // begins the session
	f.client("PASS b\r\n")
	f.client("PORT 10,0,0,1,4,5\r\n")
	if e := s.trk.Expectations(); len(e) != 0 {
		t.Errorf("%+v", e)
	}
	f.server("220 hello\r\n")
	f.client("NOOP\r\n")
	f.client("PORT 10,0,0,1,4,5\r\n")
	if e := s.trk.Expectations(); len(e) != 1 {
		t.Errorf("%+v", e)
	}
}

// TestFTPSameTwice: what one session waits for, another one cannot announce.
func TestFTPSameTwice(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f, g := newControl(s, false, "0", 1000), newControl(s, false, "1", 1001)
	f.client("PORT 10,0,0,1,4,5\r\n")
	if got := g.at(0, g.next[0], "PORT 10,0,0,1,4,5\r\n"); !strings.HasPrefix(got, "invalid") {
		t.Error(got)
	}
	if e := s.trk.Expectations(); len(e) != 1 || e[0].Master != 0 {
		t.Errorf("%+v", e)
	}
}

// TestFTPAtomic: an announcement in an IPv6 packet with a fragment header that is no fragment.
func TestFTPAtomic(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := newControl(s, true, "0", 1000)
	got := f.from(0, f.line(0, line("[PA] seq %d ack %d ext frag data %x", f.next[0], f.next[1], "EPRT |2|fd00::1|1029|\r\n")))
	if e := s.trk.Expectations(); !strings.HasPrefix(got, "0 orig") || len(e) != 1 {
		t.Errorf("%s: %+v", got, e)
	}
}

// TestFTPCut: a cut announcement is invalid, so that it must come again; whole, it is read.
func TestFTPCut(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := newControl(s, false, "0", 1000)
	const invalid = "invalid, a helper's: an announcement that is cut, or for which there is no room"
	if got := f.at(0, f.next[0], "PORT 10,0,"); got != invalid {
		t.Error(got)
	}
	if got := f.at(0, f.next[0]+10, "0,1,4,5\r\n"); !strings.HasPrefix(got, "0 orig") {
		t.Error(got)
	}
	s.want(1, active4+"[S] seq 7", "1"+newSYN)
	f.client("PORT 10,0,0,1,4,6\r\n") // the first again, the second with it
	s.want(1, "tcp 10.0.0.2:20 > 10.0.0.1:1030 [S] seq 7", "2"+relatedS)
}

// TestFTPAgain: an announcement that comes again is one; a further one takes its place.
func TestFTPAgain(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := newControl(s, false, "0", 1000)
	f.client("PORT 10,0,0,1,4,5\r\n")
	f.at(0, f.next[0]-19, "PORT 10,0,0,1,4,5\r\n")
	if e := s.trk.Expectations(); len(e) != 1 {
		t.Fatalf("%+v", e)
	}
	f.client("PORT 10,0,0,1,4,6\r\n")
	if e := s.trk.Expectations(); len(e) != 1 || e[0].Port != 1030 {
		t.Fatalf("%+v", e)
	}
	s.want(1, active4+"[S] seq 7", "1"+newSYN)
	s.want(1, "tcp 10.0.0.2:20 > 10.0.0.1:1030 [S] seq 7", "2"+relatedS)
	if r := s.trk.HelperReport(); r.Announced != 3 || r.Begun != 1 || r.Missed != 2 || r.Expected != 0 {
		t.Errorf("%+v", r)
	}
}

// TestFTPLoose: a server that has its data connections come to another one.
func TestFTPLoose(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp loose")
	f := newControl(s, false, "0", 1000)
	f.server("227 =10,0,0,77,4,5\r\n")
	s.want(0, "tcp 10.0.0.9:5 > 10.0.0.77:1029 [S] seq 7", "1"+newSYN)
	s.want(0, "tcp 10.0.0.1:5 > 10.0.0.77:1029 [S] seq 7", "2"+relatedS)
}
