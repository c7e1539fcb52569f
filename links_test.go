package gvpp_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/plugin"
)

// What a plugin is told of links, as it happens.
func TestLinksAreTold(t *testing.T) {
	var told []string
	var dp plugin.Dataplane
	say := func(swIf uint32) {
		l, ok := dp.Link(swIf)
		told = append(told, fmt.Sprintf("%d %v %v %x %d", swIf, ok, l.Up, l.MAC, l.MTU))
	}
	p := declare(func(r *plugin.Registry) {
		r.Init(func(d plugin.Dataplane) error { dp = d; return nil })
		r.Changed(func(swIf uint32) { say(swIf) })
		r.Ready(func() error { told = append(told, "ready"); return nil })
	})
	r := newRig(t, gvpp.Config{Plugins: []plugin.Plugin{p}}, "a")
	ctx := context.Background()
	loop, err := r.CreateLoopback(ctx, net.HardwareAddr{2, 1, 1, 1, 1, 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.SetState(ctx, loop, true); err != nil { // once is enough
			t.Error(err)
		}
	}
	if err := r.DeleteLoopback(ctx, loop); err != nil {
		t.Error(err)
	}
	want := "[1 true true 02fe00000001 1500 ready 2 true false 020101010101 1770 2 true true 020101010101 1770 2 false false 000000000000 0]"
	if got := fmt.Sprint(told); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, ok := r.Link(99); ok {
		t.Error("an interface that is none has a link")
	}
}
