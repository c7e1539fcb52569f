package sctp

import (
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/internal/packetline"
)

// TestTagsAfterResume: an association that was read back takes the tags that its sides show, and then holds them to these.
func TestTagsAfterResume(t *testing.T) {
	var a Assoc
	a.Resume(Established)
	for _, c := range []struct {
		line  string
		reply bool
		want  Verdict
	}{
		{"sctp 10.0.0.1:1 > 10.0.0.2:2 id 7 chunk data", false, Follow},
		{"sctp 10.0.0.2:2 > 10.0.0.1:1 id 9 chunk data", true, Follow},
		{"sctp 10.0.0.1:1 > 10.0.0.2:2 id 7 chunk data", false, Follow},
		{"sctp 10.0.0.1:1 > 10.0.0.2:2 id 8 chunk data", false, Invalid},
		{"sctp 10.0.0.2:2 > 10.0.0.1:1 id 7 chunk data", true, Invalid},
		{"sctp 10.0.0.2:2 > 10.0.0.1:1 id 9 chunk abort", true, Follow},
	} {
		var m buffer.Meta
		p := packetline.MustBuild(c.line)
		m.Len = uint16(len(p))
		packet.Ethernet(p, &m)
		packet.IPv4(p, &m)
		tag, chunks, ok := packet.SCTPOf(p, &m)
		if got := a.Step(tag, chunks, c.reply); !ok || got != c.want {
			t.Fatalf("%s: %v, want %v", c.line, got, c.want)
		}
	}
	if a.State() != Closed {
		t.Errorf("%v", a.State())
	}
}
