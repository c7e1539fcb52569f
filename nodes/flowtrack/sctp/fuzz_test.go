package sctp

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// chunksOf is the chunks in these bytes.
func chunksOf(t *testing.T, tag uint32, b []byte) packet.SCTPChunks {
	p := make([]byte, 12, 12+len(b))
	binary.BigEndian.PutUint32(p[4:], tag)
	p = append(p, b...)
	m := buffer.Meta{IsIP4: true, HasProto: true, Proto: packet.ProtoSCTP, Len: uint16(len(p)), End: uint16(len(p))}
	got, c, ok := packet.SCTPOf(p, &m)
	if !ok || got != tag {
		t.Fatal("no SCTP")
	}
	return c
}

var tags = [4]uint32{0, 4, 9, 7}

// chunk appends one, of what two bytes say.
func chunk(b []byte, what, more byte) []byte {
	kind := what & 15
	body := make([]byte, 4)
	if kind == packet.SCTPInit || kind == packet.SCTPInitAck {
		body = make([]byte, 16)
		binary.BigEndian.PutUint32(body, tags[more>>2&3])
		if more > 250 {
			body = body[:4] // cut
		}
	}
	b = append(b, kind, more&1, 0, byte(4+len(body)))
	return append(b, body...)
}

// follow has an association follow packets made of bytes and holds what must be true of it.
func follow(t *testing.T, data []byte) (seen [NumStates]int, verdicts [Invalid + 1]int) {
	var a Assoc
	begun := false
	for ; len(data) >= 4; data = data[4:] {
		tag := tags[data[0]&3]
		b := chunk(nil, data[1], data[2])
		several := data[0]&0x70 == 0x70
		if several {
			b = chunk(b, data[3], data[2]>>4)
		}
		c, reply := chunksOf(t, tag, b), data[0]&128 != 0
		was, met := a.state, a.Met()
		var v Verdict
		switch {
		case begun:
			v = a.Step(tag, c, reply)
		case reply:
			continue
		default:
			if v = a.Begin(tag, c); v == Invalid {
				continue
			}
			if a.Met() {
				t.Fatalf("% x begins %v", b, a.state)
			}
			begun = true
		}
		if a.state == None || a.state >= NumStates {
			t.Fatalf("% x in %v: %v, now in %d", b, was, v, a.state)
		}
		if met && !a.Met() || was != Established && a.state == Established && !a.Met() {
			t.Fatalf("% x in %v: now in %v, %+v", b, was, a.state, a)
		}
		if v == Invalid && !several && a.state != was && was != None {
			t.Fatalf("% x in %v: one chunk, invalid, now in %v", b, was, a.state)
		}
		seen[a.state]++
		verdicts[v]++
	}
	return seen, verdicts
}

func FuzzAssoc(f *testing.F) {
	f.Add([]byte("\x00\x01\x08\x00\x82\x02\x04\x00\x01\x0a\x00\x00\x82\x0b\x00\x00\x01\x00\x00\x00\x01\x07\x00\x00\x82\x08\x00\x00\x01\x0e\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { follow(t, data) })
}

// TestRandom: random packets see all states and verdicts.
func TestRandom(t *testing.T) {
	var states [NumStates]int
	var verdicts [Invalid + 1]int
	data := make([]byte, 200)
	r := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		s, v := follow(t, data)
		for i, n := range s {
			states[i] += n
		}
		for i, n := range v {
			verdicts[i] += n
		}
	}
	for s := Closed; s < NumStates; s++ {
		if states[s] < 100 {
			t.Errorf("%v seen %d times", s, states[s])
		}
	}
	for v, n := range verdicts {
		if n < 100 {
			t.Errorf("verdict %d seen %d times", v, n)
		}
	}
	t.Logf("%v %v", states, verdicts)
}

// TestResume: an association of which only the state is known goes on from there, once a HEARTBEAT has shown its tags.
func TestResume(t *testing.T) {
	var a Assoc
	a.Resume(Established)
	if v := a.Step(4, chunksOf(t, 4, chunk(nil, packet.SCTPHeartbeat, 0)), false); v != Follow || a.State() != Established {
		t.Errorf("heartbeat: %v, %v", v, a.State())
	}
	if v := a.Step(4, chunksOf(t, 4, chunk(nil, packet.SCTPData, 0)), false); v != Follow {
		t.Errorf("data behind it: %v", v)
	}
	if NumStates.String() != "?" || HeartbeatSent.String() != "HEARTBEAT_SENT" {
		t.Error("names")
	}
}
