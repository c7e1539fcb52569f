package flowtrack_test

import (
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// FuzzMessages: whatever a client sends, it is answered, with a number that says what was wrong.
func FuzzMessages(f *testing.F) {
	for i := range wire.File.Methods {
		f.Add(uint8(i), make([]byte, 200))
		f.Add(uint8(i), []byte{0, 0, 0, 1, 0, 1, 0, 7, 0, 9, 0, 1, 0, 1, 255, 255})
	}
	s := newStory(f, 100)
	s.sees("udp 10.0.0.1:5 > 10.0.0.9:53")
	conn := api.Direct(s.dp.API()...)
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		m := wire.File.Methods[int(which)%len(wire.File.Methods)]
		if m.Request.Name == "flowtrack_save" {
			return // it writes where it is told to
		}
		request, err := api.DecodeBody(m.Request, body)
		if err != nil {
			return
		}
		if _, err := conn.Invoke(t.Context(), m, request, func(api.Message) error { return nil }); api.ErrnoOf(err) == api.Unspecified || api.ErrnoOf(err) == api.Unimplemented {
			t.Errorf("%s %+v: %v", m.Request.Name, request, err)
		}
	})
}
