package flowtrack

import (
	"fmt"
	"math"

	"github.com/gvpp/gvpp/nodes/flowtrack/tcp"
)

// Settings are what an operator may choose about tracking, besides timeouts, limits and zones. The names are those of
// nf_conntrack's sysctls, without their prefix.
type Settings struct {
	TCPLoose            bool  `json:"tcp_loose"`              // connections may be picked up in mid-stream
	TCPLiberal          bool  `json:"tcp_be_liberal"`         // segments outside of windows are not invalid; resets are
	TCPIgnoreInvalidRST bool  `json:"tcp_ignore_invalid_rst"` // a reset below what was acknowledged counts
	TCPMaxRetrans       uint8 `json:"tcp_max_retrans"`        // the same segment so many times: timeout tcp_max_retrans
	Checksum            bool  `json:"checksum"`               // transport checksums are verified
}

// DefaultSettings are nf_conntrack's.
var DefaultSettings = Settings{TCPLoose: true, TCPMaxRetrans: 3, Checksum: true}

// rules are the settings as package tcp takes them.
func (s *Settings) rules() tcp.Rules {
	return tcp.Rules{Loose: s.TCPLoose, Liberal: s.TCPLiberal, IgnoreInvalidRST: s.TCPIgnoreInvalidRST, MaxRetrans: s.TCPMaxRetrans}
}

// Settings reads the settings.
func (p *Plugin) Settings() Settings { return p.published.Load().Settings }

// Set changes the settings. It holds for packets from the next vector on.
func (p *Plugin) Set(s Settings) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.published.Load()
	next.Settings, next.tcp = s, s.rules()
	p.published.Store(&next)
}

// published is what workers need of what the operator has set: immutable, loaded once per vector.
type published struct {
	Settings
	tcp   tcp.Rules
	zones *zones // nil: all traffic is in zone 0
}

// setting is one field of Settings by name, for CLI and configuration.
type setting struct {
	name string
	help string
	max  uint64
	get  func(*Settings) uint64
	set  func(*Settings, uint64)
}

// flag makes a setting of a field that is on or off.
func flag(name, help string, at func(*Settings) *bool) setting {
	return setting{name, help, 1, func(s *Settings) uint64 {
		if *at(s) {
			return 1
		}
		return 0
	}, func(s *Settings, v uint64) { *at(s) = v != 0 }}
}

var settings = []setting{
	flag("tcp_loose", "pick up TCP connections in mid-stream", func(s *Settings) *bool { return &s.TCPLoose }),
	flag("tcp_be_liberal", "do not check TCP windows", func(s *Settings) *bool { return &s.TCPLiberal }),
	flag("tcp_ignore_invalid_rst", "believe TCP resets below what was acknowledged", func(s *Settings) *bool { return &s.TCPIgnoreInvalidRST }),
	{"tcp_max_retrans", "so many repetitions of a segment begin timeout tcp_max_retrans", math.MaxUint8,
		func(s *Settings) uint64 { return uint64(s.TCPMaxRetrans) }, func(s *Settings, v uint64) { s.TCPMaxRetrans = uint8(v) }},
	flag("checksum", "verify transport checksums", func(s *Settings) *bool { return &s.Checksum }),
}

func findSetting(name string) (*setting, error) {
	var names []string
	for i := range settings {
		if settings[i].name == name {
			return &settings[i], nil
		}
		names = append(names, settings[i].name)
	}
	return nil, fmt.Errorf("flowtrack: no setting %q; there are %v", name, names)
}
