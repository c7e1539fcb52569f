//go:build gvppdebug

package buffer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

func TestFreedBuffersArePoisoned(t *testing.T) {
	p := newPool(t, 8, 2048)
	c := p.NewCache()
	bufs := make([]buffer.Index, 1)
	c.Alloc(bufs)
	p.Put(bufs[0], []byte("a packet"))
	view := p.Bytes(bufs[0])
	c.Free(bufs)
	for i, v := range view {
		if v != 0xdb {
			t.Fatalf("byte %d of a freed buffer is %#x", i, v)
		}
	}
}

func TestDoubleFreePanics(t *testing.T) {
	p := newPool(t, 8, 2048)
	a, b := p.NewCache(), p.NewCache()
	bufs := make([]buffer.Index, 2)
	a.Alloc(bufs)
	one, other := bufs[0], bufs[1]
	panics(t, fmt.Sprintf("double free of %d", one), func() { a.Free([]buffer.Index{one, one}) })
	b.Free([]buffer.Index{other})
	panics(t, fmt.Sprintf("double free of %d", other), func() { a.Free([]buffer.Index{other}) })
	panics(t, "double free of 3", func() { a.Free([]buffer.Index{3}) }) // never allocated
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if v, ok := recover().(string); !ok || !strings.Contains(v, want) {
			t.Errorf("panic %q, want %q", v, want)
		}
	}()
	f()
}
