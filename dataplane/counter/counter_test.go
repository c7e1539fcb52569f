package counter

import (
	"sync"
	"testing"
)

func TestAddLoadReset(t *testing.T) {
	var c Counter
	c.Add(3)
	c.Add(4)
	if n := c.Load(); n != 7 {
		t.Errorf("3+4 = %d", n)
	}
	if c.Reset(); c.Load() != 0 {
		t.Errorf("%d after Reset", c.Load())
	}
}

// TestReadersSeeItRise is for the race detector, and for a compiler that keeps the value in a register.
func TestReadersSeeItRise(t *testing.T) {
	var c Counter
	var readers sync.WaitGroup
	const end = 100_000
	for range 2 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for last := uint64(0); last < end; {
				n := c.Load()
				if n < last {
					t.Errorf("fell from %d to %d", last, n)
					return
				}
				last = n
			}
		}()
	}
	for range end {
		c.Add(1)
	}
	readers.Wait()
}

// Counters in memory of others are its words.
func TestInMemory(t *testing.T) {
	words := make([]uint64, 5)
	In(words)[4].Add(7)
	p := PairsIn(words[:4])
	p[1].Add(2, 120)
	p[1].Add(1, 60)
	if words[4] != 7 || words[2] != 3 || words[3] != 180 || words[0] != 0 || len(p) != 2 || len(In(nil)) != 0 {
		t.Errorf("%v", words)
	}
}
