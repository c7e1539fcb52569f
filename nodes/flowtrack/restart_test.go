package flowtrack_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

var update = flag.Bool("update", false, "write testdata/sessions-v1, which is for a new version only")

// TestOldFiles: a file of each version that there was means what it meant. Where this fails, a number has changed that files have:
// raise savedVersion.
func TestOldFiles(t *testing.T) {
	const file = "testdata/sessions-v1"
	s := kept(t, "", 100, day)
	manyKinds(s)
	if *update {
		if _, err := s.trk.Save(file); err != nil {
			t.Fatal(err)
		}
	}
	again := kept(t, copied(t, file), 100, day.Add(s.now))
	if got, want := again.sessions(), s.sessions(); !slices.Equal(got, want) {
		t.Errorf("%+v:\n%s\nwant\n%s", again.trk.SaveState(), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSaveBesideWorkers: the file is whole, whatever happens to the table meanwhile.
func TestSaveBesideWorkers(t *testing.T) {
	dir := t.TempDir()
	trk := flowtrack.New()
	trk.Sessions, trk.SaveFile, trk.SaveEvery = 500, filepath.Join(dir, "sessions"), flowtrack.MinSaveEvery
	in, out := port.NewMemory("a", 1), port.NewMemory("b", 1)
	out.OnTx = func(*buffer.Pool, buffer.Index) {}
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{trk, classify.New(trk)}, Interfaces: []gvpp.Interface{in, out}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	for _, l := range []string{"set interface l2 xconnect a b", "classify add rule a keep-state pass"} {
		if err := dp.CLI().Run(ctx, l, false, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := dp.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for i := range 60 {
		for j := range 100 {
			in.Inject(0, frameOf(line("udp 10.0.0.1:%d > 10.0.0.2:53", 50*i+j)))
		}
		if i%3 == 0 {
			trk.Clear()
		}
		if _, err := trk.Save(filepath.Join(dir, "other")); err != nil {
			t.Error(err)
		}
		if s := kept(t, copied(t, filepath.Join(dir, "other")), 500, day); s.trk.SaveState().Refused != "" {
			t.Error(s.trk.SaveState().Refused)
		}
	}
	stop()
	all.Wait()
	at := trk.SaveState()
	if s := kept(t, trk.SaveFile, 500, at.SavedAt); s.trk.SaveState().Restored != at.Saved {
		t.Errorf("%+v, but %+v were saved", s.trk.SaveState(), at)
	}
}

// TestKeptStateIsKept: connections that a keep-state rule lets through go on after a restart, in both directions, as long as the rules
// of the day would let them begin; others in mid-stream do not.
func TestKeptStateIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	rules := func(s *story, rule ...string) {
		for _, l := range append(rule, "classify default a drop", "classify default b drop") {
			s.cli(l)
		}
	}
	opening := "classify add rule a proto tcp dport 80 tcp-flags S/SA keep-state pass"
	s := kept(t, file, 100, day)
	rules(s, opening)
	for _, l := range []string{"ab [S] seq 1", "ba [SA] seq 9 ack 2", "ab [A] seq 2 ack 10"} {
		if a := s.sees(l); a.flow != 0 {
			t.Fatal(l, a)
		}
	}
	s.close()
	for _, c := range []struct {
		rules []string
		pass  bool
	}{
		{[]string{opening}, true},
		{[]string{"classify add rule b proto udp drop", "classify add rule a proto icmp pass", opening}, true}, // another place in other rules
		{[]string{"classify add rule a proto tcp dport 443 tcp-flags S/SA keep-state pass"}, false},
		{nil, false},
	} {
		for _, first := range []string{"ab [PA] seq 1000 ack 500 len 5", "ba [A] seq 500 ack 1005"} {
			s := kept(t, copied(t, file), 100, day.Add(time.Minute))
			rules(s, c.rules...)
			for _, l := range []string{first, "ab [PA] seq 1000 ack 500 len 5", "ba [A] seq 500 ack 1005"} {
				if a := s.sees(l); (a.flow == 0) != c.pass {
					t.Errorf("%q: %s: %v, want it to pass: %v", c.rules, l, a, c.pass)
				}
			}
			if a := s.sees("tcp 10.0.0.1:1001 > 10.0.0.2:80 [A]"); a != dropped {
				t.Errorf("%q: in mid-stream: %v", c.rules, a)
			}
		}
	}
}

// TestAnnouncedIsKept: what a session has announced goes on after a restart as it does, by the rule that keeps the two.
func TestAnnouncedIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	rules := []string{"classify add rule a proto tcp dport 21 tcp-flags S/SA keep-state pass", "classify default a drop", "classify default b drop"}
	s := kept(t, file, 100, day)
	for _, l := range append(rules, "flowtrack helper ftp") {
		s.cli(l)
	}
	c := newControl(s, false, "0", 1000)
	c.server("227 (10,0,0,2,4,5)\r\n")
	dataBack := "tcp 10.0.0.2:1029 > 10.0.0.1:2000 "
	for _, l := range []string{passive4 + "[S] seq 1", dataBack + "[SA] seq 9 ack 2", passive4 + "[A] seq 2 ack 10"} {
		if a := s.sees(l); a.flow != 1 {
			t.Fatal(l, a)
		}
	}
	s.close()
	for _, c := range []struct {
		rules []string
		pass  bool
	}{
		{append([]string{"flowtrack helper ftp"}, rules...), true},
		{append(rules[:len(rules):len(rules)], "flowtrack helper ftp"), true},
		{rules, true},
		{rules[1:], false},
	} {
		for _, first := range []string{passive4 + "[PA] seq 5000 ack 10 len 5", dataBack + "[A] seq 10 ack 5005"} {
			s := kept(t, copied(t, file), 100, day.Add(time.Second))
			for _, l := range c.rules {
				s.cli(l)
			}
			for _, l := range []string{first, dataBack + "[A] seq 10 ack 5005"} {
				if a := s.sees(l); (a.flow >= 0) != c.pass || c.pass && (a.session.Master == nil || !a.session.Expected) {
					t.Errorf("%q: %s: %v", c.rules, l, a)
				}
			}
		}
	}
}
