package peer

import (
	"fmt"
	"strconv"
	"time"
)

// cechoBatch is how many packets the C forwarder takes from a port in a pass, as many as gvpp.
const cechoBatch = 256

// CEcho is a plain forwarder in C on AF_XDP sockets: what a packet costs that nobody looks at.
func CEcho(s Site) Forwarder {
	f := Forwarder{Name: "c-echo"}
	path, err := program{source: "cecho.c"}.build()
	if err != nil {
		f.Skip = err.Error()
		return f
	}
	c, err := startChild(s.Host.Do, path, s.Left, s.Right, strconv.Itoa(s.Core), strconv.Itoa(cechoBatch))
	if err == nil {
		if _, err = c.answer(); err != nil {
			_ = c.Close()
		}
	}
	if err != nil {
		f.Skip = err.Error()
		return f
	}
	f.Close = c.Close
	f.Sent = func() (uint64, error) {
		sent, _, err := askCount(c)
		return sent, err
	}
	f.CPU = func() (time.Duration, error) {
		_, cpu, err := askCount(c)
		return cpu, err
	}
	return f
}

// askCount asks a forwarder for what it has sent and what that has cost.
func askCount(c *child) (sent uint64, cpu time.Duration, err error) {
	said, err := c.ask("count")
	if err != nil {
		return 0, 0, err
	}
	return parseCount(said)
}

// parseCount reads "PACKETS NANOSECONDS".
func parseCount(line string) (sent uint64, cpu time.Duration, err error) {
	var ns int64
	if n, err := fmt.Sscanf(line+"\n", "%d %d\n", &sent, &ns); n != 2 || err != nil || ns < 0 {
		return 0, 0, fmt.Errorf("%q: want packets and nanoseconds", line)
	}
	return sent, time.Duration(ns), nil
}
