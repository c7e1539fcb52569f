package oracle

// Chunks of SCTP.
const (
	chunkData = iota
	chunkInit
	chunkInitAck
	chunkSack
	chunkHeartbeat
	chunkHeartbeatAck
	chunkAbort
	chunkShutdown
	chunkShutdownAck
	chunkError
	chunkCookieEcho
	chunkCookieAck
	chunkShutdownComplete = 14
)

// sctpStory is an association from its begin to its end: who sends what.
var sctpStory = []struct {
	from int
	kind byte
}{
	{0, chunkInit}, {1, chunkInitAck}, {0, chunkCookieEcho}, {1, chunkCookieAck}, {0, chunkData}, {1, chunkSack}, {1, chunkHeartbeat},
	{0, chunkHeartbeatAck}, {0, chunkShutdown}, {1, chunkShutdownAck}, {0, chunkShutdownComplete},
}

// sctpOf is the next packet of the story, and now and then one of another place in it.
func sctpOf(t *talk, from int) []byte {
	at := (t.step - 1) % len(sctpStory)
	turn := sctpStory[at]
	if t.id%5 == 0 { // begins with a heartbeat: a second path
		turn.kind = []byte{chunkHeartbeat, chunkHeartbeatAck, chunkData, chunkHeartbeat}[at%4]
		turn.from = at % 2
	}
	if t.odd > 0 && t.r.IntN(t.odd) == 0 {
		turn.from, turn.kind = from, byte(t.r.IntN(16))
	}
	tag := t.tag[1-turn.from]
	if turn.kind == chunkInit {
		tag = 0
	}
	l4 := t.sctpHeader(turn.from, tag)
	l4 = t.chunk(l4, turn.from, turn.kind)
	for t.r.IntN(8) == 0 && turn.kind != chunkInit { // more chunks in one packet
		l4 = t.chunk(l4, turn.from, []byte{chunkData, chunkSack, chunkCookieAck, chunkError, chunkAbort, byte(t.r.IntN(16))}[t.r.IntN(6)])
	}
	t.sealed(protoSCTP, l4)
	if t.odd > 0 && t.r.IntN(2*t.odd) == 0 {
		l4[8] ^= 1
	}
	return l4
}

func (t *talk) sctpHeader(from int, tag uint32) []byte {
	if t.odd > 0 && t.r.IntN(t.odd) == 0 {
		tag = []uint32{0, t.tag[0], t.tag[1], t.r.Uint32()}[t.r.IntN(4)]
	}
	l4 := make([]byte, 12)
	be.PutUint16(l4, t.port[from])
	be.PutUint16(l4[2:], t.port[1-from])
	be.PutUint32(l4[4:], tag)
	return l4
}

// chunk adds a chunk.
func (t *talk) chunk(l4 []byte, from int, kind byte) []byte {
	body := make([]byte, 4*t.r.IntN(5))
	if kind == chunkInit || kind == chunkInitAck {
		body = be.AppendUint32(nil, t.tag[from])
		body = append(body, 0, 0, 16, 0, 0, 1, 0, 1, 0, 0, 0, 7)
	}
	flags := byte(0)
	if (kind == chunkAbort || kind == chunkShutdownComplete) && t.r.IntN(4) == 0 {
		flags = 1 // the tag is the sender's own
	}
	n := 4 + len(body)
	if t.odd > 0 && t.r.IntN(2*t.odd) == 0 {
		n = t.r.IntN(80)
	}
	return append(append(l4, kind, flags, byte(n>>8), byte(n)), body...)
}
