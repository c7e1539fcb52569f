package flowtrack_test

import (
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
