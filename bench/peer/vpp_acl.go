package peer

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gvpp/gvpp/bench/tuplemerge"
)

// VPPFilter is what VPP does with a packet besides forwarding it.
type VPPFilter int

// The filters.
const (
	VPPForward   VPPFilter = iota // nothing
	VPPStateless                  // the ACL plugin looks at the rules for each packet
	VPPStateful                   // the ACL plugin makes a session (permit+reflect) and looks for it first
)

// aclNode is where the ACL plugin spends its clocks on a packet that comes in.
const aclNode = "acl-plugin-in-ip4-fa"

// Sizes of the ACL plugin's tables. Its 65,536 buckets as shipped make 1 M sessions half as slow again: a bucket a session is
// the fair setting.
const (
	aclBucketsLeast = 1 << 20
	aclHashMemory   = "4g" // address space until it is used
)

// aclStanza sizes the session table. Idle time is an argument of a CLI command, see aclTimeout.
func aclStanza(sessions int) string {
	buckets := aclBucketsLeast
	for buckets < sessions {
		buckets *= 2
	}
	return fmt.Sprintf("acl-plugin { connection hash buckets %d connection hash memory %s connection count max %d }",
		buckets, aclHashMemory, max(1_000_000, sessions+sessions/8))
}

// aclTimeout keeps sessions alive while other subjects are measured.
const aclTimeout = "set acl-plugin session timeout udp idle 86400"

// aclCommand makes the CLI command that adds the rules, and behind them one that matches all, as one ACL. All permit.
func aclCommand(rules []tuplemerge.Rule, f VPPFilter) string {
	action := "permit"
	if f == VPPStateful {
		action = "permit+reflect"
	}
	var c strings.Builder
	c.WriteString("set acl-plugin acl ")
	for i := range rules {
		c.WriteString(action)
		writeACLRule(&c, &rules[i])
		c.WriteString(", ")
	}
	c.WriteString(action + " src 0.0.0.0/0 dst 0.0.0.0/0")
	return c.String()
}

func writeACLRule(c *strings.Builder, r *tuplemerge.Rule) {
	fmt.Fprintf(c, " src %s dst %s", ip4Prefix(r.Src, r.SrcBits), ip4Prefix(r.Dst, r.DstBits))
	if r.Proto > 0 {
		fmt.Fprintf(c, " proto %d", r.Proto)
	}
	if r.Ports {
		fmt.Fprintf(c, " sport %d-%d dport %d-%d", r.SportLo, r.SportHi, r.DportLo, r.DportHi)
	}
	if r.FlagsMask != 0 {
		fmt.Fprintf(c, " tcpflags %d %d", r.FlagsValue, r.FlagsMask)
	}
}

func ip4Prefix(a uint32, bits uint8) netip.Prefix {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.PrefixFrom(netip.AddrFrom4(b), int(bits))
}

// filter puts the ACL on an interface's input.
func (p *vppProcess) filter(iface string, f VPPFilter, rules []tuplemerge.Rule) error {
	if f == VPPForward {
		return nil
	}
	if err := p.execute(aclCommand(rules, f)); err != nil {
		return err
	}
	index, err := p.lastACL(len(rules) + 1)
	if err != nil {
		return err
	}
	return p.set([]string{aclTimeout, fmt.Sprintf("set acl-plugin interface %s input acl %d", iface, index)})
}

// lastACL is the highest index of an ACL, which is to have count rules: `exec` does not pass on what its commands say.
func (p *vppProcess) lastACL(count int) (index int, err error) {
	text, err := p.run("show acl-plugin acl")
	if err != nil {
		return 0, err
	}
	index, n := parseLastACL(text)
	if n != count {
		return 0, fmt.Errorf("vpp: ACL %d has %d rules, not %d; it said %q", index, n, count, p.lastWords())
	}
	return index, nil
}

// parseLastACL reads "acl-index 0 count 1 tag {cli}"; -1 and 0 stand for no ACL.
func parseLastACL(text string) (index, count int) {
	index = -1
	for _, line := range strings.Split(text, "\n") {
		var i, n int
		if k, _ := fmt.Sscanf(line, "acl-index %d count %d", &i, &n); k == 2 && i > index {
			index, count = i, n
		}
	}
	return index, count
}

// aclSessions is how many sessions the plugin has.
func (p *vppProcess) aclSessions() (int, error) {
	text, err := p.run("show acl-plugin sessions")
	if err != nil {
		return 0, err
	}
	return parseSessions(text)
}

// parseSessions reads "Sessions total: add 1000 - del 0 = 1000".
func parseSessions(text string) (n int, err error) {
	for _, line := range strings.Split(text, "\n") {
		var added, deleted int
		if k, _ := fmt.Sscanf(strings.TrimSpace(line), "Sessions total: add %d - del %d = %d", &added, &deleted, &n); k == 3 {
			return n, nil
		}
	}
	return 0, &vppError{"show acl-plugin sessions", text}
}
