package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The protocol of the CLI socket. The server opens with telnet negotiation, as VPP does, in one write: vppctl understands a
// telnet command only when it finds it whole in one read of 100 bytes. The client answers with its terminal type, which
// chooses how the session goes on (doc.go). A gvppctl need not wait for the opening to answer it.
//
// With gvppctl both sides then send frames, starting with the server's hello:
//
//	type u8 | length u32, big endian | payload of that length
//
// The client sends one request at a time: a line to run or to complete. The server answers a run with any number of output
// frames and one ok or error frame, and a completion with one candidates frame. Closing the connection cancels the command
// that is running.
const (
	frameRun      = 'x' // client: a line to run for text
	frameRunJSON  = 'j' // client: a line to run for JSON
	frameComplete = 'c' // client: a line to complete
	frameHello    = 'h' // server: protocolVersion
	frameOutput   = 'o' // server: a piece of output
	frameOK       = 'k' // server: the command has succeeded
	frameError    = 'e' // server: the command has failed; the error's text
	frameWords    = 'w' // server: candidates, one a line
)

const protocolVersion = "gvpp cli 1"

// maxFrame bounds a payload, in bytes: a command line fits. Longer output takes several frames.
const maxFrame = maxLine

// Terminal types that mean a program, not a terminal.
const (
	termVppctl  = "vppctl"
	termGvppctl = "gvppctl"
)

// Telnet's bytes, RFC 854 and after.
const (
	telnetSE   = 0xf0
	telnetSB   = 0xfa
	telnetWILL = 0xfb
	telnetWONT = 0xfc
	telnetDO   = 0xfd
	telnetDONT = 0xfe
	telnetIAC  = 0xff

	optionEcho     = 1
	optionSGA      = 3
	optionTermType = 24
	optionWindow   = 31
	optionLineMode = 34

	termTypeIs   = 0
	termTypeSend = 1
)

// opening is what VPP sends first: no line mode, no go-ahead, the server echoes, and which terminal of what size is it?
var opening = []byte{
	telnetIAC, telnetWONT, optionLineMode,
	telnetIAC, telnetDONT, optionLineMode,
	telnetIAC, telnetWILL, optionSGA,
	telnetIAC, telnetDO, optionSGA,
	telnetIAC, telnetWILL, optionEcho,
	telnetIAC, telnetDONT, optionEcho,
	telnetIAC, telnetDO, optionTermType,
	telnetIAC, telnetSB, optionTermType, termTypeSend, telnetIAC, telnetSE,
	telnetIAC, telnetDO, optionWindow,
	telnetIAC, telnetSB, optionWindow, termTypeSend, telnetIAC, telnetSE,
}

// answer announces a terminal type.
func answer(term string) []byte {
	b := []byte{telnetIAC, telnetSB, optionTermType, termTypeIs}
	b = append(b, term...)
	return append(b, telnetIAC, telnetSE)
}

var errFrame = errors.New("frame too long")

// writeFrame writes a frame in one Write.
func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("%w: %d bytes, the limit is %d", errFrame, len(payload), maxFrame)
	}
	b := make([]byte, 5, 5+len(payload))
	b[0] = kind
	binary.BigEndian.PutUint32(b[1:], uint32(len(payload)))
	_, err := w.Write(append(b, payload...))
	return err
}

// readFrame reads a frame. It allocates for a payload only after it has judged its length.
func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("%w: %d bytes, the limit is %d", errFrame, n, maxFrame)
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return head[0], payload, nil
}
