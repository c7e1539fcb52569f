package afxdp

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/netlab"
)

func TestGenericMode(t *testing.T) {
	r := newRig(t, 2)
	ok(t, r.dp.Offload("left", "gro", true))
	d, err := r.tryOpen("left", WithMode(GenericCopy))
	refused(t, d, err, ErrOffload, "ethtool -K left gro off")
	ok(t, r.dp.Offload("left", "gro", false))
	for _, h := range []*netlab.Host{r.a, r.b} { // as the note tells
		ok(t, h.Offload("eth0", "tso", false))
		ok(t, h.Offload("eth0", "gso", false))
	}
	left, right := r.open("left", WithMode(GenericCopy)), r.open("right", WithMode(GenericCopy))
	if i := left.Info(); i.Mode != "generic copy" || !strings.Contains(fmt.Sprint(i.Notes), "tso off gso off") {
		t.Errorf("info %+v", i)
	}
	l := r.forward(left, right)
	r.traffic()
	l.stop()
	r.close(left, right)
}

// A device without native XDP is opened in generic mode, and says why.
func TestAutoFallsBackToGeneric(t *testing.T) {
	r := newRig(t, 1)
	ok(t, r.dp.Bridge("br0", "left"))
	ok(t, r.dp.Offload("br0", "gro", false))
	d := r.open("br0")
	if i := d.Info(); i.Mode != "generic copy" || !strings.Contains(fmt.Sprint(i.Notes), "driver (bridge)") {
		t.Errorf("info %+v", i)
	}
	r.close(d)
	d, err := r.tryOpen("br0", WithMode(NativeCopy))
	refused(t, d, err, ErrMode, "bridge", "auto or generic")
	r.findings("br0")
}

// Until a port is bound, and for what the pass-list names, the host gets the packets.
func TestHostKeepsWhatIsNotTaken(t *testing.T) {
	r := newRig(t, 1)
	ok(t, r.dp.Addr("left", "10.0.0.9/24"))
	ok(t, r.dp.Addr("left", "10.0.0.8/24"))
	answers := func(addr string) bool {
		_, err := r.a.Ping(addr, 1, netlab.PingOptions{Timeout: 100 * time.Millisecond})
		return err == nil
	}
	arp, err := ParsePassRule("arp")
	ok(t, err)
	nine, err := ParsePassRule("to 10.0.0.9")
	ok(t, err)
	d := r.open("left", Pass(arp, nine))
	if !answers("10.0.0.9") || !answers("10.0.0.8") {
		t.Error("the host does not answer although no port is bound")
	}
	cache := r.pool.NewCache()
	d.Ports()[0].Bind(cache)
	if !answers("10.0.0.9") {
		t.Error("the host does not answer on a passed address")
	}
	if answers("10.0.0.8") {
		t.Error("the host answers on an address that is not passed")
	}
	cache.Close()
	r.close(d)
	if !answers("10.0.0.8") {
		t.Error("the host does not answer after close")
	}
}

func TestFewerQueuesAndName(t *testing.T) {
	r := newRig(t, 4)
	var d port.Device
	i := Interface("left", WithName("lan"), Queues(2), RingSize(256), Promiscuous(false))
	ok(t, r.dp.Do(func() (err error) {
		d, err = i.Open(r.host)
		return err
	}))
	if n := fmt.Sprint(d.Info().Notes); len(d.Ports()) != 2 || i.Name() != "lan" || !strings.Contains(n, "first 2") {
		t.Errorf("name %q, %d ports, notes %s", i.Name(), len(d.Ports()), n)
	}
	if a, err := r.dp.Link("left"); err != nil || a.Promisc != 0 {
		t.Errorf("promiscuous %d, %v", a.Promisc, err)
	}
	r.close(d)
	d = r.open("left")
	if a, err := r.dp.Link("left"); err != nil || a.Promisc != 1 {
		t.Errorf("promiscuous %d, %v", a.Promisc, err)
	}
	r.close(d)
}

// Both queues of both interfaces carry traffic on the one UMEM.
func TestAllQueuesCarry(t *testing.T) {
	r := newRig(t, 2)
	left, right := r.open("left"), r.open("right")
	l := r.forward(left, right)
	stop, err := r.b.ServeUDPEcho("10.0.0.2:7")
	ok(t, err)
	defer stop()
	for range 24 { // flows are spread over the queues by a hash
		n, err := r.a.UDPEcho("10.0.0.2:7", 2, 100, time.Second)
		ok(t, err)
		if n != 2 {
			t.Fatalf("%d of 2 came back", n)
		}
	}
	l.stop()
	for i, n := range l.got {
		if n == 0 {
			t.Errorf("receive queue %d of both interfaces together had no packet: %v", i, l.got)
		}
	}
	r.close(left, right)
}

func TestOpenWhileDown(t *testing.T) {
	r := newRig(t, 1)
	ok(t, r.dp.Down("left"))
	left, right := r.open("left"), r.open("right")
	if left.Info().LinkUp || !right.Info().LinkUp {
		t.Errorf("links %v %v", left.Info(), right.Info())
	}
	l := r.forward(left, right)
	ok(t, r.dp.Up("left"))
	eventually(t, "ping once the link is up", func() bool {
		_, err := r.a.Ping("10.0.0.2", 1, netlab.PingOptions{Timeout: 50 * time.Millisecond})
		return err == nil
	})
	l.stop()
	r.close(left, right)
}

// The whole packet path over real rings allocates nothing.
func TestPacketPathAllocatesNothing(t *testing.T) {
	r := newRig(t, 1)
	left, right := r.open("left"), r.open("right")
	cache := r.pool.NewCache()
	in, out := left.Ports()[0], right.Ports()[0]
	in.Bind(cache)
	out.Bind(cache)
	wire, err := r.capture(r.a, "eth0")
	ok(t, err)
	defer wire.Close()
	frame := markedFrame("allocations")
	var vec [vectorLen]buffer.Index
	forwarded := 0
	turn := func() {
		_ = unix.Sendto(wire.fd, frame, 0, nil)
		n := in.Rx(vec[:])
		out.Tx(vec[:n])
		in.Flush()
		out.Flush()
		forwarded += n
	}
	if got := testing.AllocsPerRun(2000, turn); got != 0 || forwarded < 1000 {
		t.Errorf("%v allocations a turn, %d packets forwarded", got, forwarded)
	}
	cache.Close()
	r.close(left, right)
}

// A UMEM's mode is its anchor's.
func TestModesDoNotMix(t *testing.T) {
	u := &umem{zeroCopy: true}
	for _, m := range []Mode{NativeCopy, GenericCopy} {
		if _, err := u.joined(&socket{fd: -1}, m); !errors.Is(err, ErrMode) {
			t.Errorf("mode %s on zero-copy memory gives %v", m, err)
		}
	}
	u.zeroCopy = false
	if _, err := u.joined(&socket{fd: -1}, ZeroCopy); !errors.Is(err, ErrMode) {
		t.Errorf("zero-copy on copied memory gives %v", err)
	}
	if s, err := u.joined(&socket{fd: -1}, Auto); err != nil || len(u.sockets) != 1 {
		t.Errorf("auto gives %v", err)
	} else if u.leave(s); len(u.sockets) != 0 {
		t.Error("a socket that left is still there")
	}
}

func TestParseMode(t *testing.T) {
	for m := Auto; m <= GenericCopy; m++ {
		if got, err := ParseMode(m.String()); err != nil || got != m {
			t.Errorf("%s gives %s, %v", m, got, err)
		}
	}
	if _, err := ParseMode("fast"); err == nil {
		t.Error("mode fast is taken")
	}
}

func TestWatchRenameAndReplace(t *testing.T) {
	r := newRig(t, 1)
	ok(t, r.dp.Down("left"))
	w := r.watch("left")
	defer w.stop()
	w.want(t, port.LinkDown) // it is down when the watch begins
	ok(t, r.dp.Rename("left", "other"))
	w.want(t, port.Gone)
	r.cable("left", r.a2(), "10.1.0.1/24", "fd01::1/64", 1)
	w.want(t, port.Back, port.LinkUp)
}

// a2 is one more host.
func (r *rig) a2() *netlab.Host {
	h, err := r.lab.Host("c")
	ok(r.t, err)
	return h
}

func TestWatchBeforeItExists(t *testing.T) {
	r := newRig(t, 1)
	w := r.watch("late")
	defer w.stop()
	ok(t, r.lab.Pair(netlab.End{Host: r.a2(), Name: "eth0", MAC: net.HardwareAddr{2, 0, 0, 0, 0, 9}}, netlab.End{Host: r.dp, Name: "late"}))
	w.want(t, port.Back, port.LinkUp)
}
