package sctp

import "github.com/gvpp/gvpp/dataplane/packet"

// move is the state that a chunk leads to. Chunks that are not named here, as DATA and SACK, move nothing.
func move(reply bool, kind uint8, s State) State {
	switch kind {
	case packet.SCTPInit, packet.SCTPInitAck, packet.SCTPAbort, packet.SCTPShutdown, packet.SCTPShutdownAck, packet.SCTPError, packet.SCTPCookieEcho, packet.SCTPCookieAck, packet.SCTPShutdownComplete, packet.SCTPHeartbeat, packet.SCTPHeartbeatAck:
	default:
		return s
	}
	if s == None {
		return first(reply, kind)
	}
	if s == HeartbeatSent {
		return onPath(reply, kind)
	}
	switch kind {
	case packet.SCTPInit:
		if !reply && (s == ShutdownSent || s == ShutdownRecd) {
			return Closed
		}
	case packet.SCTPInitAck:
		if reply && s == Closed {
			return CookieWait
		}
	case packet.SCTPAbort:
		return Closed
	case packet.SCTPShutdown:
		if s == Established {
			if reply {
				return ShutdownRecd
			}
			return ShutdownSent
		}
	case packet.SCTPShutdownAck:
		if s == ShutdownSent || s == ShutdownRecd {
			return ShutdownAckSent
		}
	case packet.SCTPError:
		if reply && s == CookieEchoed { // a stale cookie
			return Closed
		}
	case packet.SCTPCookieEcho:
		if s == CookieWait {
			return CookieEchoed
		}
	case packet.SCTPCookieAck:
		if s == CookieEchoed {
			return Established
		}
	case packet.SCTPShutdownComplete:
		if s == ShutdownAckSent {
			return Closed
		}
	}
	return s
}

// first is where the first packet leads.
func first(reply bool, kind uint8) State {
	switch {
	case reply:
		return invalid
	case kind == packet.SCTPShutdownAck:
		return ShutdownAckSent
	case kind == packet.SCTPHeartbeat:
		return HeartbeatSent
	}
	return Closed
}

// onPath is where chunks lead on a further path.
func onPath(reply bool, kind uint8) State {
	if reply {
		switch kind {
		case packet.SCTPHeartbeat:
			return HeartbeatSent
		case packet.SCTPHeartbeatAck:
			return Established
		}
		return invalid
	}
	switch kind {
	case packet.SCTPInit:
		return CookieWait
	case packet.SCTPShutdownAck:
		return ShutdownAckSent
	case packet.SCTPHeartbeat, packet.SCTPHeartbeatAck:
		return HeartbeatSent
	}
	return Closed
}
