package cli

// A key is what one key of a keyboard sends, with the ways in which terminals differ taken out: a byte for a character, or
// for a piece of one that has several; one of the following; "" for none.
type key string

const (
	keyNone      key = ""
	keyEnter     key = "\r"
	keyTab       key = "\t"
	keyErase     key = "\x7f" // Backspace
	keyUp        key = "\x1b[A"
	keyDown      key = "\x1b[B"
	keyRight     key = "\x1b[C"
	keyLeft      key = "\x1b[D"
	keyHome      key = "\x1b[H"
	keyEnd       key = "\x1b[F"
	keyDelete    key = "\x1b[3~"
	keyPageUp    key = "\x1b[5~"
	keyPageDown  key = "\x1b[6~"
	keyWordRight key = "\x1b[1;3C"
	keyWordLeft  key = "\x1b[1;3D"
	keyAltD      key = "\x1bd"

	keyCtrlC key = "\x03"
	keyCtrlD key = "\x04"
	keyCtrlF key = "\x06"
	keyCtrlE key = "\x05"
	keyCtrlG key = "\x07"
	keyCtrlK key = "\x0b"
	keyCtrlL key = "\x0c"
	keyCtrlR key = "\x12"
	keyCtrlS key = "\x13"
	keyCtrlU key = "\x15"
	keyCtrlW key = "\x17"
	keyCtrlY key = "\x19"
)

// ctrlC is the byte of keyCtrlC, where input is looked at that is not keys yet.
const ctrlC = 0x03

const escape = 0x1b

// maxSequence bounds what is kept of an escape sequence, in bytes; the known ones have up to six. A longer one is none.
const maxSequence = 16

// sequences are the keys that send more than a byte, behind the escape: as the VT100 sends them, in its application mode,
// and as the Linux console, rxvt and PuTTY do.
var sequences = map[string]key{
	"[A": keyUp, "[B": keyDown, "[C": keyRight, "[D": keyLeft, "[H": keyHome, "[F": keyEnd,
	"OA": keyUp, "OB": keyDown, "OC": keyRight, "OD": keyLeft, "OH": keyHome, "OF": keyEnd,
	"[1~": keyHome, "[7~": keyHome, "[4~": keyEnd, "[8~": keyEnd, "[3~": keyDelete, "[5~": keyPageUp, "[6~": keyPageDown,
	"[1;5C": keyWordRight, "[1;3C": keyWordRight, "Oc": keyWordRight, "f": keyWordRight,
	"[1;5D": keyWordLeft, "[1;3D": keyWordLeft, "Od": keyWordLeft, "b": keyWordLeft,
	"d": keyAltD, "\x7f": keyCtrlW, "\b": keyCtrlW, "OM": keyEnter,
}

// keyParser makes keys of bytes. The zero value is ready.
type keyParser struct {
	seq []byte // of a sequence under way, the escape included
	cr  bool   // the byte before was a carriage return
}

// feed takes a byte and returns the key that it completes.
func (p *keyParser) feed(b byte) key {
	if len(p.seq) > 0 {
		k, done := p.sequence(b)
		if !done {
			return k
		}
	}
	cr := p.cr
	p.cr = b == '\r'
	switch b {
	case 0:
		return keyNone
	case '\n':
		if cr {
			return keyNone
		}
		return keyEnter
	case escape:
		p.seq = append(p.seq, b)
		return keyNone
	case '\b', 0x7f:
		return keyErase
	}
	return key([]byte{b})
}

// sequence takes a byte behind an escape. With done the sequence was broken off and the byte stands for itself.
func (p *keyParser) sequence(b byte) (k key, done bool) {
	if b < ' ' && !(len(p.seq) == 1 && b == '\b') {
		p.seq = p.seq[:0]
		return keyNone, true
	}
	if len(p.seq) < maxSequence {
		p.seq = append(p.seq, b)
	}
	n := len(p.seq)
	switch {
	case n == 2 && (b == '[' || b == 'O'), n == 3 && b == '[': // the Linux console sends ESC [ [ A for F1
		return keyNone, false
	case n > 2 && p.seq[1] == '[' && p.seq[2] != '[' && (b < '@' || b > '~'):
		return keyNone, false
	}
	k = sequences[string(p.seq[1:])]
	p.seq = p.seq[:0]
	return k, false
}
