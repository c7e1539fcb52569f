package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
)

// ticking adds a command that gives an item for each value of ticks, until it is cancelled, and says on ended that it has ended.
func ticking(t *testing.T, tree *Tree) (ticks chan int, ended chan error) {
	t.Helper()
	ticks, ended = make(chan int), make(chan error, 1)
	err := tree.Add("tick", "tick", "Ticks", func(c *Call) error {
		defer func() { ended <- c.Context.Err() }()
		if !c.Live() {
			return c.Args.Errorf("not live")
		}
		for {
			select {
			case n := <-ticks:
				if err := c.Item(map[string]int{"n": n}, func(w io.Writer) { fmt.Fprintln(w, "tick", n) }); err != nil {
					return err
				}
			case <-c.Context.Done():
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ticks, ended
}

// TestItemsArrive: each item is there before the next one is made; the command ends with its client's interest.
func TestItemsArrive(t *testing.T) {
	var ticks chan int
	var ended chan error
	path := serve(t, func(c *ServerConfig) { ticks, ended = ticking(t, c.Tree) })
	for _, json := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		done := make(chan error, 1)
		client := dial(t, path)
		go func() { done <- client.ExecTo(ctx, "tick", json, w) }()
		for n := range 3 {
			ticks <- n
			want := fmt.Sprintf("tick %d\n", n)
			if json {
				want = fmt.Sprintf("{\"n\":%d}\n", n)
			}
			got := make([]byte, len(want))
			if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
				t.Fatalf("got %q, %v; want %q", got, err, want)
			}
		}
		cancel()
		if err := <-ended; err == nil {
			t.Error("the command ended before it was cancelled")
		}
		if err := <-done; err != context.Canceled {
			t.Error(err)
		}
	}
}

// TestTerminalInterrupts: Ctrl-C ends a command that runs, and what was typed before it goes, too.
func TestTerminalInterrupts(t *testing.T) {
	var ticks chan int
	var ended chan error
	c := dialRaw(t, serve(t, func(c *ServerConfig) { ticks, ended = ticking(t, c.Tree) }), "xterm")
	expect(t, c, "\rgvpp# ")
	send(t, c, "tick\r")
	ticks <- 1
	expect(t, c, "tick\r\ntick 1\r\n")
	send(t, c, "ab\x03sh tr\r")
	if err := <-ended; err == nil {
		t.Error("the command ended before it was cancelled")
	}
	expect(t, c, "gvpp# sh tr\r\nshow trace []\r\ngvpp# ")
}

// TestNotLive: what nobody reads along cannot be ended either.
func TestNotLive(t *testing.T) {
	tree := testTree(t)
	ticking(t, tree)
	if err := tree.Run(t.Context(), "tick", false, &bytes.Buffer{}); err == nil || err.Error() != "tick: not live" {
		t.Error(err)
	}
}
