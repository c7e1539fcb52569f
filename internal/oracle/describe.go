package oracle

import (
	"fmt"

	"github.com/gvpp/gvpp/internal/packetline"
)

// Describe is a datagram as a line of packetline's language.
func Describe(p []byte) string { return packetline.String(frame(p)) }

// frame is a datagram behind the header of a station.
func frame(p []byte) []byte {
	f := append([]byte(nil), ethernet[:]...)
	if len(p) > 0 && p[0]>>4 == 6 {
		f[12], f[13] = 0x86, 0xdd
	}
	return append(f, p...)
}

// Script is the datagram of such a line.
func Script(line string) ([]byte, error) {
	f, err := packetline.Build(line)
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	if len(f) < len(ethernet) {
		return nil, fmt.Errorf("oracle: no datagram in %q", line)
	}
	return f[len(ethernet):], nil
}
