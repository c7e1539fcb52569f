package l2_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/l2"
	"github.com/gvpp/gvpp/plugin"
)

// dataplane has three interfaces and remembers where their arcs end.
type dataplane struct {
	plugin.Dataplane
	ends      map[string]string // by arc and sw_if_index
	removed   map[string]bool
	published int
	fail      error
}

func (d *dataplane) InterfaceName(swIf uint32) string {
	if swIf < 1 || swIf > 3 {
		return "?"
	}
	return string(rune('a' + swIf - 1))
}

func (d *dataplane) Interface(name string) (uint32, error) {
	if name < "a" || name > "c" || d.removed[name] {
		return 0, errors.New("no such interface")
	}
	return uint32(name[0]-'a') + 1, nil
}

func (d *dataplane) Link(uint32) (plugin.Link, bool) { return plugin.Link{}, true }

func (d *dataplane) SetArcEnd(arc string, swIf uint32, node string) error {
	d.ends[fmt.Sprintf("%s %d", arc, swIf)] = node
	return nil
}

func (d *dataplane) Published(context.Context) error {
	d.published++
	return d.fail
}

func newPlugin(t *testing.T) (*l2.Plugin, *dataplane) {
	t.Helper()
	p, d := l2.New(), &dataplane{ends: map[string]string{}}
	var r plugin.Registry
	p.Register(&r)
	for _, f := range r.Inits {
		if err := f(d); err != nil {
			t.Fatal(err)
		}
	}
	return p, d
}

func TestUnknownInterfacesAreRefused(t *testing.T) {
	p, d := newPlugin(t)
	for _, pair := range [][2]uint32{{0, 1}, {1, 0}, {1, 4}, {4, 1}, {1, 1<<32 - 1}} {
		if err := p.CrossConnect(context.Background(), pair[0], pair[1]); err == nil || !strings.Contains(err.Error(), "no interface with sw_if_index") {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if p.Any() || len(d.ends) != 0 {
		t.Errorf("something was set: %v", d.ends)
	}
}

// All arcs of both interfaces end in the cross-connect, and where they ended before once it is gone.
func TestArcEndsMove(t *testing.T) {
	p, d := newPlugin(t)
	ctx := context.Background()
	if err := p.CrossConnect(ctx, 1, 3); err != nil {
		t.Fatal(err)
	}
	for _, arc := range []string{"l2-input", "ip4-unicast", "ip6-unicast"} {
		for _, swIf := range []int{1, 3} {
			if got := d.ends[fmt.Sprintf("%s %d", arc, swIf)]; got != "l2-xconnect" {
				t.Errorf("%s of %d ends in %q", arc, swIf, got)
			}
		}
	}
	if b, ok := p.Peer(3); b != 1 || !ok || len(d.ends) != 6 || d.published != 1 {
		t.Errorf("3 sends to %d, ends %v, published %d times", b, d.ends, d.published)
	}
	if err := p.Disconnect(ctx, 3); err != nil {
		t.Fatal(err)
	}
	for end, node := range d.ends {
		if node != "" {
			t.Errorf("%s still ends in %q", end, node)
		}
	}
	if _, ok := p.Peer(1); ok || p.Any() || d.published != 2 {
		t.Errorf("still connected, published %d times", d.published)
	}
}

func TestTheContextsErrorIsReturned(t *testing.T) {
	p, d := newPlugin(t)
	d.fail = errors.New("out of patience")
	if err := p.CrossConnect(context.Background(), 1, 2); !errors.Is(err, d.fail) {
		t.Error(err)
	}
	if _, ok := p.Peer(1); !ok {
		t.Error("it is published all the same")
	}
}

// An interface that is removed takes along all cross-connects that name it, and can have no new one.
func TestForgetsAnInterface(t *testing.T) {
	p, d := l2.New(), &dataplane{ends: map[string]string{}, removed: map[string]bool{}}
	var r plugin.Registry
	p.Register(&r)
	for _, f := range r.Inits {
		if err := f(d); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	for _, pair := range [][2]uint32{{1, 2}, {2, 3}} { // 1 -> 2 -> 3 -> 2
		if err := p.CrossConnect(ctx, pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	d.removed["c"] = true
	if err := r.Removals[0](3); err != nil {
		t.Fatal(err)
	}
	var left []uint32
	for a, b := range p.All() {
		left = append(left, a, b)
	}
	if fmt.Sprint(left) != "[1 2]" || d.ends["l2-input 2"] != "" || d.ends["l2-input 1"] != "l2-xconnect" {
		t.Errorf("left %v, ends %v", left, d.ends)
	}
	if err := p.CrossConnect(ctx, 1, 3); err == nil {
		t.Error("connected to what is gone")
	}
}
