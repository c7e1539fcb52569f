//go:build !race

package gogen_test

import (
	"testing"

	"github.com/gvpp/gvpp/api"
)

// What a codec allocates does not grow with the message: one encoder; one decoder, the message, its slice and its string.
func TestCodecAllocations(t *testing.T) {
	m := rules()
	message, err := api.EncodeMessage(nil, 1, 2, 3, m)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { api.EncodeMessage(message[:0], 1, 2, 3, m) }); n > 1 {
		t.Errorf("%v allocations to encode", n)
	}
	if n := testing.AllocsPerRun(10, func() { api.DecodeMessage(m.Desc(), message) }); n > 4 {
		t.Errorf("%v allocations to decode", n)
	}
}
