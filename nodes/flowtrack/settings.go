package flowtrack

import (
	"fmt"
	"math"
	"strconv"
	"strings"

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
func (p *Plugin) Set(s Settings) { p.change(func(old *Settings) { *old = s }) }

// SetByName changes a setting by its name; one that is on or off is 1 or 0.
func (p *Plugin) SetByName(name string, value uint64) error {
	k, err := findSetting(name)
	if err != nil {
		return err
	}
	if value > k.max {
		return fmt.Errorf("flowtrack: %s %d: want 0 to %d", k.name, value, k.max)
	}
	p.change(func(s *Settings) { k.set(s, value) })
	return nil
}

func (p *Plugin) change(how func(*Settings)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.published.Load()
	how(&next.Settings)
	next.tcp = next.Settings.rules()
	p.published.Store(&next)
}

// published is what workers need of what the operator has set: immutable, loaded once per vector.
type published struct {
	Settings
	tcp     tcp.Rules
	zones   *zones  // nil: all traffic is in zone 0
	limits  *limits // nil: none
	helpers attachments
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

// findSetting finds a setting by name, hyphens and capitals as one likes.
func findSetting(name string) (*setting, error) {
	plain := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for i := range settings {
		if settings[i].name == plain {
			return &settings[i], nil
		}
	}
	return nil, fmt.Errorf("flowtrack: no setting %q; there are %s", name, strings.Join(settingNames(), ", "))
}

func settingNames() (names []string) {
	for i := range settings {
		names = append(names, settings[i].name)
	}
	return names
}

// parse reads a value: a number, or on and off and the like for a setting that is that.
func (k *setting) parse(word string) (uint64, error) {
	if n, err := strconv.ParseUint(word, 10, 64); err == nil && n <= k.max {
		return n, nil
	}
	if k.max > 1 {
		return 0, fmt.Errorf("%s: expected a number from 0 to %d, got %q", k.name, k.max, word)
	}
	switch strings.ToLower(word) {
	case "on", "yes", "true", "enable":
		return 1, nil
	case "off", "no", "false", "disable":
		return 0, nil
	}
	return 0, fmt.Errorf("%s: expected 1 or 0, on or off, got %q", k.name, word)
}
