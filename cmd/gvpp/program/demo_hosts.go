package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/internal/netlab"
)

// hosts is the live demo's world: five network namespaces, which hold cables, hosts and the gvpp between them.
type hosts struct {
	lab                          *netlab.Lab
	alice, bob, carol, dave, box *netlab.Host
	servers                      []net.Listener
}

var (
	aliceMAC = net.HardwareAddr{2, 0, 0, 0, 9, 1}
	bobMAC   = net.HardwareAddr{2, 0, 0, 0, 9, 2}
	daveMAC  = net.HardwareAddr{2, 0, 0, 0, 9, 4}
)

// newHosts makes the world. Its error means that the kernel cannot.
func newHosts() (h *hosts, err error) {
	h = &hosts{}
	if h.lab, err = netlab.New(); err != nil {
		return nil, err
	}
	for name, host := range map[string]**netlab.Host{"alice": &h.alice, "bob": &h.bob, "carol": &h.carol, "dave": &h.dave, "gvpp": &h.box} {
		if *host, err = h.lab.Host(name); err != nil {
			return nil, errors.Join(err, h.lab.Close())
		}
	}
	for _, end := range []netlab.End{
		{Host: h.alice, MAC: aliceMAC, Addrs: []string{aliceAddr + "/24", aliceAddr6 + "/64"}},
		{Host: h.bob, MAC: bobMAC, Addrs: []string{bobAddr + "/24", bobAddr6 + "/64"}},
		{Host: h.carol, MAC: bobMAC, Addrs: []string{bobAddr + "/24"}},
		{Host: h.dave, MAC: daveMAC, Addrs: []string{daveAddr + "/24"}},
	} {
		end.Name = "eth0"
		if err := h.lab.Pair(end, netlab.End{Host: h.box, Name: end.Host.Name}); err != nil {
			return nil, errors.Join(err, h.lab.Close())
		}
	}
	if err := errors.Join(h.alice.Route("192.0.2.0/24", gateway), h.bob.Route("192.0.2.0/24", gateway), h.dave.Route("10.9.0.0/24", daveGateway)); err != nil {
		return nil, errors.Join(err, h.lab.Close())
	}
	// What carol asks by ARP is answered to bob, whose address she has.
	if err := h.carol.Neighbour("eth0", aliceAddr, aliceMAC); err != nil {
		return nil, errors.Join(err, h.lab.Close())
	}
	return h, nil
}

func (h *hosts) close() error {
	for _, l := range h.servers {
		l.Close()
	}
	return h.lab.Close()
}

// serve makes a host answer each connection to a port with its name.
func (h *hosts) serve(host *netlab.Host, port string) error {
	l, err := host.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	h.servers = append(h.servers, l)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, host.Name)
			c.Close()
		}
	}()
	return nil
}

// forget makes a host forget that an address did not answer to ARP: it would ask again only after a second.
func (h *hosts) forget(host *netlab.Host, ip string) error {
	return host.Do(func() error {
		l, err := netlink.LinkByName("eth0")
		if err != nil {
			return err
		}
		return netlink.NeighDel(&netlink.Neigh{LinkIndex: l.Attrs().Index, IP: net.ParseIP(ip)})
	})
}

// answer is who answers a TCP connection, and how long that took.
func answer(from *netlab.Host, address string) (name string, took time.Duration, err error) {
	const patience = 2 * time.Second
	start := time.Now()
	c, err := from.Dial("tcp", address, patience)
	if err != nil {
		return "", 0, err
	}
	defer c.Close()
	c.SetDeadline(start.Add(patience))
	text, err := io.ReadAll(c)
	return string(text), time.Since(start), err
}

// unanswered reports whether a TCP connection is neither answered nor refused.
func unanswered(from *netlab.Host, address string) (bool, error) {
	c, err := from.Dial("tcp", address, silence)
	if err == nil {
		c.Close()
		return false, nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return true, nil
	}
	return false, err
}

// silence is how long an answer may take before it counts as none. Answers take less than a millisecond; a busy machine
// may need some hundred.
const silence = 400 * time.Millisecond

// process is a `gvpp run` in a namespace of its own, as a process.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer // read when done is closed
	done   chan struct{}
	client *cli.Client
}

// startGVPP runs this program as `gvpp run` inside the host and connects to its CLI socket.
func startGVPP(ctx context.Context, in *netlab.Host, stanzas string) (p *process, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gvpp-demo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // the socket's name is not needed once it is connected
	socket := filepath.Join(dir, "cli.sock")
	p = &process{done: make(chan struct{})}
	p.cmd = exec.Command(exe, append([]string{"run"}, strings.Fields(stanzas+" unix { cli-listen "+socket+" }")...)...)
	p.cmd.Stderr = &p.stderr
	// Its own group, so that Ctrl-C is the demo's alone; and the kernel kills it when the demo is gone, however it went.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		defer close(p.done)
		_ = in.Do(func() error { // a thread that stays: Pdeathsig is about the thread that starts a process
			err := p.cmd.Start()
			started <- err
			if err == nil {
				err = p.cmd.Wait()
			}
			return err
		})
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	if err := p.connect(ctx, socket); err != nil {
		p.stop()
		return nil, fmt.Errorf("gvpp did not come up: %w\n%s", err, &p.stderr)
	}
	return p, nil
}

// connect waits until the CLI answers.
func (p *process) connect(ctx context.Context, socket string) (err error) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if p.client, err = cli.Dial(ctx, socket); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return errors.New("it ended")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return err
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop ends the process as an operator does, and makes sure.
func (p *process) stop() {
	if p.client != nil {
		p.client.Close()
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		p.kill()
	}
}
