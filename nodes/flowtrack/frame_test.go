package flowtrack_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/internal/packetline"
)

// short are words at the beginning of a story's line, for what they stand for.
var short = map[string]string{
	"ab":  "tcp 10.0.0.1:1000 > 10.0.0.2:80 ",
	"ba":  "tcp 10.0.0.2:80 > 10.0.0.1:1000 ",
	"sab": "sctp 10.0.0.1:5 > 10.0.0.2:6 id ",
	"sba": "sctp 10.0.0.2:6 > 10.0.0.1:5 id ",
}

// frameOf is the packet of a line, in packetline's words and besides, at the end:
//
//	(scale 7 sack)               TCP options: of a SYN,
//	(blocks 300-400 500-600)     and selective acknowledgements; any other numbers are bytes
//	(init 9, data)               SCTP chunks by name; init and init_ack with their tag, a "+" behind a name sets flag 1
func frameOf(line string) []byte {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if long, ok := short[word]; ok {
		line = long + rest
	}
	at := strings.IndexByte(line, '(')
	if at < 0 {
		return packetline.MustBuild(line)
	}
	inside, behind, _ := strings.Cut(line[at+1:], ")")
	if strings.HasPrefix(line, "sctp") {
		return packetline.MustBuild(line[:at] + "data " + hex.EncodeToString(chunks(inside)) + behind)
	}
	return withOptions(line[:at]+behind, options(inside))
}

// withOptions is the frame of a TCP line with options: they are built as data, and the offset of the data is moved behind them.
func withOptions(line string, o []byte) []byte {
	data := hex.EncodeToString(o)
	if i := strings.Index(line, " len "); i >= 0 {
		word := strings.Fields(line[i+5:])[0]
		n, err := strconv.Atoi(word)
		if err != nil {
			panic(err)
		}
		line = line[:i] + strings.Replace(line[i:], " len "+word, fmt.Sprintf(" len %d", n+len(o)), 1)
	}
	frame := packetline.MustBuild(line + " data " + data)
	head := 34
	if frame[12] == 0x86 {
		head = 54
	}
	frame[head+12] += byte(len(o) / 4 << 4)
	sum := uint32(^binary.BigEndian.Uint16(frame[head+16:])) + uint32(len(o)/4)<<12
	binary.BigEndian.PutUint16(frame[head+16:], ^uint16(sum>>16+sum&0xffff))
	return frame
}

// options are TCP options by their words, ended by NOPs.
func options(text string) (o []byte) {
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "scale":
			i++
			o = append(o, 3, 3, byte(number(words[i])))
		case "sack":
			o = append(o, 4, 2)
		case "blocks":
			o = append(o, 5, byte(2+8*(len(words)-i-1)))
			for i++; i < len(words); i++ {
				from, to, _ := strings.Cut(words[i], "-")
				o = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(o, number(from)), number(to))
			}
		default:
			o = append(o, byte(number(words[i])))
		}
	}
	for len(o)%4 != 0 {
		o = append(o, 1)
	}
	return o
}

func number(word string) uint32 {
	n, err := strconv.ParseUint(word, 0, 32)
	if err != nil {
		panic(err)
	}
	return uint32(n)
}

var chunkTypes = map[string]byte{
	"data": 0, "init": 1, "init_ack": 2, "sack": 3, "heartbeat": 4, "heartbeat_ack": 5, "abort": 6, "shutdown": 7, "shutdown_ack": 8,
	"error": 9, "cookie_echo": 10, "cookie_ack": 11, "shutdown_complete": 14,
}

// chunks are SCTP chunks by their names.
func chunks(text string) (c []byte) {
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		name, flag := strings.CutSuffix(words[0], "+")
		kind, ok := chunkTypes[name]
		if !ok {
			panic("no chunk " + name)
		}
		body := make([]byte, 4)
		if len(words) > 1 {
			body = append(binary.BigEndian.AppendUint32(nil, number(words[1])), make([]byte, 12)...)
		}
		flags := byte(0)
		if flag {
			flags = 1
		}
		c = append(c, kind, flags, 0, byte(4+len(body)))
		c = append(c, body...)
	}
	return c
}
