package tap_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/dataplane/tap"
	"github.com/gvpp/gvpp/internal/netlab"
)

// rig is a host and a tap whose other end is in it.
type rig struct {
	t     *testing.T
	host  *netlab.Host
	pool  *buffer.Pool
	cache *buffer.Cache
	port  port.Port
	dev   port.Device
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var hostMAC = net.HardwareAddr{2, 0, 0, 0, 0, 1}

func newRig(t *testing.T, c tap.Config) (*rig, *tap.Interface) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("%s: not root: TAP devices and network namespaces need it", t.Name())
	}
	lab, err := netlab.New()
	ok(t, err)
	t.Cleanup(func() { ok(t, lab.Close()) })
	r := &rig{t: t}
	r.host, err = lab.Host("host")
	ok(t, err)
	r.pool, err = buffer.New(4096, 2048)
	ok(t, err)
	c.HostNS = namespace(r.host)
	i := tap.New(c)
	r.dev, err = i.Open(&port.Host{Pool: r.pool})
	ok(t, err)
	r.cache, r.port = r.pool.NewCache(), r.dev.Ports()[0]
	r.port.Bind(r.cache)
	t.Cleanup(func() {
		ok(t, r.dev.Close())
		ok(t, r.dev.Close())
		if n := r.pool.InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
		if _, err := r.host.Link(i.HostIf); err == nil {
			t.Error("the host device has outlived the tap")
		}
		_ = r.pool.Close()
	})
	return r, i
}

func namespace(h *netlab.Host) string { return fmt.Sprintf("/proc/self/fd/%d", h.FD()) }

func (r *rig) send(n int, packet []byte) (took int) {
	bufs := make([]buffer.Index, n)
	bufs = bufs[:r.cache.Alloc(bufs)]
	for _, b := range bufs {
		r.pool.Put(b, packet)
	}
	took = r.port.Tx(bufs)
	r.cache.Free(bufs[took:])
	return took
}

// receive waits for a packet that is like it.
func (r *rig) receive(what string, like func(p []byte) bool) {
	r.t.Helper()
	polls := []unix.PollFd{{Fd: int32(r.port.FD()), Events: unix.POLLIN}}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
		_, _ = unix.Poll(polls, 100)
		var bufs [256]buffer.Index
		n := r.port.Rx(bufs[:])
		for _, b := range bufs[:n] {
			if m := *r.pool.Meta(b); m != (buffer.Meta{Off: m.Off, Len: m.Len}) {
				r.t.Errorf("metadata %+v", m)
			}
			if like(r.pool.Bytes(b)) {
				r.cache.Free(bufs[:n])
				return
			}
		}
		r.cache.Free(bufs[:n])
	}
	r.t.Fatalf("no %s", what)
}

func (r *rig) stat(name string) (v uint64) {
	r.port.Stats(func(n string, value uint64) {
		if n == name {
			v = value
		}
	})
	return v
}

// arp asks for 10.0.0.1, as 10.0.0.2 at 02:00:00:00:00:02.
func arp() []byte {
	p := make([]byte, 60)
	copy(p, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x02\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x02\x0a\x00\x00\x02\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x01")
	return p
}

func TestFramesGoBothWays(t *testing.T) {
	r, i := newRig(t, tap.Config{
		ID: 7, HostIf: "gv7", HostMAC: hostMAC, HostMTU: 1400, HostIP4: netip.MustParsePrefix("10.0.0.1/24"), HostIP6: netip.MustParsePrefix("fd00::1/64"),
		HostGW4: netip.MustParseAddr("10.0.0.2"), HostGW6: netip.MustParseAddr("fd00::2"), MAC: net.HardwareAddr{2, 0, 0, 0, 0, 2},
	})
	l, err := r.host.Link("gv7")
	ok(t, err)
	if index, mac := i.HostDevice(); l.HardwareAddr.String() != hostMAC.String() || l.MTU != 1400 || l.Flags&net.FlagUp == 0 || index != l.Index || mac.String() != hostMAC.String() {
		t.Errorf("host device %+v; %d, %v", l, index, mac)
	}
	if d := r.dev.Info(); i.Name() != "tap7" || d.MTU != 1400 || !d.LinkUp || !d.Software || d.MAC[5] != 2 || !strings.Contains(d.Notes[0], "gv7") {
		t.Errorf("%q %+v", i.Name(), d)
	}
	r.send(1, arp())
	if r.port.Flush() {
		t.Error("one packet needs two passes")
	}
	r.receive("ARP reply of the host", func(p []byte) bool {
		return len(p) >= 42 && bytes.Equal(p[:12], append(net.HardwareAddr{2, 0, 0, 0, 0, 2}, hostMAC...)) && p[21] == 2 && bytes.Equal(p[28:32], []byte{10, 0, 0, 1})
	})
	for to, want := range map[string]string{"192.0.2.9": "\x08\x00", "[2001:db8::9]": "\x86\xdd"} { // by the gateways
		c, err := r.host.Dial("udp", to+":9", time.Second)
		ok(t, err)
		_, _ = c.Write([]byte("x"))
		_ = c.Close()
		r.receive("packet to "+to, func(p []byte) bool { return string(p[12:14]) == want })
	}
	for _, name := range []string{i.HostIf, "all"} { // the kernel has settings for all
		c := i.Config
		c.HostIf = name
		if _, err := tap.New(c).Open(&port.Host{Pool: r.pool}); !errors.Is(err, tap.ErrExists) || !strings.Contains(err.Error(), "or allows none") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the host does not read, or a worker does not write in one pass, is bounded and counted.
func TestBounds(t *testing.T) {
	r, i := newRig(t, tap.Config{HostIP4: netip.MustParsePrefix("10.0.0.1/24"), HostMAC: hostMAC})
	if n := r.send(1500, arp()); n != 1024 || r.stat("tx queue full") != 476 {
		t.Errorf("took %d, %d are too many", n, r.stat("tx queue full"))
	}
	passes := 1
	for ; r.port.Flush(); passes++ {
	}
	if passes != 1024/64 {
		t.Errorf("%d passes", passes)
	}
	var bufs [256]buffer.Index // the replies, which fill the host's queue
	for n := 1; n > 0; {
		if n = r.port.Rx(bufs[:]); n > 64 {
			t.Errorf("%d packets in a pass", n)
		}
		r.cache.Free(bufs[:n])
	}
	ok(t, r.host.Down(i.HostIf))
	r.send(5, arp())
	r.port.Flush()
	if n := r.stat("tx host device down"); n != 5 {
		t.Errorf("%d sent to a device that is down", n)
	}
	ok(t, r.host.Up(i.HostIf))
	r.send(3, []byte{1, 2, 3})
	r.port.Flush()
	if n := r.stat("tx refused by the host"); n != 3 {
		t.Errorf("%d of no length refused", n)
	}
	ok(t, r.host.MTU(i.HostIf, 9000))
	ok(t, r.host.Neighbour(i.HostIf, "10.0.0.2", net.HardwareAddr{2, 0, 0, 0, 0, 2}))
	c, err := r.host.Dial("udp", "10.0.0.2:9", time.Second)
	ok(t, err)
	defer c.Close()
	longest := r.pool.Room() - 42 // with the headers of Ethernet, IPv4 and UDP
	for _, n := range []int{longest + 1, longest + 2, longest + 3, 8000, longest} {
		_, err = c.Write(make([]byte, n))
		ok(t, err)
	}
	r.receive("the longest packet", func(p []byte) bool {
		return len(p) == r.pool.Room() && binary.BigEndian.Uint16(p[16:]) == uint16(len(p)-14)
	})
	if n := r.stat("rx longer than a buffer"); n != 4 {
		t.Errorf("%d too long", n)
	}
}

// An empty tap is left alone for some passes, whatever arrives, and no longer.
func TestEmptyIsNotAskedEachPass(t *testing.T) {
	r, _ := newRig(t, tap.Config{HostIP4: netip.MustParsePrefix("10.0.0.1/24"), HostMAC: hostMAC})
	var bufs [64]buffer.Index
	polls := []unix.PollFd{{Fd: int32(r.port.FD()), Events: unix.POLLIN}}
	for n := 1; n > 0; { // what the host says by itself
		n = r.port.Rx(bufs[:])
		r.cache.Free(bufs[:n])
	}
	r.send(1, arp())
	r.port.Flush()
	if n, err := unix.Poll(polls, 5000); n != 1 {
		t.Fatalf("no answer: %v", err)
	}
	for pass, want := range []bool{false, false, false, true} {
		n := r.port.Rx(bufs[:])
		if (n > 0) != want {
			t.Errorf("pass %d: %d packets", pass, n)
		}
		r.cache.Free(bufs[:n])
	}
}

// Somebody deletes the host device: the dataplane is told, and closes what is left.
func TestHostDeviceDeleted(t *testing.T) {
	r, i := newRig(t, tap.Config{})
	ctx, stop := context.WithCancel(t.Context())
	events := make(chan port.Event, 1)
	done := make(chan error)
	go func() { done <- i.Watch(ctx, func(e port.Event) { events <- e }) }()
	r.send(2, arp())
	ok(t, r.host.Delete(i.HostIf))
	var bufs [4]buffer.Index
	r.cache.Free(bufs[:r.port.Rx(bufs[:])])
	if e := <-events; e != port.Gone {
		t.Error(e)
	}
	if r.port.Flush() || r.port.Rx(bufs[:]) != 0 || r.stat("rx error") != 1 {
		t.Errorf("what is gone goes on: %d errors", r.stat("rx error"))
	}
	stop()
	ok(t, <-done)
}

func TestRefused(t *testing.T) {
	pool, err := buffer.New(64, 2048)
	ok(t, err)
	defer pool.Close()
	pipe := filepath.Join(t.TempDir(), "pipe")
	ok(t, unix.Mkfifo(pipe, 0o600))
	for want, c := range map[string]tap.Config{
		"no namespace":  {HostNS: pipe}, // whose opening would wait for a writer
		"host-if-name":  {HostIf: "sixteen-is-toomany"},
		"slash":         {HostIf: "a/b"},
		"host-mtu-size": {HostMTU: 1771},
		"group's":       {HostMAC: net.HardwareAddr{1, 0, 0, 0, 0, 0}},
		"six numbers":   {MAC: net.HardwareAddr{2, 0}},
		"IPv4":          {HostIP4: netip.MustParsePrefix("fd00::1/64")},
		"IPv6":          {HostIP6: netip.MustParsePrefix("10.0.0.1/24")},
		"gateways":      {HostGW4: netip.MustParseAddr("fd00::1")},
		"ip netns":      {HostNS: "no-such-namespace"},
		"IPv6's least":  {HostMTU: 1279, HostIP6: netip.MustParsePrefix("fd00::1/64")},
	} {
		if d, err := tap.New(c).Open(&port.Host{Pool: pool}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, %v; want %q", c, d, err, want)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	r, _ := newRig(t, tap.Config{})
	var bufs [8]buffer.Index
	frame := arp()
	if n := testing.AllocsPerRun(100, func() {
		k := r.cache.Alloc(bufs[:])
		for _, b := range bufs[:k] {
			r.pool.Put(b, frame)
		}
		r.port.Tx(bufs[:k])
		r.port.Flush()
		r.cache.Free(bufs[:r.port.Rx(bufs[:])])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// childEnv tells the test binary to be the process that gets killed.
const childEnv = "GVPP_TAP_CHILD"

func TestKilledProcess(t *testing.T) {
	if ns := os.Getenv(childEnv); ns != "" {
		pool, err := buffer.New(64, 2048)
		ok(t, err)
		_, err = tap.New(tap.Config{HostNS: ns, HostIf: "left"}).Open(&port.Host{Pool: pool})
		ok(t, err)
		fmt.Println("ready")
		time.Sleep(time.Minute)
	}
	r, _ := newRig(t, tap.Config{})
	ns, err := unix.Dup(r.host.FD())
	ok(t, err)
	file := os.NewFile(uintptr(ns), "netns")
	child := exec.Command("/proc/self/exe", "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), childEnv+"=/proc/self/fd/3")
	child.ExtraFiles = []*os.File{file}
	out, err := child.StdoutPipe()
	ok(t, err)
	ok(t, child.Start())
	file.Close()
	line := make([]byte, 64)
	if n, _ := out.Read(line); !strings.HasPrefix(string(line[:n]), "ready") {
		t.Fatalf("the child says %q", line[:n])
	}
	_, err = r.host.Link("left")
	ok(t, err)
	ok(t, child.Process.Kill())
	_ = child.Wait()
	if _, err := r.host.Link("left"); err == nil {
		t.Error("the dead process has left its device")
	}
}
