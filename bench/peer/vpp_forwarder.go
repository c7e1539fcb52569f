package peer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/bench/measure"
)

// VPPForwarder is VPP's af_xdp plugin: an l2 xconnect between the site's devices, both directions, one queue each; with
// VPPStateful the ACL plugin makes a session of each flow on the way. It polls, as it does by default.
func VPPForwarder(o measure.Options, site Site, f VPPFilter) Forwarder {
	name := vppName + "-xconnect"
	if f != VPPForward {
		name = vppName + "-stateful"
	}
	p, err := newVPPForwarder(o, site, f)
	if err != nil {
		return Forwarder{Name: name, Skip: err.Error()}
	}
	return Forwarder{Name: name, Start: p.resume, Stop: p.pause, Sent: p.sent, CPU: p.workerCPU, Close: p.end}
}

func newVPPForwarder(o measure.Options, site Site, f VPPFilter) (*vppProcess, error) {
	b, err := findVPP(o)
	if err == nil {
		err = b.need("af_xdp", "acl")
	}
	if err != nil {
		return nil, err
	}
	p, err := startVPP(b, vppSetting{plugins: []string{"af_xdp", "acl"}, worker: site.Core, netns: site.Host.FD(), sessions: 1 << 20})
	if err != nil {
		return nil, err
	}
	commands := []string{
		"create interface af_xdp host-if " + site.Left + " name left num-rx-queues 1",
		"create interface af_xdp host-if " + site.Right + " name right num-rx-queues 1",
		"set interface state left up",
		"set interface state right up",
		"set interface promiscuous on left",
		"set interface promiscuous on right",
		"set interface l2 xconnect left right",
		"set interface l2 xconnect right left",
	}
	if err = p.set(commands, "left", "right"); err == nil {
		err = p.filter("left", f, nil)
	}
	if err == nil {
		err = p.pause()
	}
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// sent is how many packets have left by the right device. A paused vpp is woken to say it.
func (p *vppProcess) sent() (n uint64, err error) {
	if p.stopped {
		if err := p.resume(); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, p.pause()) }()
	}
	text, err := p.run("show interface right")
	if err != nil {
		return 0, err
	}
	return parseTxPackets(text)
}

// parseTxPackets reads the "tx packets" of an interface; a counter that is 0 is not shown.
func parseTxPackets(text string) (uint64, error) {
	for _, line := range strings.Split(text, "\n") {
		if _, number, ok := strings.Cut(line, "tx packets"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("vpp: show interface: %q: %w", line, err)
			}
			return n, nil
		}
	}
	return 0, nil
}
