package packet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// chunks is the tag and the chunks of a packet, as text.
func chunks(t testing.TB, p []byte) string {
	t.Helper()
	var m buffer.Meta
	if parse(p, &m) != FaultNone || !m.HasPorts || m.Proto != ProtoSCTP || m.LaterFragment {
		return ""
	}
	tag, c, ok := SCTPOf(p, &m)
	if !ok {
		return ""
	}
	s := fmt.Sprint("tag ", tag)
	for n := 0; ; n++ {
		k, ok := c.Next()
		if !ok {
			return s
		}
		if n >= maxChunks || n*4 > len(p) {
			t.Fatalf("%x: chunk %d", p, n)
		}
		s += fmt.Sprintf(" %d/%d", k.Type, k.Flags)
		if k.HasTag {
			s += fmt.Sprintf("(%d)", k.Tag)
		}
	}
}

func TestSCTPChunks(t *testing.T) {
	for line, want := range map[string]string{
		"":                      "tag 0",
		"id 7 chunk init,tag=5": "tag 7 1/0(5)",
		"id 7 chunk init-ack,tag=4294967295,flags=3":   "tag 7 2/3(4294967295)",
		"chunk init,body=00000005000000000000000000":   "tag 0 1/0(5)", // padded to 16 bytes
		"chunk init,body=000000050000000000000000":     "tag 0 1/0",
		"chunk init,tag=5,len=4":                       "tag 0 1/0(5) 0/0 0/10",
		"chunk abort,flags=1 chunk data,body=0102":     "tag 0 6/1 0/0",
		"chunk data,body=0102030405 chunk cookie-echo": "tag 0 0/0 10/0",
		"chunk data,len=0 chunk error":                 "tag 0 0/0 9/0",
		"chunk data,len=1 chunk error":                 "tag 0 0/0 9/0",
		"chunk data,len=60000 chunk error":             "tag 0 0/0",
		"chunk data,len=65535 chunk error":             "tag 0 0/0",
		"chunk shutdown data 000000":                   "tag 0 7/0",
	} {
		p := packetline.MustBuild("sctp " + at4 + line)
		if got := chunks(t, p); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		checkTransport(t, p)
	}
	if got := chunks(t, packetline.MustBuild("ip proto 132 "+to4+"len 11")); got != "" {
		t.Errorf("a cut header: %s", got)
	}
}

// TestSCTPManyChunks: more chunks than are looked at are a flaw, and no more are given out.
func TestSCTPManyChunks(t *testing.T) {
	for n, want := range map[int]Flaw{maxChunks: FlawNone, maxChunks + 1: FlawChunks} {
		p := packetline.MustBuild("sctp " + at4 + strings.Repeat("chunk data ", n))
		if got := checkTransport(t, p); got != want {
			t.Errorf("%d chunks: %v, want %v", n, got, want)
		}
		if got := strings.Count(chunks(t, p), " 0/0"); got != maxChunks {
			t.Errorf("%d chunks: given %d", n, got)
		}
	}
}

func FuzzSCTP(f *testing.F) {
	for _, line := range []string{"chunk init,tag=5", "chunk data,body=01 chunk abort,flags=1", "chunk data,len=0", "chunk error,len=900"} {
		p := packetline.MustBuild("sctp " + at4 + line)
		f.Add(p[14+20:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 3000 {
			return
		}
		p := tight(packetline.MustBuild(fmt.Sprintf("ip proto 132 %s len %d", to4, len(b))))
		copy(p[len(p)-len(b):], b)
		got := chunks(t, p)
		if len(b) < 12 {
			if got != "" {
				t.Fatal(got)
			}
			return
		}
		want := fmt.Sprint("tag ", uint32(b[4])<<24|uint32(b[5])<<16|uint32(b[6])<<8|uint32(b[7]))
		n := 0
		for at := 12; at+4 <= len(b) && n < 512; n++ {
			want += fmt.Sprintf(" %d/%d", b[at], b[at+1])
			if (b[at] == 1 || b[at] == 2) && at+20 <= len(b) {
				want += fmt.Sprintf("(%d)", uint32(b[at+4])<<24|uint32(b[at+5])<<16|uint32(b[at+6])<<8|uint32(b[at+7]))
			}
			size := int(b[at+2])<<8 + int(b[at+3])
			for size < 4 || size%4 != 0 {
				size++
			}
			at += size
		}
		if got != want {
			t.Fatalf("%x: %s, want %s", b, got, want)
		}
	})
}
