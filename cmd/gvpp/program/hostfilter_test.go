package program

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/gvpp/gvpp/internal/netlab"
)

// filterLab is a host with a NIC and somebody outside, who is also its router.
type filterLab struct {
	*testing.T
	program       string
	host, outside *netlab.Host
	state         string        // directory of the journal and of the CLI socket
	longest       time.Duration // that the host was not reached
}

func newFilterLab(t *testing.T, program string) *filterLab {
	t.Helper()
	l, err := netlab.New()
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	f := &filterLab{T: t, program: program, state: t.TempDir()}
	f.host, err = l.Host("host")
	must(t, err)
	f.outside, err = l.Host("outside")
	must(t, err)
	must(t, l.Pair(
		netlab.End{Host: f.host, Name: "nic", MAC: net.HardwareAddr{2, 0, 0, 0, 1, 2}, Addrs: []string{"10.1.0.2/24", "10.1.0.3/24", "fd01::2/64"}},
		netlab.End{Host: f.outside, Name: "eth0", MAC: net.HardwareAddr{2, 0, 0, 0, 1, 1}, Addrs: []string{"10.1.0.1/24", "fd01::1/64"}}))
	must(t, f.host.Route("default", "10.1.0.1"))
	must(t, f.host.Route("10.7.0.0/16", "10.1.0.1"))
	must(t, f.host.Route("fd07::/64", "fd01::1"))
	must(t, f.host.Neighbour("nic", "10.1.0.9", net.HardwareAddr{2, 0, 0, 0, 1, 9}))
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dump is all that the filter could have changed, a line each.
func (f *filterLab) dump() (lines []string) {
	f.Helper()
	must(f.T, f.host.Do(func() error {
		links, err := netlink.LinkList()
		must(f.T, err)
		for _, l := range links {
			a := l.Attrs()
			lines = append(lines, fmt.Sprintf("link %d %s %v mtu %d flags %v master %d xdp %v", a.Index, a.Name, a.HardwareAddr, a.MTU, a.Flags, a.MasterIndex, a.Xdp.Attached))
			addrs, err := netlink.AddrList(l, netlink.FAMILY_ALL)
			must(f.T, err)
			for _, x := range addrs {
				lines = append(lines, fmt.Sprintf("address %s %v label %q flags %x scope %d lifetimes %d %d", a.Name, x.IPNet, x.Label, x.Flags, x.Scope, x.ValidLft, x.PreferedLft))
			}
			neigh, err := netlink.NeighList(a.Index, netlink.FAMILY_ALL)
			must(f.T, err)
			for _, n := range neigh {
				if n.State == netlink.NUD_PERMANENT {
					lines = append(lines, fmt.Sprintf("neighbour %s %v %v", a.Name, n.IP, n.HardwareAddr))
				}
			}
			for _, name := range []string{"ipv6/conf/%s/disable_ipv6", "ipv6/conf/%s/addr_gen_mode", "ipv6/conf/%s/accept_dad", "ipv4/conf/%s/rp_filter"} {
				path := fmt.Sprintf("/proc/sys/net/"+name, a.Name)
				v, _ := os.ReadFile(path)
				lines = append(lines, path+" "+strings.TrimSpace(string(v)))
			}
		}
		switches, _ := filepath.Glob("/proc/sys/net/bridge/*")
		for _, path := range switches {
			v, _ := os.ReadFile(path)
			lines = append(lines, path+" "+strings.TrimSpace(string(v)))
		}
		list, err := netlink.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{}, netlink.RT_FILTER_TABLE) // all tables
		must(f.T, err)
		for _, r := range list {
			lines = append(lines, fmt.Sprintf("route %v", r))
		}
		return nil
	}))
	slices.Sort(lines)
	return lines
}

func (f *filterLab) same(before []string) {
	f.Helper()
	now := f.dump()
	for _, l := range before {
		if !slices.Contains(now, l) {
			f.Errorf("gone:  %s", l)
		}
	}
	for _, l := range now {
		if !slices.Contains(before, l) {
			f.Errorf("added: %s", l)
		}
	}
	if files, _ := filepath.Glob(f.state + "/host-filter*"); len(files) > 0 {
		f.Errorf("journal left: %v", files)
	}
}

// hostFilter is `gvpp host-filter` under way.
type hostFilter struct {
	*exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
	done chan struct{}
}

func (h *hostFilter) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *hostFilter) output() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// start runs gvpp host-filter nic with further words inside the host.
func (f *filterLab) start(words ...string) *hostFilter {
	f.Helper()
	h := &hostFilter{done: make(chan struct{})}
	args := append([]string{"host-filter", "--state", f.state}, words...)
	if words[0] != "--undo" {
		args = append(args, "unix", "{", "cli-listen", f.state+"/cli.sock", "}")
	}
	h.Cmd = exec.Command(f.program, args...)
	h.Stdout, h.Stderr = h, h
	h.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		defer close(h.done)
		_ = f.host.Do(func() error {
			err := h.Start()
			started <- err
			if err == nil {
				err = h.Wait()
			}
			return err
		})
	}()
	must(f.T, <-started)
	f.Cleanup(func() { h.Process.Kill(); <-h.done })
	return h
}

// run waits for its end and returns the exit code.
func (f *filterLab) run(words ...string) (code int, output string) {
	f.Helper()
	h := f.start(words...)
	return f.wait(h), h.output()
}

func (f *filterLab) wait(h *hostFilter) int {
	f.Helper()
	select {
	case <-h.done:
	case <-time.After(15 * time.Second):
		f.Fatalf("it does not end:\n%s", h.output())
	}
	return h.ProcessState.ExitCode()
}

func (f *filterLab) waitFor(h *hostFilter, text string) {
	f.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.Contains(h.output(), text) {
			return
		}
		select {
		case <-h.done:
			f.Fatalf("it ended without %q:\n%s", text, h.output())
		default:
		}
	}
	f.Fatalf("%q does not come:\n%s", text, h.output())
}

// probes is a stream of numbered datagrams to an echo server.
type probes struct {
	conn net.Conn
	stop chan struct{}
	wg   sync.WaitGroup
	read chan struct{} // closed when the reader and the server have ended
	sent uint32
	mu   sync.Mutex
	back map[uint32]bool // guarded by mu
}

const probeEvery = 2 * time.Millisecond

func (f *filterLab) probe(from, to *netlab.Host, address string) *probes {
	f.Helper()
	end, err := to.ServeUDPEcho(address)
	must(f.T, err)
	c, err := from.Dial("udp", address, time.Second)
	must(f.T, err)
	p := &probes{conn: c, stop: make(chan struct{}), read: make(chan struct{}), back: map[uint32]bool{}}
	p.wg.Go(func() {
		t := time.NewTicker(probeEvery)
		defer t.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-t.C:
				c.Write(binary.BigEndian.AppendUint32(nil, p.sent))
				p.sent++
			}
		}
	})
	go func() {
		defer close(p.read)
		defer end()
		b := make([]byte, 8)
		for {
			n, err := c.Read(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if n == 4 {
				p.mu.Lock()
				p.back[binary.BigEndian.Uint32(b)] = true
				p.mu.Unlock()
			}
		}
	}()
	return p
}

// end is, of a stream that has been stopped, how many were sent and lost, and the longest row of losses as time.
func (p *probes) end() (sent, lost int, longest time.Duration) {
	p.conn.Close()
	<-p.read
	p.mu.Lock()
	defer p.mu.Unlock()
	row := 0
	for i := range p.sent {
		if p.back[i] {
			row = 0
			continue
		}
		lost++
		row++
		longest = max(longest, time.Duration(row)*probeEvery)
	}
	return int(p.sent), lost, longest
}

// losses runs f under probes from both sides, over both families, and reports what they lost.
func (f *filterLab) losses(what string, limit time.Duration, act func()) {
	f.Helper()
	streams := []*probes{
		f.probe(f.outside, f.host, "10.1.0.2:7000"), f.probe(f.host, f.outside, "10.1.0.1:7001"),
		f.probe(f.outside, f.host, "[fd01::2]:7002"), f.probe(f.host, f.outside, "[fd01::1]:7003"),
	}
	time.Sleep(50 * time.Millisecond)
	act()
	time.Sleep(150 * time.Millisecond)
	text := ""
	for _, p := range streams {
		close(p.stop)
		p.wg.Wait()
	}
	time.Sleep(100 * time.Millisecond) // for what is still on its way
	for i, p := range streams {
		sent, lost, longest := p.end()
		text += fmt.Sprintf("; %s %d of %d, longest gap %v", []string{"IPv4 in", "IPv4 out", "IPv6 in", "IPv6 out"}[i], lost, sent, longest)
		if longest > limit {
			f.Errorf("%s: nothing came through for %v", what, longest)
		}
	}
	f.Logf("%s: lost %s", what, text[2:])
}
