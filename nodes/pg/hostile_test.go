package pg_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/nodes/pg"
)

// Rates beyond what can be counted are as fast as it goes.
func TestHugeRates(t *testing.T) {
	for _, rate := range []string{"1e10", "1e19", "1e30", "1e308"} {
		r := newRig(t, gvpp.Config{})
		r.cli("packet-generator new { name x rate " + rate + " limit 600 interface pg0 data { hex 0x00 } }")
		r.cli("packet-generator enable")
		r.drain()
		r.now += int64(time.Second)
		r.drain()
		r.now += int64(100 * time.Hour)
		r.drain()
		if s := r.pg.Streams()[0]; s.Count != 600 || s.Enabled {
			t.Errorf("rate %s: %d packets of 600, %v", rate, s.Count, s.Enabled)
		}
	}
}

// What is no file is refused as a capture to replay, at once: a pipe that nobody writes to would keep everybody waiting.
func TestPcapOfNoFile(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		for _, path := range []string{pipe, "/dev/zero", dir} {
			r.refused("packet-generator new { name x interface pg0 pcap "+path+" }", "no file")
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("waits for a pipe")
	}
}

// Names are words that can be shown.
func TestNames(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	for _, name := range []string{strings.Repeat("x", 1<<20), "a\x1b[31m", "a\x7f", "a\u0085b", "a\u202eb", "\xff\xfe", "a b", "{"} {
		err := r.pg.Add(context.Background(), pg.Stream{Name: name, Interface: "pg0", Data: "hex 0x00"})
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("name %.20q: %.100v", name, err)
		}
	}
	for _, name := range []string{"x", "ström-1", strings.Repeat("x", 64)} {
		if err := r.pg.Add(context.Background(), pg.Stream{Name: name, Interface: "pg0", Data: "hex 0x00"}); err != nil {
			t.Error(err)
		}
	}
}

// Numbers beyond what can be are refused, in Go as in text.
func TestNumbers(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	good := pg.Stream{Name: "x", Interface: "pg0", Data: "hex 0x00"}
	for i, change := range []func(s *pg.Stream){
		func(s *pg.Stream) { s.Rate = math.NaN() }, func(s *pg.Stream) { s.Rate = math.Inf(1) }, func(s *pg.Stream) { s.Rate = -1 },
		func(s *pg.Stream) { s.MinSize, s.MaxSize = 1<<40, 1<<41 }, func(s *pg.Stream) { s.MinSize, s.MaxSize = math.MaxInt, math.MaxInt },
		func(s *pg.Stream) { s.MaxFrame = -1 }, func(s *pg.Stream) { s.Worker = 1 }, func(s *pg.Stream) { s.Worker = math.MaxInt },
		func(s *pg.Stream) { s.Data += fmt.Sprintf(" incrementing %d", math.MaxUint32) },
	} {
		s := good
		change(&s)
		if err := r.pg.Add(context.Background(), s); err == nil {
			t.Errorf("%d: taken", i)
		}
	}
}

// Streams that send as much as goes take turns.
func TestStreamsTakeTurns(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	for i := range 5 {
		r.cli(fmt.Sprintf("packet-generator new { name s%d interface pg0 data { hex 0x00 } }", i))
	}
	r.cli("packet-generator enable")
	for range 100 {
		r.Step()
	}
	var least, most uint64 = math.MaxUint64, 0
	for _, s := range r.pg.Streams() {
		least, most = min(least, s.Count), max(most, s.Count)
	}
	if least == 0 || most-least > 256 {
		t.Errorf("%d to %d packets of each", least, most)
	}
}

// A file that comes to be between the command and the first packet is not written over, nor what a link leads to.
func TestCaptureSparesFiles(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	for name, make := range map[string]func(path string) error{
		"file": func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"link": func(path string) error {
			return errors.Join(os.WriteFile(other, []byte("mine"), 0o600), os.Symlink(other, path))
		},
	} {
		r := newRig(t, gvpp.Config{})
		path := filepath.Join(dir, name)
		r.cli("packet-generator capture pg1 pcap " + path)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		r.cli("packet-generator new { name x limit 3 interface pg0 node pg1 data { hex 0x00 } }")
		r.cli("packet-generator enable")
		r.drain()
		r.refused("packet-generator capture pg1 disable", "exists")
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// A stream that sends goes on when it is enabled once more.
func TestEnableTwice(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	r.cli("packet-generator new { name x limit 1000 maxframe 10 interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator enable")
	for range 20 {
		r.Step()
	}
	r.cli("packet-generator enable")
	if n := r.pg.Streams()[0].Count; n < 100 || n == 1000 {
		t.Errorf("%d packets", n)
	}
	r.cli("packet-generator enable x")
	r.drain()
	if n := r.count("") + r.pg.Streams()[0].Count; n != 1000 {
		t.Errorf("%d packets", n)
	}
}

// A packet that its node does not take says so where it ends.
func TestWhyRefused(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	for why, words := range map[string]string{
		"node of the stream does not take packets of this kind": "interface pg0 node ip4-lookup data { hex 0x00 }",
		"interface of the stream is down":                       "interface pg0 data { hex 0x00 }",
	} {
		if strings.Contains(why, "down") {
			r.cli("set interface state pg0 down")
		}
		r.cli("trace add pg-input 3")
		r.cli("packet-generator new { name x limit 1 " + words + " }")
		r.cli("packet-generator enable")
		r.drain()
		if trace := r.cli("show trace"); !strings.Contains(trace, "drop: pg-input: "+why) || r.count(why) != 1 {
			t.Errorf("%s: %d counted, and\n%s", words, r.count(why), trace)
		}
		r.cli("set interface state pg0 up")
	}
}

// A stream that is refused leaves no interface behind.
func TestRefusedStreamsMakeNoInterface(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	before := len(r.InterfaceNames())
	for _, words := range []string{"node nowhere data { hex 0x00 }", "node pg77 data { hex 0x00 }", "data { hex 0x0 }", "size 2000-2000 data { hex 0x00 }", "worker 7 data { hex 0x00 }"} {
		r.refused("packet-generator new { name x source pg9 "+words+" }", "pg: ")
	}
	if n := len(r.InterfaceNames()); n != before {
		t.Errorf("%d interfaces more: %q", n-before, r.InterfaceNames())
	}
	r.cli("packet-generator new { name x source pg9 node pg9 data { hex 0x00 } }")
	r.cli("packet-generator new { name y source pg10 node pg9 data { hex 0x00 } }")
}
