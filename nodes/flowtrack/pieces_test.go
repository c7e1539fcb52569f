package flowtrack_test

import (
	"testing"

	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
)

// pieced is a story in which datagrams may come in pieces.
func pieced(t testing.TB) *story {
	trk := flowtrack.New()
	trk.Sessions = 1000
	return newStoryWith(t, trk, []plugin.Plugin{reassembly.New(trk)})
}

// pieces are those of a datagram that is the only one of its source and destination to be put together.
func pieces(line, number string) []string {
	return []string{line + " frag 0+ len 8 nosum ipid " + number, line + " frag 2 len 8 ipid " + number}
}

// TestPiecesOfBothSides: the two sides begin a session at once, both in pieces. All pieces of a datagram have its direction.
func TestPiecesOfBothSides(t *testing.T) {
	s := pieced(t)
	orig, reply := pieces("udp 10.0.0.1:1000 > 10.0.0.2:53", "1"), pieces("udp 10.0.0.2:53 > 10.0.0.1:1000", "2")
	got := s.vector(orig[0], orig[1], reply[0], reply[1])
	if len(got) != 4 {
		t.Fatalf("%d pieces have left: %v", len(got), got)
	}
	for i, a := range got {
		if a.flow != 0 || a.class != "new" || a.reply != (i >= 2) {
			t.Errorf("piece %d: %v", i, a)
		}
	}
	s.tell("sessions 1")
	if x := s.only(); !x.Replied || x.Packets != [2]uint64{1, 1} {
		t.Errorf("%+v", x)
	}
}

// TestInvalidPiecesCount: a datagram that is invalid is counted once, however many its pieces are.
func TestInvalidPiecesCount(t *testing.T) {
	s := pieced(t)
	got := s.vector("udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+ len 8 ipid 1", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 2+ len 8 ipid 1", "udp 10.0.0.1:1000 > 10.0.0.2:53 frag 3 len 8 ipid 1")
	if len(got) != 3 {
		t.Fatal(got)
	}
	for _, a := range got {
		if a.class != "invalid, transport checksum wrong" {
			t.Errorf("%v", a)
		}
	}
	if out := s.cli("show flowtrack errors"); !counts(out, "transport checksum wrong", 1) {
		t.Error(out)
	}
}

// TestAtomicFragments: what has a fragment header and is whole needs nobody to put it together.
func TestAtomicFragments(t *testing.T) {
	newStory(t, 10).tell(`
		udp [::1]:1 > [::2]:53 ext frag    | 0 orig new NEW udp 30s
		udp [::2]:53 > [::1]:1             | 0 reply established ESTABLISHED udp 30s
		udp [::1]:1 > [::2]:53 frag 0+     | invalid, fragment of a datagram that was not put together`)
}

// TestFirstPieces: where nobody puts datagrams together, and the plugin knows, the first piece of one of UDP belongs to the session that
// its ports name; what has none, or more than ports to be checked, belongs to none.
func TestFirstPieces(t *testing.T) {
	trk := flowtrack.New()
	trk.FirstPieces = true
	newStoryWith(t, trk, nil).tell(`
		udp [::1]:1 > [::2]:53 frag 0+        | 0 orig new NEW udp 30s
		udp [::2]:53 > [::1]:1 frag 0+        | 0 reply established ESTABLISHED udp 30s
		udp 10.0.0.1:1 > 10.0.0.2:53 frag 0+ len 32 | 1 orig new NEW udp 30s
		udp 10.0.0.2:53 > 10.0.0.1:1          | 1 reply established ESTABLISHED udp 30s
		udp 10.0.0.1:1 > 10.0.0.2:53 frag 9   | invalid, fragment of a datagram that was not put together
		tcp 10.0.0.1:1 > 10.0.0.2:53 [S] frag 0+ | invalid, fragment of a datagram that was not put together`)
}
