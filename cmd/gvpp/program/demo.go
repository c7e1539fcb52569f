package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/internal/netlab"
)

type demoCommand struct {
	Replay bool `help:"Tell the story with captures instead of live hosts: what happens by itself without root."`
}

// Help is the part of --help that goes beyond the flags.
func (c *demoCommand) Help() string {
	return `Makes four hosts out of network namespaces and runs gvpp between them. The hosts' kernels send the packets: ping, TCP and UDP.
Every mark ✓ or ✗ is measured; the exit code is 1 if there is a ✗. Nothing of this machine's own network is touched, and
nothing is left behind, after Ctrl-C and kill -9 too.

Live it needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF) and Linux 5.10. Without them, the same rules decide
about packets out of captures. NO_COLOR turns colour off.`
}

// Run tells the story, live where that is possible.
func (c *demoCommand) Run(ctx context.Context, s *streams) error {
	t := newStory(s.out)
	why := "as asked for by --replay"
	if !c.Replay {
		why = demoObstacle()
	}
	if why == "" {
		err := liveDemo(ctx, t)
		if !errors.As(err, new(cannotLive)) || ctx.Err() != nil {
			return t.end(ctx, err)
		}
		why = err.Error()
	}
	return t.end(ctx, replayDemo(ctx, t, why))
}

// cannotLive is why this machine cannot have live hosts, found out on the way.
type cannotLive struct{ error }

func (c cannotLive) Unwrap() error { return c.error }

// demoObstacle is what keeps the demo from running live, with the remedy; "" if nothing is known to.
func demoObstacle() string {
	if missing := missingCapabilities(); len(missing) > 0 {
		return fmt.Sprintf("live hosts need %s, which this process (uid %d) has not got; try sudo gvpp demo", strings.Join(missing, ", "), os.Geteuid())
	}
	for _, f := range afxdp.Doctor("lo") {
		if f.Severity == afxdp.Fail && (f.Check == "kernel" || f.Check == "XDP program" || f.Check == "AF_XDP socket") {
			return fmt.Sprintf("live hosts need AF_XDP; %s: %s; %s", f.Check, f.Cause, f.Remedy)
		}
	}
	l, err := netlab.New()
	if err != nil {
		return fmt.Sprintf("live hosts need network namespaces: %v", err)
	}
	l.Close()
	return ""
}

// missingCapabilities are those that this process would need for namespaces and AF_XDP and has not got.
func missingCapabilities() (names []string) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return nil // then the attempt will tell
	}
	has := func(c uint) bool { return data[c/32].Effective&(1<<(c%32)) != 0 }
	for _, c := range []struct {
		bit  uint
		name string
	}{{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {unix.CAP_NET_RAW, "CAP_NET_RAW"}, {unix.CAP_BPF, "CAP_BPF"}} {
		if !has(c.bit) && (c.bit != unix.CAP_BPF || !has(unix.CAP_SYS_ADMIN)) { // before CAP_BPF there was CAP_SYS_ADMIN
			names = append(names, c.name)
		}
	}
	return names
}
