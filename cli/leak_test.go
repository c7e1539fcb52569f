package cli

import (
	"bytes"
	"net"
	"runtime"
	"testing"
	"time"
)

// TestNoLeak leaves sessions in the middle of everything; nothing of them stays behind.
func TestNoLeak(t *testing.T) {
	path := serve(t, manyLines)
	c := dialRaw(t, path, termVppctl)
	send(t, c, "sh tr\n")
	expect(t, c, "show trace []\n\x00")
	before := runtime.NumGoroutine()
	for _, tt := range []struct{ term, keys, seen string }{
		{"", "", ""},
		{"", "sh", ""},
		{termVppctl, "wait\n", ""},
		{termGvppctl, "x\x00\x00\x00\x04wait", "gvpp cli 1"},
		{termGvppctl, "x\x00\xff", "gvpp cli 1"},
		{"xterm", "sh e", "sh e"},
		{"xterm", "\x12s", "(reverse-i-search)`s"},
		{"xterm", "wait\rsh err\r", "wait\r\n"},
		{"xterm", "many 100\r", "more"},
		{"xterm", "many 100\r\x1b[", "more"},
		{"xterm", "many 100000\r", "line 20"}, // which it does not read
		{"dumb", "\t\xff\xfa\x1f", "gvpp# "},
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if tt.term != "" {
			send(t, c, string(answer(tt.term)))
		}
		send(t, c, tt.keys)
		awaitText(t, c, tt.seen)
		c.Close()
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, there were %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// awaitText reads until the text has come.
func awaitText(t *testing.T, c net.Conn, text string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var all []byte
	for !bytes.Contains(all, []byte(text)) {
		b := make([]byte, 1024)
		n, err := c.Read(b)
		if all = append(all, b[:n]...); err != nil {
			t.Fatalf("%q does not come: %q, %v", text, all, err)
		}
	}
}
