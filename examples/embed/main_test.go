package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/buffer"
)

// What the program prints is what testdata/output.txt says, but for times.
func TestOutput(t *testing.T) {
	var out strings.Builder
	if err := show(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`\d\d:\d\d:\d\d:\d{6}`).ReplaceAllString(out.String(), "00:00:00:000000")
	golden := filepath.Join("testdata", "output.txt")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("%v; with UPDATE=1 this becomes %s:\n%s", err, golden, got)
	}
}

// Whatever the TTL and the checksum were, the packet is what it would be had it been made with one hop less.
func TestAge(t *testing.T) {
	for last := range 256 {
		for ttl := range 256 {
			to := fmt.Sprint("10.0.255.", last)
			p, older := udp("10.0.0.1", to, uint8(ttl)), udp("10.0.0.1", to, uint8(ttl)-1)
			if ok := age(p[14:], &buffer.Meta{IsIP4: true}); ok != (ttl > 1) || ok && !bytes.Equal(p, older) {
				t.Fatalf("to %s, TTL %d: %t, %x, want %x", to, ttl, ok, p[14:], older[14:])
			}
		}
	}
}

// A client of the CLI socket sees the program's packets, until the program ends.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	dir := t.TempDir()
	ready := make(chan struct{})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, closer(func() { close(ready) }), filepath.Join(dir, "embed")) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	client, err := cli.Dial(t.Context(), filepath.Join(dir, "embed", "cli.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close() //nolint:errcheck // not what is tested
	for seen := ""; !strings.Contains(seen, "TTL or hop limit ran out"); {
		if seen, err = client.Exec(t.Context(), "show errors", false); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// closer is a writer that does something when it is written to, once.
type closer func()

func (c closer) Write(p []byte) (int, error) { c(); return len(p), nil }
