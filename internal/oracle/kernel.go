package oracle

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Kernel is a namespace whose conntrack is asked. It is for one goroutine.
type Kernel struct {
	lab      *netlab.Lab
	host     *netlab.Host
	in, out  int   // the TUN devices: packets are written to in, and lost in out
	log      *conn // receives NFLOG
	ct       *conn // asks ctnetlink
	timeouts Timeouts
	seen     []uint32
}

// settings of the namespace: all is forwarded, whatever its addresses say, and sessions are as their defaults want.
var settings = []struct{ name, value string }{
	{"ipv4/ip_forward", "1"}, {"ipv4/conf/all/rp_filter", "0"}, {"ipv4/conf/t0/rp_filter", "0"}, {"ipv4/conf/all/accept_local", "1"},
	{"ipv4/conf/all/route_localnet", "1"}, {"ipv4/conf/t0/route_localnet", "1"}, {"ipv4/conf/all/log_martians", "0"},
	{"ipv4/conf/t0/accept_source_route", "1"}, {"ipv6/conf/all/forwarding", "1"}, {"ipv6/conf/t0/accept_ra", "0"},
	{"ipv4/ipfrag_max_dist", "0"}, {"netfilter/nf_conntrack_checksum", "1"}, {"netfilter/nf_conntrack_tcp_loose", "1"}, {"netfilter/nf_conntrack_tcp_be_liberal", "0"},
	{"netfilter/nf_conntrack_tcp_max_retrans", "3"},
}

// NewKernel makes the namespace.
func NewKernel(t Timeouts) (*Kernel, error) {
	lab, err := netlab.New()
	if err != nil {
		return nil, err
	}
	k := &Kernel{lab: lab, in: -1, out: -1, timeouts: t}
	if k.host, err = lab.Host("oracle"); err == nil {
		err = k.devices()
	}
	if err == nil {
		err = k.configure()
	}
	if err == nil {
		err = k.host.Do(k.inside)
	}
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// mtu is the devices': a packet is never too big.
const mtu = 65535

func (k *Kernel) devices() (err error) {
	if k.in, err = k.host.TUN("t0"); err != nil {
		return err
	}
	if k.out, err = k.host.TUN("t1"); err != nil {
		return err
	}
	for _, name := range []string{"t0", "t1"} {
		if err := k.host.Sysctl("ipv6/conf/"+name+"/addr_gen_mode", "1"); err != nil {
			return err
		}
		if err := errors.Join(k.host.MTU(name, mtu), k.host.Up(name)); err != nil {
			return err
		}
	}
	return errors.Join(k.host.RouteDevice("0.0.0.0/0", "t1"), k.host.RouteDevice("::/0", "t1"))
}

func (k *Kernel) configure() error {
	for _, s := range settings {
		if err := k.host.Sysctl(s.name, s.value); err != nil {
			return err
		}
	}
	for name, seconds := range k.timeouts {
		if name == synSent2 {
			continue
		}
		if err := k.host.Sysctl(sysctl(name), strconv.Itoa(seconds)); err != nil {
			return err
		}
	}
	return nil
}

// inside loads the rules and opens the sockets.
func (k *Kernel) inside() (err error) {
	nft, err := program("nft")
	if err != nil {
		return err
	}
	cmd := exec.Command(nft, "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("oracle: nft: %w: %s", err, out)
	}
	if k.ct, err = dial(); err != nil {
		return err
	}
	if k.log, err = dial(); err != nil {
		return err
	}
	return k.log.listen()
}

// program finds a program where root's are, too.
func program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		return "", fmt.Errorf("oracle: no program %s; install the Debian package nftables", name)
	}
	return path, nil
}

// Flush deletes all sessions.
func (k *Kernel) Flush() error { return k.ct.flush() }

// Set sets a sysctl below net/netfilter, as nf_conntrack_tcp_loose.
func (k *Kernel) Set(name, value string) error { return k.host.Sysctl("netfilter/"+name, value) }

// Pass sends a datagram through the kernel, which is done with it when Pass returns: writing to a TUN device runs the whole
// stack. It returns the marks of what came out of conntrack: one, or none where the packet did not get so far.
func (k *Kernel) Pass(p []byte) ([]uint32, error) {
	if _, err := unix.Write(k.in, p); err != nil && !errors.Is(err, unix.EINVAL) {
		return nil, fmt.Errorf("oracle: writing %d bytes to the TUN device: %w", len(p), err)
	}
	var err error
	k.seen, err = k.log.marks(k.seen[:0])
	return k.seen, err
}

// Ask sends a packet through the kernel and reads what became of its session.
func (k *Kernel) Ask(p Packet) (a Answer, err error) {
	marks, err := k.Pass(p.Data)
	if err != nil {
		return a, err
	}
	switch len(marks) {
	case 0:
		a.Class = "unseen"
	case 1:
		a.Class, a.Reply = className(marks[0]), marks[0]&markReply != 0
	default:
		return a, fmt.Errorf("oracle: one packet was logged %d times", len(marks))
	}
	if t, ok := parse(p.whole()); ok {
		a.Info, err = k.ct.session(t, k.timeouts)
	}
	return a, err
}

// Close ends the namespace.
func (k *Kernel) Close() error {
	var errs []error
	for _, c := range []*conn{k.log, k.ct} {
		if c != nil {
			errs = append(errs, c.close())
		}
	}
	for _, fd := range []int{k.in, k.out} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(append(errs, k.lab.Close())...)
}
