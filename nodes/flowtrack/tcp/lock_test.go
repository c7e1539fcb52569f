package tcp

import "testing"

// TestLock: who holds a connection keeps others out, and they do not wait for ever.
func TestLock(t *testing.T) {
	var c Conn
	if !c.Lock() || c.Lock() {
		t.Error("held once, or not at all")
	}
	if c.Unlock(); !c.Lock() {
		t.Error("not let go")
	}
}

// BenchmarkLockHeld is how long a worker looks at a connection that another one keeps.
func BenchmarkLockHeld(b *testing.B) {
	var c Conn
	c.Lock()
	for b.Loop() {
		c.Lock()
	}
}
