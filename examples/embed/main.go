// Command embed is a program of its own with a gvpp inside: two interfaces, here in memory, a plugin of the program's between them,
// packets in, packets out.
//
//	go run ./examples/embed                      sends four packets, prints what came out, the counters, and a trace; ends
//	go run ./examples/embed -serve /tmp/embed    goes on until Ctrl-C, with sockets there: gvpp ctl -s /tmp/embed/cli.sock show errors
//
// It teaches both ways to run a dataplane. Driven by hand, with Step, the program is the worker: nothing happens behind its back, as
// in a test or a simulation. With Run, or Serve, which is Run with sockets, each worker is a thread, and the program's goroutines
// talk to it by operations, which are safe for concurrent use. The plugin is in hops.go; interfaces with wires are
// afxdp.Interface("eth1"), where here is port.NewMemory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

func main() {
	dir := flag.String("serve", "", "serve vppctl, gvpp ctl, GoVPP and readers of statistics in this `directory` until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := show
	if *dir != "" {
		run = func(ctx context.Context, w io.Writer) error { return serve(ctx, w, *dir) }
	}
	if err := run(ctx, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// assemble makes a dataplane of two interfaces and the plugin hops: a wire that packets age on.
func assemble(ctx context.Context, left, right *port.Memory, hops *Hops) (*gvpp.Dataplane, error) {
	dp, err := gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{left, right},
		Plugins:    []plugin.Plugin{hops},
	})
	if err != nil {
		return nil, err
	}
	if err := dp.CrossConnect(ctx, "left", "right"); err != nil {
		return nil, err
	}
	return dp, hops.Enable("left")
}

// show drives a dataplane by hand.
func show(ctx context.Context, w io.Writer) error {
	left, right := port.NewMemory("left", 1), port.NewMemory("right", 1)
	hops := new(Hops)
	dp, err := assemble(ctx, left, right, hops)
	if err != nil {
		return err
	}
	defer dp.Close() //nolint:errcheck // it has no device that could fail
	command := func(line string) error { return dp.CLI().Run(ctx, line, false, w) }
	if err := command("trace add ethernet-input 10"); err != nil {
		return err
	}
	for _, p := range packets() {
		fmt.Fprintln(w, "left receives", describe(p))
		left.Inject(0, p)
	}
	for dp.Step() {
	}
	for _, p := range right.Sent() {
		fmt.Fprintln(w, "right sends  ", describe(p))
	}
	fmt.Fprintf(w, "\n%d packets have aged. What was dropped, and why:\n", hops.Aged())
	if err := command("show errors"); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nWhat each node did with the packets:")
	return command("show trace")
}

// pause is between two rounds of packets while the program serves.
const pause = 100 * time.Millisecond

// serve runs a dataplane with its sockets, and goes on sending packets through it, until ctx ends.
func serve(ctx context.Context, w io.Writer, dir string) error {
	left, right := port.NewMemory("left", 1), port.NewMemory("right", 1)
	right.OnTx = func(*buffer.Pool, buffer.Index) {} // else it would collect for ever what it sends
	dp, err := assemble(ctx, left, right, new(Hops))
	if err != nil {
		return err
	}
	sockets := gvpp.Sockets{
		CLI: cli.ServerConfig{Path: filepath.Join(dir, "cli.sock"), Prompt: "embed# "},
		API: filepath.Join(dir, "api.sock"), Stats: filepath.Join(dir, "stats.sock"),
	}
	return dp.Serve(ctx, sockets, func(ctx context.Context) error {
		fmt.Fprintf(w, "packets flow until Ctrl-C; look at them:\n  gvpp ctl -s %[1]s show interface\n  vppctl -s %[1]s\n", sockets.CLI.Path)
		go feed(ctx, left)
		return nil
	})
}

// feed makes packets arrive, again and again, until ctx ends.
func feed(ctx context.Context, at *port.Memory) {
	t := time.NewTicker(pause)
	defer t.Stop()
	for ctx.Err() == nil {
		at.Inject(0, packets()...)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
}
