package cycles

import (
	"testing"
	"time"
)

func TestNowRisesAtItsRate(t *testing.T) {
	rate := PerSecond()
	t0, c0 := time.Now(), Now()
	time.Sleep(20 * time.Millisecond)
	clocks, wall := float64(Now()-c0)/rate, time.Since(t0).Seconds()
	if clocks < wall/2 || clocks > wall*2 {
		t.Errorf("%.4f s by the clock, %.4f s by the counter at %.3g per second", wall, clocks, rate)
	}
}

func BenchmarkNow(b *testing.B) {
	for b.Loop() {
		Now()
	}
}
