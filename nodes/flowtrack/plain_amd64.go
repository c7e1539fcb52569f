//go:build !race

package flowtrack

import (
	"os"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/flow"
	"github.com/gvpp/gvpp/dataplane/packet"
)

// havePlain reports whether plain4BMI2 may be used: the processor can, and GVPP_NOASM=1 does not forbid it.
var havePlain = cpu.X86.HasBMI2 && os.Getenv("GVPP_NOASM") != "1"

// plain4BMI2 checks the transport headers of plain IPv4 packets and makes their keys, from bufs on, until one that is not
// plain. keys and at have room for n. It returns how many they are. See plain_amd64.s.
//
//go:noescape
func plain4BMI2(meta, mem unsafe.Pointer, shift uint, bufs *uint32, n int, keys *flow.Key4, at *uint8, first int, sums bool) (done int)

// What plain_amd64.s must know of metadata and flags.
const (
	metaOff   = unsafe.Offsetof(buffer.Meta{}.Off)
	metaL3    = unsafe.Offsetof(buffer.Meta{}.L3)
	metaL4    = unsafe.Offsetof(buffer.Meta{}.L4)
	metaEnd   = unsafe.Offsetof(buffer.Meta{}.End)
	metaProto = unsafe.Offsetof(buffer.Meta{}.Proto)
	metaFacts = unsafe.Offsetof(buffer.Meta{}.IsIP4) // 8 bytes, up to LaterFragment
	metaFlags = unsafe.Offsetof(buffer.Meta{}.Flags)

	plainFacts  = 1 | 1<<16 | 1<<24 // IsIP4, HasProto, HasPorts
	flagLooked  = buffer.FlagLooked
	flagsFound  = buffer.FlagLooked | buffer.FlagSessions
	tcpFlagMask = packet.TCPFlagMask
	tcpFlagSets = packet.TCPFlagSets
)

// The facts are where they are said to be, and a packet's metadata are 64 bytes.
var _ [unsafe.Offsetof(buffer.Meta{}.HasTCPFlags) - metaFacts - 4]byte
var _ [metaFacts + 4 - unsafe.Offsetof(buffer.Meta{}.HasTCPFlags)]byte
var _ [unsafe.Offsetof(buffer.Meta{}.LaterFragment) - metaFacts - 7]byte
var _ [unsafe.Sizeof(buffer.Meta{}) - 64]byte
var _ [1 - buffer.FlagReversed]byte // the borrow is the flag
var _ [buffer.FlagReversed - 1]byte
