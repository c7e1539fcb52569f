package gvpp_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/internal/packetline"
)

// Sub-interfaces, tag rewriting and mirrors come and go while two workers have traffic for them: every packet is counted as sent or as
// dropped, whatever is under way.
func TestSubInterfacesUnderTraffic(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2}, "a", "b", "m")
	r.connect("a", "b")
	stop := r.run()
	var frames [][]byte
	for v := range 4 {
		frames = append(frames, withTags(v+1), packetline.MustBuild(untagged))
	}
	ctx, sent := context.Background(), 0
	do := func(lines ...string) {
		for _, line := range lines {
			if err := r.CLI().Run(ctx, line, false, io.Discard); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			for q := range 2 {
				sent += r.mems["a"].Inject(q, frames...)
			}
		}
	}
	for i := range 40 {
		v := 1 + i%4
		a, b := fmt.Sprintf("a.%d", v), fmt.Sprintf("b.%d", v)
		do(fmt.Sprintf("create sub-interfaces a %d", v), fmt.Sprintf("create sub-interfaces b %d dot1q %d", v, 100+v), "set interface state "+a+" up", "set interface state "+b+" up",
			"set interface l2 xconnect "+a+" "+b, "set interface l2 tag-rewrite "+a+" pop 1", "set interface span a destination m", "set interface l2 tag-rewrite "+b+" pop 1",
			"set interface span "+b+" l2 destination m tx", "set interface span a disable", "delete sub-interface "+b, "delete sub-interface "+a)
	}
	received := func() (n uint64) {
		for _, i := range r.Interfaces() {
			if i.Name == "a" {
				n = i.Packets.RxPackets
			}
		}
		return n
	}
	eventually(t, "all packets are received", func() bool { return received() == uint64(sent) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	drops := uint64(0)
	for what, n := range r.errors() {
		if what != "span-input: packets copied" && what != "span-l2-output: packets copied" {
			drops += n
		}
	}
	if n := uint64(len(r.mems["b"].Sent())); n == 0 || n+drops != uint64(sent) {
		t.Errorf("%d packets, of which %d have left and %d were dropped: %v", sent, n, drops, r.errors())
	}
	if len(r.mems["m"].Sent()) == 0 {
		t.Error("nothing is mirrored")
	}
}

// No node on a sub-interface's way allocates.
func TestSubInterfacesAllocateNothing(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b", "m"}})
	for _, line := range []string{
		"create sub-interfaces a 1-2", "create sub-interfaces b 1-2", "set interface state a.1 up", "set interface state a.2 up", "set interface state b.1 up", "set interface state b.2 up",
		"set interface l2 xconnect a.1 b.2", "set interface l2 xconnect a.2 b.1", "set interface l2 tag-rewrite a.1 pop 1", "set interface l2 tag-rewrite b.2 pop 1",
		"set interface l2 tag-rewrite a.2 translate 1-1 dot1q 1", "set interface span a destination m rx", "set interface span b.1 destination m l2 tx",
	} {
		h.Exec(line)
	}
	var frames []gvpptest.Packet
	for range 100 {
		frames = append(frames, withTags(1), withTags(2))
	}
	h.ExpectNoAllocs(h.Interface("a"), frames)
	if got := h.Send(gvpptest.From(h.Interface("a"), frames[:2])); len(got[h.Interface("b")]) != 2 || len(got[h.Interface("m")]) != 3 {
		t.Error("the packets do not go that way")
	}
}
