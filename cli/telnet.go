package cli

import (
	"encoding/binary"
	"strings"
)

// telnet takes telnet's commands out of what a client sends, a byte at a time.
type telnet struct {
	state telnetState
	sub   []byte // of the subnegotiation under way
	term  string // the terminal type, once announced

	width, height int    // of the window, once announced; 0 is unknown
	resized       func() // called when they change, if not nil
}

type telnetState uint8

const (
	telnetData    telnetState = iota
	telnetCommand             // behind IAC
	telnetOption              // behind IAC WILL, WONT, DO or DONT
	telnetSub                 // in a subnegotiation
	telnetSubIAC              // in a subnegotiation, behind IAC
)

// maxSub bounds a subnegotiation, in bytes; the rest of a longer one is dropped. Terminal types are about ten.
const maxSub = 64

// feed takes a byte and reports whether it is data.
func (t *telnet) feed(b byte) bool {
	switch t.state {
	case telnetData:
		if b != telnetIAC {
			return true
		}
		t.state = telnetCommand
	case telnetCommand:
		switch {
		case b == telnetIAC:
			t.state = telnetData
			return true
		case b == telnetSB:
			t.state, t.sub = telnetSub, t.sub[:0]
		case b >= telnetWILL:
			t.state = telnetOption
		default:
			t.state = telnetData
		}
	case telnetOption:
		t.state = telnetData
	case telnetSub:
		if b == telnetIAC {
			t.state = telnetSubIAC
		} else {
			t.keep(b)
		}
	case telnetSubIAC:
		t.endSub(b)
	}
	return false
}

func (t *telnet) keep(b byte) {
	if len(t.sub) < maxSub {
		t.sub = append(t.sub, b)
	}
}

// endSub takes the byte behind an IAC in a subnegotiation: SE ends it, another IAC stands for itself.
func (t *telnet) endSub(b byte) {
	switch b {
	case telnetSE:
		t.option()
		t.state = telnetData
	case telnetIAC:
		t.keep(b)
		t.state = telnetSub
	default:
		t.state = telnetSub
	}
}

// option takes a subnegotiation that has come whole.
func (t *telnet) option() {
	switch {
	case len(t.sub) >= 2 && t.sub[0] == optionTermType && t.sub[1] == termTypeIs:
		t.term = strings.ToValidUTF8(string(t.sub[2:]), "?")
		if t.term == "" {
			t.term = "dumb"
		}
	case len(t.sub) == 5 && t.sub[0] == optionWindow:
		t.width = int(binary.BigEndian.Uint16(t.sub[1:]))
		t.height = int(binary.BigEndian.Uint16(t.sub[3:]))
		if t.resized != nil {
			t.resized()
		}
	}
}
