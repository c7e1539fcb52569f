package systest

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"testing"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/netlab"
)

// runWords is gvpp run on the interface, as words.
func (s *site) runWords(more ...string) []string {
	return append([]string{"run", "unix", "{", "cli-listen", s.socket, "}", "af_xdp", "{", "interface", "left", "}"}, more...)
}

func TestDoctorContent(t *testing.T) {
	s := newSite(t, 1, 1)
	output(t, s.dp, "doctor", "left").wants(t, 0, "native copy")
	var list []struct{ Severity, Check, Cause string }
	if err := json.Unmarshal([]byte(output(t, s.dp, "doctor", "-o", "json", "left").out), &list); err != nil || len(list) == 0 {
		t.Errorf("doctor -o json: %v", err)
	}
	for _, f := range list {
		if f.Severity != "ok" || f.Check == "" || f.Cause == "" {
			t.Errorf("a good interface: %+v", f)
		}
	}
	s.unattached("left")
}

func TestNoSuchInterface(t *testing.T) {
	s := newSite(t, 1, 1)
	output(t, s.dp, "run", "af_xdp", "{", "interface", "nosuch", "}", "unix", "{", "cli-listen", s.socket, "}").
		wants(t, 1, `interface "nosuch"`, "no such interface", "ip link shows")
	output(t, s.dp, "doctor", "nosuch").wants(t, 1, "no such interface", "ip link shows")
}

func TestMTUTooLarge(t *testing.T) {
	s := newSite(t, 1, 1)
	ok(t, s.dp.MTU("left", 9000))
	output(t, s.dp, "doctor", "left").wants(t, 1, "MTU 9000", "lower the MTU")
	output(t, s.dp, s.runWords()...).wants(t, 1, `interface "left"`, "MTU 9000", "lower the MTU")

	// What larger buffers can carry is no failure, but doctor has to say that it takes them.
	for _, e := range []struct {
		host *netlab.Host
		dev  string
	}{{s.dp, "left"}, {s.dp, "right"}, {s.client, "eth0"}, {s.server, "eth0"}} {
		ok(t, e.host.MTU(e.dev, 3400))
	}
	output(t, s.dp, "doctor", "left").wants(t, 0, "MTU 3400", "configure buffers of 4096 bytes")
	output(t, s.dp, s.runWords()...).wants(t, 1, `interface "left"`, "MTU 3400", "configure buffers of 4096 bytes")
	s.run("buffers { default { data-size 4096 } }")
	if _, err := s.client.Ping(server4, 3, netlab.PingOptions{Size: 3300}); err != nil {
		t.Error(err)
	}
	if _, err := transfer(s.client, s.server, server4+":80", 5_000_000); err != nil {
		t.Error(err)
	}
}

// A second gvpp may not have the interface, and says who has it; the first goes on.
func TestSecondProgram(t *testing.T) {
	notShort(t, "gvpp waits for a busy queue")
	s := newSite(t, 1, 1)
	first := s.run()
	other := s.socket + "2"
	holder := fmt.Sprintf("process %d (gvpp)", first.cmd.Process.Pid)
	output(t, s.dp, "doctor", "left").wants(t, 1, holder, "end that process")
	output(t, s.dp, "run", "unix", "{", "cli-listen", other, "}", "af_xdp", "{", "interface", "left", "}").
		wants(t, 1, `interface "left"`, holder, "end that process")
	output(t, s.dp, "run", "unix", "{", "cli-listen", s.socket, "}").wants(t, 1, s.socket, "another program listens")
	if _, err := os.Lstat(other); err == nil {
		t.Error("the program that was refused left its socket")
	}
	ok(t, s.ping(3))
}

// Another program's XDP program is in the way: gvpp leaves it alone, and works when it is off.
func TestForeignXDPProgram(t *testing.T) {
	s := newSite(t, 1, 1)
	id := s.attachForeign(t, "left")
	want := fmt.Sprintf("program %d", id)
	output(t, s.dp, "doctor", "left").wants(t, 1, want, "ip link set dev left xdp off")
	output(t, s.dp, s.runWords()...).wants(t, 1, `interface "left"`, want, "ip link set dev left xdp off")
	attrs, err := s.dp.Link("left")
	ok(t, err)
	if attrs.Xdp == nil || attrs.Xdp.ProgId != id {
		t.Errorf("the foreign program is gone: %+v", attrs.Xdp)
	}
	ok(t, s.dp.Do(func() error {
		link, err := netlink.LinkByName("left")
		if err != nil {
			return err
		}
		return netlink.LinkSetXdpFd(link, -1)
	}))
	s.run()
	ok(t, s.ping(3))
}

// attachForeign attaches a program that passes everything, over netlink, and returns its id.
func (s *site) attachForeign(t *testing.T, name string) uint32 {
	t.Helper()
	code := [...]uint64{0x2_0000_00b7, 0x95} // r0 = XDP_PASS; exit
	license := []byte("GPL\x00")
	attr := struct {
		kind, count      uint32
		insns, license   uint64
		logLevel, logLen uint32
		log              uint64
		version, flags   uint32
	}{kind: unix.BPF_PROG_TYPE_XDP, count: uint32(len(code)), insns: uint64(uintptr(unsafe.Pointer(&code))), license: uint64(uintptr(unsafe.Pointer(&license[0])))}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(&code)
	runtime.KeepAlive(license)
	if errno != 0 {
		t.Fatalf("loading a program: %v", errno)
	}
	defer unix.Close(int(fd))
	ok(t, s.dp.Do(func() error {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		return netlink.LinkSetXdpFd(link, int(fd))
	}))
	attrs, err := s.dp.Link(name)
	ok(t, err)
	return attrs.Xdp.ProgId
}

// A queue that another program's socket has is busy.
func TestBusyQueue(t *testing.T) {
	notShort(t, "gvpp waits for a busy queue")
	s := newSite(t, 1, 1)
	release := s.holdQueue(t, "left")
	output(t, s.dp, "doctor", "left").wants(t, 1, "queue 0", "stop the program that uses it")
	output(t, s.dp, s.runWords()...).wants(t, 1, `interface "left"`, "queue 0", "stop the program that uses it")
	release()
	s.run()
	ok(t, s.ping(3))
}

// holdQueue binds an AF_XDP socket to a device's queue 0.
func (s *site) holdQueue(t *testing.T, name string) (release func()) {
	t.Helper()
	attrs, err := s.dp.Link(name)
	ok(t, err)
	mem, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	ok(t, err)
	fd := -1
	ok(t, s.dp.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	}))
	reg := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&mem[0]))), Len: 4096, Size: 2048}
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, unix.XDP_UMEM_REG, uintptr(unsafe.Pointer(&reg)), unsafe.Sizeof(reg), 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	for _, ring := range []int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING} {
		ok(t, unix.SetsockoptInt(fd, unix.SOL_XDP, ring, 64))
	}
	ok(t, unix.Bind(fd, &unix.SockaddrXDP{Flags: unix.XDP_COPY, Ifindex: uint32(attrs.Index)}))
	return func() {
		unix.Close(fd)
		_ = unix.Munmap(mem)
	}
}
