package oracle

import (
	"math/rand/v2"
	"strconv"

	"github.com/gvpp/gvpp/nodes/flowtrack"
)

// AnySettings are settings of the tracker as an operator might choose them.
func AnySettings(r *rand.Rand) flowtrack.Settings {
	return flowtrack.Settings{
		TCPLoose: r.IntN(2) == 0, TCPLiberal: r.IntN(3) == 0, TCPIgnoreInvalidRST: r.IntN(2) == 0,
		TCPMaxRetrans: uint8(r.IntN(5)), Checksum: r.IntN(3) > 0,
	}
}

// Set chooses settings on both sides.
func (m *Match) Set(s flowtrack.Settings) error {
	m.settings = s
	m.graph.trk.Set(s)
	return m.setKernel()
}

// setKernel tells the kernel the settings.
func (m *Match) setKernel() error {
	s := m.settings
	flag := map[bool]string{false: "0", true: "1"}
	for _, set := range []struct{ name, value string }{
		{"tcp_loose", flag[s.TCPLoose]}, {"tcp_be_liberal", flag[s.TCPLiberal]}, {"tcp_ignore_invalid_rst", flag[s.TCPIgnoreInvalidRST]},
		{"tcp_max_retrans", strconv.Itoa(int(s.TCPMaxRetrans))}, {"checksum", flag[s.Checksum]},
	} {
		if err := m.kernel.Set("nf_conntrack_"+set.name, set.value); err != nil {
			return err
		}
	}
	return nil
}
