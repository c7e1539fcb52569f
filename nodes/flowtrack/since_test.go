package flowtrack

import "testing"

func TestSince(t *testing.T) {
	const day = 24 * 3600 * 1000
	for _, c := range []struct{ then, now, want uint32 }{
		{100, 100, 0}, {100, 350, 250}, {350, 100, 0}, {0, 30 * day, 30 * day}, {^uint32(0) - 9, 5, 15}, {5, ^uint32(0) - 9, 0},
	} {
		if got := since(c.then, c.now); got != c.want {
			t.Errorf("from %d to %d: %d, want %d", c.then, c.now, got, c.want)
		}
	}
}
