package server

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
)

// TestHalfALargeMessage gives back what a client's message held when the client goes in the middle of it.
func TestHalfALargeMessage(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	b := make([]byte, frameHeader+4*smallMessage)
	binary.BigEndian.PutUint32(b[8:], 8*smallMessage)
	c.write(b)
	eventually(t, "it holds memory", func() bool { return r.Stats().LargeMemory >= 3*smallMessage })
	c.Close()
	eventually(t, "it is given back", func() bool { return r.Stats().LargeMemory == 0 })
}

// TestQueueOfBytes bounds what waits in a queue by bytes, too: what the client sends beyond stays in its socket.
func TestQueueOfBytes(t *testing.T) {
	const size = 40 << 10
	r := serve(t, nil)
	c := hello(t, r)
	c.write(c.request("toy_hold", 1))
	<-r.toy.Held
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range 50 {
			if _, err := c.Write(c.request("toy_add", uint32(i+2), make([]uint32, size/4)...)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	eventually(t, "the queue is full", func() bool { return r.Clients()[0].Waiting == maxQueued/size })
	select {
	case <-sent:
		t.Error("all is read")
	default:
	}
	if n := r.Clients()[0].Received; n > 6*size {
		t.Errorf("%d bytes are read", n)
	}
	r.toy.Release <- struct{}{}
	c.expect("toy_hold_reply", 1, 0)
	for i := range 50 {
		c.expect("toy_add_reply", uint32(i+2), 0)
	}
	<-sent
}

// TestSendBehindTheEnd is a handler that keeps send beyond its call: what it sends then would be another answer's.
func TestSendBehindTheEnd(t *testing.T) {
	var kept func(api.Message) error
	r := serve(t, func(cfg *Config) {
		cfg.Services = []api.Service{{File: apitest.File, Handlers: []api.Handler{{Method: apitest.CountMethod,
			Call: func(_ context.Context, _ api.Message, send func(api.Message) error) (api.Message, error) {
				kept = send
				return nil, send(apitest.New(apitest.CountDetails, 1))
			}}}}}
	})
	c := hello(t, r)
	c.write(append(c.request("toy_count_dump", 1, 1), c.request("control_ping", 1)...))
	c.expect("toy_count_details", 1, 1)
	c.expect("control_ping_reply", 1, 0)
	if err := kept(apitest.New(apitest.CountDetails, 2)); !errors.Is(err, errGone) {
		t.Errorf("sent: %v", err)
	}
	c.write(c.request("control_ping", 2))
	c.expect("control_ping_reply", 2, 0)
}
