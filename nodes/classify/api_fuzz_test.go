package classify_test

import (
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// FuzzMessages: whatever a client sends, it is answered, with a number that says what was wrong.
func FuzzMessages(f *testing.F) {
	var e api.Encoder
	(&wire.ClassifyRulesReplace{SwIfIndex: 1, Rules: ruleMessages(3)}).Encode(&e)
	seed, err := e.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	for i := range wire.File.Methods {
		f.Add(uint8(i), seed)
		f.Add(uint8(i), make([]byte, 100))
		f.Add(uint8(i), []byte{0, 0, 0, 1, 1, 1, 0, 7, 0, 9, 0, 1, 0, 1, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	}
	r := newRig(f, "a", "b")
	conn := api.Direct(r.dp.API()...)
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		m := wire.File.Methods[int(which)%len(wire.File.Methods)]
		request, err := api.DecodeBody(m.Request, body)
		if err != nil {
			return
		}
		if _, err := conn.Invoke(t.Context(), m, request, func(api.Message) error { return nil }); api.ErrnoOf(err) == api.Unspecified || api.ErrnoOf(err) == api.Unimplemented {
			t.Errorf("%s %+v: %v", m.Request.Name, request, err)
		}
		r.line("a", "udp 10.0.0.1:1 > 10.0.0.2:2")
	})
}
