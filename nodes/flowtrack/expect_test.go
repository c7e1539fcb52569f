package flowtrack_test

import (
	"strings"
	"testing"
	"time"
)

// TestExpectationEnds: in time, with its master, and by clear.
func TestExpectationEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*control)
		want string
	}{
		{"just in time", func(f *control) { f.now += 300*time.Second - ms }, "1" + relatedS},
		{"too late", func(f *control) { f.now += 300 * time.Second }, "1" + newSYN},
		{"too late, swept", func(f *control) { f.wait(300 * time.Second) }, "1" + newSYN},
		{"without its master", func(f *control) { f.cli("clear flowtrack dport 21") }, "1" + newSYN},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t, 100)
			s.cli("flowtrack helper ftp")
			f := newControl(s, false, "0", 1000)
			f.client("PORT 10,0,0,1,4,5\r\n")
			c.end(f)
			s.want(1, active4+"[S] seq 7", c.want)
			s.wait(time.Second)
			if r := s.trk.HelperReport(); r.Expected != 0 || r.Begun+r.Missed != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestExpectationDropped: a packet that the rules drop has begun nothing: the session is expected still. One that is let begin takes the
// announcement with it, for others in the same vector, too.
func TestExpectationDropped(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := newControl(s, false, "0", 1000)
	f.client("PORT 10,0,0,1,4,5\r\n")
	s.cli("classify default b drop")
	s.want(1, active4+"[S] seq 7", dropped.String())
	s.cli("classify add rule b state related pass")
	s.cli("classify add rule b state established pass")
	s.vector("tcp 10.0.0.2:20 > 10.0.0.1:1029 [S] seq 7", "tcp 10.0.0.2:21 > 10.0.0.1:1029 [S] seq 7", "tcp 10.0.0.2:20 > 10.0.0.1:1029 [S] seq 7")
	for _, a := range s.left {
		if a.flow != 1 || a.class != "related" {
			t.Errorf("%v", a)
		}
	}
	if len(s.left) != 2 {
		t.Errorf("%d packets have passed, want 2", len(s.left))
	}
	if out := s.cli("show errors"); !strings.Contains(out, "it was expected, but another packet has begun that session") {
		t.Error(out)
	}
}

// TestExpectationPutBack: a session that finds no room, or that a limit refuses, is expected still.
func TestExpectationPutBack(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	f := newControl(s, false, "0", 1000)
	f.client("PORT 10,0,0,1,4,5\r\n")
	s.cli("flowtrack limit rate 1")
	s.want(0, "udp 10.0.0.1:1 > 10.0.0.2:2", "1 orig new NEW udp 30s")
	s.want(1, active4+"[S] seq 7", dropped.String())
	s.wait(time.Second)
	s.want(1, active4+"[S] seq 7", "2"+relatedS)
}

// TestHelperZones: what is announced in a zone is expected there.
func TestHelperZones(t *testing.T) {
	s := newStory(t, 100)
	s.cli("flowtrack helper ftp")
	for _, i := range []string{"a", "b"} {
		s.cli("flowtrack zone " + i + " zone 4")
		s.cli("flowtrack zone " + i + " vlan 9 zone 9")
	}
	f := newControl(s, false, "0", 1000)
	f.client("PORT 10,0,0,1,4,5\r\n")
	s.want(1, active4+"[S] seq 7 vlan 9", "1"+newSYN)
	s.want(1, active4+"[S] seq 7", "2"+relatedS)
}

// TestManyHelped: more control connections than there is room for what they announce: those that find none are told so, and all
// of it is over when they are.
func TestManyHelped(t *testing.T) {
	s := newStory(t, 5000)
	s.cli("flowtrack helper ftp")
	const many = 2000
	refused := 0
	for i := range many {
		f := newControl(s, false, line("%d", i), 2000+i)
		if got := f.at(0, f.next[0], line("PORT 10,0,0,1,%d,%d\r\n", 4+i>>8, i&255)); strings.HasPrefix(got, "invalid") {
			refused++
		}
	}
	r := s.trk.HelperReport()
	if r.Expected != many-refused || r.Refused != uint64(refused) || r.Expected > 1024 || r.Expected < 900 || r.Unheard != 0 {
		t.Errorf("%+v, %d refused", r, refused)
	}
	s.cli("clear flowtrack")
	s.wait(100 * ms)
	if r := s.trk.HelperReport(); r.Expected != 0 || r.Announced != r.Missed {
		t.Errorf("%+v", r)
	}
}
