package oracle

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ctnetlink: nfnetlink_conntrack.h.
const (
	subsystemCT = 1
	ctGet       = 1
	ctDelete    = 2

	ctTupleOrig = 1 // attributes of a session
	ctStatus    = 3
	ctProtoInfo = 4
	ctTimeout   = 7

	tupleIP    = 1 // of a tuple
	tupleProto = 2

	infoTCP   = 1 // of ctProtoInfo
	infoSCTP  = 3
	infoState = 1

	statusReplied = 1 << 1
	statusAssured = 1 << 2
)

// Names of states, by number.
var (
	tcpStates  = []string{"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"}
	sctpStates = []string{"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"}
)

// flush deletes all sessions.
func (c *conn) flush() error {
	c.begin(subsystemCT, ctDelete, unix.NLM_F_ACK, unix.AF_UNSPEC, 0)
	if _, err := c.ask(); err != nil {
		return fmt.Errorf("oracle: flushing conntrack: %w", err)
	}
	return nil
}

// session reads the session that a tuple belongs to.
func (c *conn) session(t tuple, names Timeouts) (i Info, err error) {
	c.beginTuple(t)
	attrs, err := c.ask()
	if errors.Is(err, unix.ENOENT) {
		return i, nil
	}
	if err != nil {
		return i, fmt.Errorf("oracle: reading session %+v: %w", t, err)
	}
	i.Alive = true
	if v := find(attrs, ctStatus); len(v) == 4 {
		status := be.Uint32(v)
		i.Replied, i.Assured = status&statusReplied != 0, status&statusAssured != 0
	}
	if v := find(attrs, ctTimeout); len(v) == 4 {
		left := int(be.Uint32(v))
		i.Left, i.Timeout = float64(left), names.name(left)
	}
	if v := find(attrs, ctProtoInfo); v != nil {
		i.State = stateName(v)
	}
	return i, nil
}

func (c *conn) beginTuple(t tuple) {
	family := uint8(unix.AF_INET)
	if t.Src.Is6() {
		family = unix.AF_INET6
	}
	c.begin(subsystemCT, ctGet, 0, family, 0)
	whole := c.nest(ctTupleOrig)
	ip := c.nest(tupleIP)
	if t.Src.Is4() {
		src, dst := t.Src.As4(), t.Dst.As4()
		c.attr(1, src[:]...)
		c.attr(2, dst[:]...)
	} else {
		src, dst := t.Src.As16(), t.Dst.As16()
		c.attr(3, src[:]...)
		c.attr(4, dst[:]...)
	}
	c.unnest(ip)
	proto := c.nest(tupleProto)
	c.attr(1, t.Proto)
	if t.Ports {
		c.attr(2, byte(t.SPort>>8), byte(t.SPort))
		c.attr(3, byte(t.DPort>>8), byte(t.DPort))
	}
	if t.ICMP {
		first := uint16(4)
		if t.Proto == protoICMPv6 {
			first = 7
		}
		c.attr(first, byte(t.ID>>8), byte(t.ID))
		c.attr(first+1, t.Type)
		c.attr(first+2, t.Code)
	}
	c.unnest(proto)
	c.unnest(whole)
}

func stateName(info []byte) string {
	names := tcpStates
	v := find(info, infoTCP)
	if v == nil {
		v, names = find(info, infoSCTP), sctpStates
	}
	if s := find(v, infoState); len(s) == 1 && int(s[0]) < len(names) {
		return names[s[0]]
	}
	return ""
}
