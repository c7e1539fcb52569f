package pg_test

import (
	"context"
	"fmt"
	"math"
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
