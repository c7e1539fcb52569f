package flowtrack_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

func TestHelperCommands(t *testing.T) {
	s := newStory(t, 10)
	if out := s.cli("show flowtrack helpers"); !strings.Contains(out, "not in use: `flowtrack helper ftp`") {
		t.Error(out)
	}
	s.cli("flowtrack helper ftp")
	s.cli("flowtrack helper ftp port 2121 loose")
	if out := s.cli("show flowtrack helpers"); !strings.Contains(out, "21\n") || !strings.Contains(out, "2121, loose\n") {
		t.Error(out)
	}
	f := newControl(s, false, "0", 1000)
	f.client("PORT 10,0,0,1,4,5\r\n")
	if out := s.cli("show flowtrack expectations"); !strings.Contains(out, "0       ftp     tcp    10.0.0.2  10.0.0.1:1029  0     5m0s") {
		t.Error(out)
	}
	s.from(1, active4+"[S] seq 7")
	if out := s.cli("show flowtrack state expected"); !strings.Contains(out, "expected by 0") {
		t.Error(out)
	}
	s.cli("flowtrack helper del ftp port 2121")
	s.cli("flowtrack helper del ftp")
	for i := range 8 {
		s.cli(line("flowtrack helper ftp port %d", i+1))
	}
	for line, want := range map[string]string{
		"flowtrack helper":                "expected a helper",
		"flowtrack helper sip":            `no helper "sip"; there are [ftp]`,
		"flowtrack helper ftp port 0":     "out of range",
		"flowtrack helper ftp 21":         "unknown input",
		"flowtrack helper ftp port 9":     "8 ports have helpers already",
		"flowtrack helper del ftp port 9": "no helper ftp at port 9",
		"show flowtrack helpers ftp":      "unknown input",
		"show flowtrack expectations all": "unknown input",
	} {
		s.fails(line, want)
	}
}

// TestStanza: zones, limits and helpers by startup.conf.
func TestStanza(t *testing.T) {
	s := newStoryOf(t, flowtrack.New(), "flowtrack { zone { a vlan 7 zone 3 } zone { b zone 4 } zone-timeout { udp 5 zone 3 }",
		"limit { sessions per-source 9 prefix-length 24 64 } limit { rate 100 burst 5 zone 3 } helper { ftp } helper { ftp port 2121 loose } }")
	for line, words := range map[string][]string{
		"show flowtrack zones":   {"a          7     3", "b          -     4", "timeouts of zone 3: udp 5"},
		"show flowtrack limits":  {"sessions of a source by /24, /64  9", "new sessions a second in zone 3   100, bursts of 5"},
		"show flowtrack helpers": {"ftp     21\n", "ftp     2121, loose\n"},
	} {
		out := s.cli(line)
		for _, want := range words {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", line, want, out)
			}
		}
	}
}

// TestHelperRestart: after a restart, what comes next is read.
func TestHelperRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	s.cli("flowtrack helper ftp")
	f := newControl(s, false, "0", 1000)
	s.close()
	trk := flowtrack.New()
	trk.SaveFile = file
	trk.SetWall(func() time.Time { return day })
	f.story = newStoryOf(t, trk, "flowtrack { helper { ftp } }")
	f.client("PORT 10,0,0,1,4,5\r\n")
	f.want(1, active4+"[S] seq 7", "1"+relatedS)
}
