package oracle

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// NFLOG: nfnetlink_log.h.
const (
	subsystemLog = 4
	logPacket    = 0
	logConfig    = 1

	logCommand   = 1 // attributes of logConfig
	logMode      = 2
	logThreshold = 5
	commandBind  = 1
	copyMeta     = 1

	logMark = 2 // attribute of logPacket
)

// Marks that the rules give packets: one bit a class, and the direction.
const (
	markInvalid = 1 << iota
	markNew
	markEstablished
	markRelated
	markUntracked
	markReply
)

const logGroup = 7

// rules are what nft loads. The chain dropped serves to try what a rule's drop does to a session.
const rules = `table inet oracle {
	chain seen {
		type filter hook prerouting priority mangle; policy accept;
		iifname != "t0" return
		meta mark set ct state map { invalid : 1, new : 2, established : 4, related : 8, untracked : 16 }
		ct direction reply meta mark set meta mark or 32
		log group 7 queue-threshold 1
	}
	chain dropped {
		type filter hook forward priority filter; policy accept;
		meta l4proto { tcp, udp } th dport 6666 drop
	}
}
`

// listen makes c receive a message for each packet of the log group, as it passes.
func (c *conn) listen() error {
	c.begin(subsystemLog, logConfig, unix.NLM_F_ACK, unix.AF_UNSPEC, logGroup)
	c.attr(logCommand, commandBind)
	if _, err := c.ask(); err != nil {
		return fmt.Errorf("oracle: NFLOG, binding group %d: %w", logGroup, err)
	}
	c.begin(subsystemLog, logConfig, unix.NLM_F_ACK, unix.AF_UNSPEC, logGroup)
	c.attr(logMode, 0, 0, 0, 0, copyMeta, 0)
	c.attr(logThreshold, 0, 0, 0, 1)
	if _, err := c.ask(); err != nil {
		return fmt.Errorf("oracle: NFLOG, setting up group %d: %w", logGroup, err)
	}
	return nil
}

// marks takes the marks of the packets that were logged since the last call.
func (c *conn) marks(into []uint32) ([]uint32, error) {
	for {
		m, err := c.receive(unix.MSG_DONTWAIT)
		if m == nil || err != nil {
			return into, err
		}
		for ; len(m) >= headerLen; m = m[min(aligned(length(m)), len(m)):] {
			if binary.NativeEndian.Uint16(m[4:]) != subsystemLog<<8|logPacket {
				continue
			}
			mark := uint32(0)
			if v := find(m[headerLen:length(m)], logMark); len(v) == 4 {
				mark = binary.BigEndian.Uint32(v)
			}
			into = append(into, mark)
		}
	}
}

// className is the class that a mark stands for.
func className(mark uint32) string {
	switch {
	case mark&markInvalid != 0:
		return "invalid"
	case mark&markNew != 0:
		return "new"
	case mark&markEstablished != 0:
		return "established"
	case mark&markRelated != 0:
		return "related"
	case mark&markUntracked != 0:
		return "untracked"
	}
	return fmt.Sprintf("mark %#x", mark)
}
