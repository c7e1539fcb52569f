package gvpp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/plugin"
)

// ticking does periodic work, and keeps the times of it.
type ticking struct {
	at   []int64
	runs chan struct{} // closed by the first
}

func (k *ticking) Register(r *plugin.Registry) {
	r.Periodic("ticking", 10*time.Second, func(now int64) bool {
		if k.at = append(k.at, now); len(k.at) == 1 {
			close(k.runs)
		}
		return false
	})
}

// TestAdjustClock: what is due by the new time has been done, in its order, when the operation returns.
func TestAdjustClock(t *testing.T) {
	k := &ticking{runs: make(chan struct{})}
	dp, err := gvpp.New(gvpp.Config{Buffers: 1024, Plugins: []plugin.Plugin{k}})
	if err != nil {
		t.Fatal(err)
	}
	over := errors.New("over")
	err = dp.Serve(t.Context(), sockets(t), func(ctx context.Context) error {
		<-k.runs
		before := dp.Clock()
		if _, err := dp.CLI().RunText(ctx, "set clock adjust 95"); err != nil {
			return err
		}
		if moved := time.Duration(dp.Clock() - before); moved < 95*time.Second || moved > 2*95*time.Second {
			t.Errorf("moved by %v", moved)
		}
		if text, err := dp.CLI().RunText(ctx, "show clock"); err != nil || !strings.HasPrefix(text, "Time now ") || !strings.Contains(text, "GMT") {
			t.Errorf("%q, %v", text, err)
		}
		for _, line := range []string{"set clock adjust", "set clock adjust 0", "set clock adjust -5", "set clock adjust 1e9"} {
			if _, err := dp.CLI().RunText(ctx, line); err == nil {
				t.Errorf("%s is taken", line)
			}
		}
		return over
	})
	if !errors.Is(err, over) {
		t.Fatal(err)
	}
	if len(k.at) < 9 || len(k.at) > 11 {
		t.Errorf("worked %d times in 95 s, want every 10: %v", len(k.at), k.at)
	}
}

// TestAdjustGivenClock: the embedding program's clock is its own.
func TestAdjustGivenClock(t *testing.T) {
	var m manual
	r := newRig(t, gvpp.Config{Clock: m.clock})
	if err := r.AdjustClock(t.Context(), time.Second); err == nil {
		t.Error("a clock that is given is moved")
	}
}
