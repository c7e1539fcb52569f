package server

import (
	"net"
	"testing"
)

// broken is a connection whose code has a fault.
type broken struct{ net.Conn }

func (broken) Read([]byte) (int, error) { panic("a fault of the reader") }

// TestPanicOfAConnection ends that connection and nothing else.
func TestPanicOfAConnection(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	near, far := net.Pipe()
	defer far.Close()
	r.accept(t.Context(), broken{near})
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still there")
	}
	eventually(t, "it is forgotten", func() bool { return len(r.Clients()) == 1 })
	c.write(c.request("control_ping", 7))
	c.expect("control_ping_reply", 7, 0)
}
