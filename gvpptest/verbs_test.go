package gvpptest_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

// More packets than a vector, a port or the packet memory holds.
func TestLongSends(t *testing.T) {
	h, a, b := newHarness(t, dropper())
	packets := gvpptest.Repeat(10000, "udp 10.0.0.1:%d > 10.0.0.2:9")
	h.SendAndExpectSame(a, packets, b)
	h.ExpectInterfaceCounter(b, "tx packets", 10000)
	vectors := 0
	h, a, b = newHarness(t, &custom{process: each(toPort8), seen: &vectors})
	h.SendAndExpect(a, packets[:256], b)
	if vectors != 1 {
		t.Errorf("256 packets are %d vectors", vectors)
	}
}

// Packets arrive at several interfaces at once.
func TestSendAtSeveralInterfaces(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b", "c", "d"}})
	a, b, c, d := h.Interface("a"), h.Interface("b"), h.Interface("c"), h.Interface("d")
	h.Connect(a, b)
	h.Connect(c, d)
	toB, toA, toD := gvpptest.Repeat(3, "udp 10.0.0.1:%d > 10.0.0.2:9"), gvpptest.Repeat(5000, "udp 10.0.0.2:%d > 10.0.0.1:9"), gvpptest.Lines("icmp 1.1.1.1 > 2.2.2.2")
	got := h.Send(gvpptest.From(a, toB), gvpptest.From(b, toA), gvpptest.From(c, toD))
	if len(got) != 3 || len(got[a]) != 5000 || len(got[b]) != 3 {
		t.Errorf("%d by a, %d by b, %d interfaces", len(got[a]), len(got[b]), len(got))
	}
	h.ExpectPackets(got[d], "icmp 1.1.1.1 > 2.2.2.2")
	h.ExpectPackets(got[c])
}

// A loopback is an interface like others for what is set of it; what is sent by it comes back.
func TestLoopback(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a"}})
	a, l := h.Interface("a"), h.Loopback()
	if l.Name != "loop0" || h.Interface("loop0") != l || h.Loopback().Name != "loop1" {
		t.Errorf("%+v", l)
	}
	h.Connect(a, l)
	h.SendAndExpectSame(a, gvpptest.Lines("udp 10.0.0.1:1 > 10.0.0.2:1"), a)
	h.ExpectInterfaceCounter(l, "tx packets", 1)
	h.ExpectInterfaceCounter(l, "rx packets", 1)
}

// Packets of layers, and layers of packets that were received.
func TestLayers(t *testing.T) {
	h, a, b := newHarness(t, dropper())
	p := gvpptest.Layers(
		&layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: []byte{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}},
		&layers.UDP{SrcPort: 1000, DstPort: 9}, gopacket.Payload("words and more words"),
	)
	got := h.SendAndExpect(a, []gvpptest.Packet{p}, b)
	h.ExpectPackets(got, "udp 10.0.0.1:1000 > 10.0.0.2:9 data 776f72647320616e64206d6f726520776f726473")
	if l := got[0].Layers(); string(l.ApplicationLayer().Payload()) != "words and more words" {
		t.Error(l)
	}
}

// Addresses of frames that are not the usual ones are words of the line; what no line says is shown by its bytes.
func TestWhatDiffers(t *testing.T) {
	const line = "udp 10.0.0.1:1 > 10.0.0.2:1"
	a, b := line+" data "+strings.Repeat("61", 40), line+" data "+strings.Repeat("62", 40)
	for _, c := range []struct{ want, got, says string }{
		{line, line + " smac 02:00:09:00:00:01", "- " + line + "\n  + " + line + " smac 02:00:09:00:00:01\n"},
		{a, b, "- " + line + " len 40\n  + " + line + " len 40\n      byte 40: want "},
	} {
		says(t, fails(t, func(t testing.TB) {
			h, _, _ := newHarness(t, dropper())
			h.ExpectPackets(gvpptest.Lines(c.got), c.want)
		}), c.says)
	}
}

// What is wrong with a line is said, by the line.
func TestLinesThatCannotBeRead(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `gvpptest: a packet's line cannot be read: `) || !strings.Contains(text, `in "udp 10.0.0.1 > 10.0.0.2"`) {
			t.Error(text)
		}
	}()
	gvpptest.Lines("udp 10.0.0.1:1 > 10.0.0.2:1\n# a comment\n\nudp 10.0.0.1 > 10.0.0.2")
}

// Stanzas of startup.conf go to the plugins; one that nobody wants is a fault.
func TestStartup(t *testing.T) {
	says(t, fails(t, func(t testing.TB) {
		gvpptest.New(t, gvpptest.Config{Startup: "colours { red }", Plugins: []plugin.Plugin{dropper()}})
	}), "the plugins cannot be run:\n  gvpp: startup:1:1", `unknown stanza "colours"`)
}

// A harness needs no privilege: the test runs itself again as nobody.
func TestRunsAsAnyUser(t *testing.T) {
	const again = "GVPPTEST_AS_NOBODY"
	if os.Getenv(again) == "" && os.Getuid() == 0 {
		dir, err := os.MkdirTemp("/tmp", "gvpptest")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		self := filepath.Join(dir, "test")
		copyProgram(t, self)
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-test.run=^TestRunsAsAnyUser$", "-test.v")
		cmd.Dir, cmd.Env = "/", append(os.Environ(), again+"=1", "GOCOVERDIR=")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "as user 65534") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	h, a, b := newHarness(t, dropper())
	h.SendAndExpectSame(a, gvpptest.Lines("udp 10.0.0.1:1 > 10.0.0.2:1"), b)
	t.Logf("as user %d", os.Getuid())
}

func copyProgram(t *testing.T, to string) {
	t.Helper()
	in, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
