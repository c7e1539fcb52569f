package classify_test

import (
	"fmt"
	"testing"
)

// packetOf is a packet and the interface that it comes from.
type packetOf struct{ from, line string }

// The control connection of an FTP client at a and a server at b, its lines, and data connections both ways.
var control = []packetOf{
	{"a", "tcp 10.0.0.1:1000 > 10.0.0.2:21 [S] seq 100"},
	{"b", "tcp 10.0.0.2:21 > 10.0.0.1:1000 [SA] seq 300 ack 101"},
	{"a", "tcp 10.0.0.1:1000 > 10.0.0.2:21 [A] seq 101 ack 301"},
	{"b", "tcp 10.0.0.2:21 > 10.0.0.1:1000 [PA] seq 301 ack 101 data 0a"},
	{"a", "tcp 10.0.0.1:1000 > 10.0.0.2:21 [PA] seq 101 ack 302 data 0a"},
}

// data is what announces a data connection, and that one's packets.
type data struct {
	from       string // the announcement
	announce   string
	begin, end string // where the connection begins, and where it goes to
	ahead      string // its ends, for packets ahead and back
	back       string
}

var datas = map[string]data{
	"active": {"a", fmt.Sprintf("tcp 10.0.0.1:1000 > 10.0.0.2:21 [PA] seq 102 ack 302 data %x", "PORT 10,0,0,1,4,5\r\n"),
		"b", "a", "tcp 10.0.0.2:20 > 10.0.0.1:1029 ", "tcp 10.0.0.1:1029 > 10.0.0.2:20 "},
	"passive": {"b", fmt.Sprintf("tcp 10.0.0.2:21 > 10.0.0.1:1000 [PA] seq 302 ack 102 data %x", "227 (10,0,0,2,4,5)\r\n"),
		"a", "b", "tcp 10.0.0.1:2000 > 10.0.0.2:1029 ", "tcp 10.0.0.2:1029 > 10.0.0.1:2000 "},
}

// ftp is a rig with a control connection that rule 0 lets through, and an announcement. Everything else is dropped.
func ftp(t *testing.T, d data, rules ...string) *rig {
	r := newRig(t, "a", "b")
	r.cli(append([]string{"flowtrack helper ftp", "classify add rule a proto tcp dport 21 keep-state pass", "classify default a drop", "classify default b drop"}, rules...)...)
	other := map[string]string{"a": "b", "b": "a"}
	for _, c := range append(control[:len(control):len(control)], packetOf{d.from, d.announce}) {
		if o := r.line(c.from, c.line); o.out != other[c.from] {
			t.Fatalf("%s: %+v", c.line, o)
		}
	}
	return r
}

// TestAnnounced: the rule that keeps a session keeps those that it announces, through changes of the rules, and no longer than the
// rule is there.
func TestAnnounced(t *testing.T) {
	for name, d := range datas {
		t.Run(name, func(t *testing.T) {
			r := ftp(t, d)
			flow := func() {
				t.Helper()
				r.passes(d.begin, d.end, d.ahead+"[A] seq 8 ack 10", 0)
				r.passes(d.end, d.begin, d.back+"[A] seq 10 ack 8", 0)
			}
			r.passes(d.begin, d.end, d.ahead+"[S] seq 7", 0)
			r.passes(d.end, d.begin, d.back+"[SA] seq 9 ack 8", 0)
			flow()
			r.cli("classify add rule a src 9.9.9.9 drop", "classify add rule b src 9.9.9.9 drop")
			flow()
			if o := r.line(d.begin, d.ahead[:len(d.ahead)-1]+"1 [S] seq 7"); o.out != "" {
				t.Errorf("what was not announced: %+v", o)
			}
			r.cli("classify del rule 0")
			if o := r.line(d.begin, d.ahead+"[A] seq 8 ack 10"); o.out != "" {
				t.Errorf("without the rule: %+v", o)
			}
		})
	}
}

// TestAnnouncedTwice: sessions that are kept on their way in and on their way out announce such as are.
func TestAnnouncedTwice(t *testing.T) {
	for name, d := range datas {
		t.Run(name, func(t *testing.T) {
			r := ftp(t, d, "classify add rule b out proto tcp dport 21 keep-state pass")
			through := func(in, out, line string) {
				t.Helper()
				if o := r.line(in, line); o.out != out {
					t.Errorf("%s: %+v, want it out of %s", line, o, out)
				}
			}
			through(d.begin, d.end, d.ahead+"[S] seq 7")
			through(d.end, d.begin, d.back+"[SA] seq 9 ack 8")
			for range 2 {
				through(d.begin, d.end, d.ahead+"[A] seq 8 ack 10")
				through(d.end, d.begin, d.back+"[A] seq 10 ack 8")
				r.cli("classify add rule a src 9.9.9.9 drop")
			}
		})
	}
}

// TestAnnouncedByRules: where a rule says something about a session that was announced, that counts.
func TestAnnouncedByRules(t *testing.T) {
	for name, d := range datas {
		t.Run(name, func(t *testing.T) {
			r := ftp(t, d, fmt.Sprintf("classify add rule %s state related drop", d.begin))
			if o := r.line(d.begin, d.ahead+"[S] seq 7"); o.out != "" || o.rule != 1 {
				t.Errorf("%+v, want a drop by rule 1", o)
			}
			r.cli("classify del rule 1", fmt.Sprintf("classify add rule %s state related keep-state pass", d.begin))
			r.passes(d.begin, d.end, d.ahead+"[S] seq 7", 2)
			r.passes(d.end, d.begin, d.back+"[SA] seq 9 ack 8", 2)
			r.cli("classify add rule a src 9.9.9.9 drop")
			r.passes(d.end, d.begin, d.back+"[SA] seq 9 ack 8", 2)
			r.passes(d.begin, d.end, d.ahead+"[A] seq 8 ack 10", 2)
		})
	}
}

// TestAnnouncedWithoutMaster: the announced session goes on when its master has ended, until the rules change.
func TestAnnouncedWithoutMaster(t *testing.T) {
	for name, d := range datas {
		t.Run(name, func(t *testing.T) {
			r := ftp(t, d)
			r.passes(d.begin, d.end, d.ahead+"[S] seq 7", 0)
			r.passes(d.end, d.begin, d.back+"[SA] seq 9 ack 8", 0)
			r.cli("clear flowtrack dport 21")
			r.passes(d.begin, d.end, d.ahead+"[A] seq 8 ack 10", 0)
			r.passes(d.end, d.begin, d.back+"[A] seq 10 ack 8", 0)
			r.cli("classify add rule a src 9.9.9.9 drop")
			if o := r.line(d.begin, d.ahead+"[A] seq 8 ack 10"); o.out != "" {
				t.Errorf("nothing says any more that it may pass: %+v", o)
			}
		})
	}
}
