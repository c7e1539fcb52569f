package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// serveFrames serves a gvppctl.
func (c *session) serveFrames(ctx context.Context) {
	if writeFrame(c.raw, frameHello, []byte(protocolVersion)) != nil {
		return
	}
	for {
		c.conn.SetReadDeadline(time.Now().Add(c.s.cfg.IdleTimeout))
		kind, payload, err := readFrame(c.in)
		if errors.Is(err, errFrame) {
			c.fail(err)
		}
		if err != nil {
			return
		}
		switch kind {
		case frameRun, frameRunJSON:
			err = c.runFramed(ctx, string(payload), kind == frameRunJSON)
		case frameComplete:
			err = writeFrame(c.raw, frameWords, c.candidates(string(payload)))
		default:
			err = c.fail(fmt.Errorf("unknown request %q: this gvpp speaks %q", kind, protocolVersion))
		}
		if err != nil {
			return
		}
	}
}

// runFramed runs a line; the error it returns is the connection's.
func (c *session) runFramed(ctx context.Context, line string, json bool) error {
	out := bufio.NewWriterSize(frames{c.raw}, outSize)
	err := c.run(ctx, line, json, out, true)
	if err := out.Flush(); err != nil {
		return err
	}
	if err != nil {
		return c.fail(err)
	}
	return writeFrame(c.raw, frameOK, nil)
}

// fail sends the error of a command.
func (c *session) fail(err error) error {
	text := []byte(err.Error())
	return writeFrame(c.raw, frameError, text[:min(len(text), maxFrame)])
}

// candidates returns the completions of the line that fit a frame.
func (c *session) candidates(line string) []byte {
	list := strings.Join(c.s.cfg.Tree.Complete(line), "\n")
	if len(list) > maxFrame {
		list = list[:strings.LastIndexByte(list[:maxFrame], '\n')+1]
	}
	return []byte(list)
}
