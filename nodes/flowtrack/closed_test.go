package flowtrack_test

import (
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/plugin"
)

// A client may still ask while the program ends: the tables are gone then, and it hears of no sessions.
func TestShowAfterTheEnd(t *testing.T) {
	trk := flowtrack.New()
	dp, err := gvpp.New(gvpp.Config{
		Plugins: []plugin.Plugin{trk}, Interfaces: []gvpp.Interface{port.NewMemory("a", 1)}, Buffers: 64, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dp.Close(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"show flowtrack", "show flowtrack summary", "clear flowtrack"} {
		if err := dp.CLI().Run(t.Context(), line, false, io.Discard); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestCommandsAfterTheEnd: so it may give any other command, which may fail, but not the program with it.
func TestCommandsAfterTheEnd(t *testing.T) {
	const limit, other = "flowtrack limit sessions per-source 5", "flowtrack limit sessions per-source 5 prefix-length 24 64"
	for _, before := range []string{"show flowtrack limits", limit} {
		trk := flowtrack.New()
		dp, err := gvpp.New(gvpp.Config{
			Plugins: []plugin.Plugin{trk}, Interfaces: []gvpp.Interface{port.NewMemory("a", 1)}, Buffers: 64, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		run := func(line string) error { return dp.CLI().Run(t.Context(), line, false, io.Discard) }
		if err := errors.Join(run(before), dp.Close()); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{limit, other, "flowtrack limit sessions per-zone 1 5", "flowtrack save " + t.TempDir() + "/s"} {
			if run(line) == nil {
				t.Errorf("%s works, after %s", line, before)
			}
		}
		for _, line := range []string{"show flowtrack limits", "show flowtrack errors", "show flowtrack expectations", "flowtrack limit rate 5", "flowtrack helper ftp",
			"clear flowtrack proto tcp"} {
			if err := run(line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}
