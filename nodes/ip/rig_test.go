package ip_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// rig is a router over memory interfaces a, b and c, driven by hand. Their MAC addresses are 02:aa:00:00:00:01 and so on; those of
// hosts are 02:00:00:00:00:N.
type rig struct {
	*gvpp.Dataplane
	t    testing.TB
	mems map[string]*port.Memory
	now  int64
}

func newRig(t testing.TB, plugins ...plugin.Plugin) *rig {
	t.Helper()
	r := &rig{t: t, mems: map[string]*port.Memory{}, now: int64(time.Hour)}
	c := gvpp.Config{Clock: func() int64 { return r.now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Plugins: plugins}
	for i, name := range []string{"a", "b", "c"} {
		m := port.NewMemory(name, 1)
		m.MAC, m.MTU = net.HardwareAddr{2, 0xaa, 0, 0, 0, byte(i + 1)}, 1500
		r.mems[name] = m
		c.Interfaces = append(c.Interfaces, m)
	}
	var err error
	if r.Dataplane, err = gvpp.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := r.Buffers().InUse(); n != 0 {
			t.Errorf("%d buffers leaked", n)
		}
	})
	return r
}

// routed is a rig with 10.0.N.1/24 and 2001:db8:N::1/64 on the N-th interface, and host .2 on each, whose MAC ends in N2.
func routed(t testing.TB, plugins ...plugin.Plugin) *rig {
	r := newRig(t, plugins...)
	for i, name := range []string{"a", "b", "c"} {
		n := i + 1
		r.cli(fmt.Sprintf("set interface ip address %s 10.0.%d.1/24", name, n))
		r.cli(fmt.Sprintf("set interface ip address %s 2001:db8:%d::1/64", name, n))
		r.cli(fmt.Sprintf("set ip neighbor static %s 10.0.%d.2 02:00:00:00:00:%d2", name, n, n))
		r.cli(fmt.Sprintf("set ip neighbor static %s 2001:db8:%d::2 02:00:00:00:00:%d2", name, n, n))
	}
	return r
}

// cli runs commands and returns what they print.
func (r *rig) cli(lines string) string {
	r.t.Helper()
	var out bytes.Buffer
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := r.CLI().Run(context.Background(), line, false, &out); err != nil {
			r.t.Errorf("%q: %v", line, err)
		}
	}
	return out.String()
}

// refused runs a command that must fail, and say why.
func (r *rig) refused(line, want string) {
	r.t.Helper()
	if err := r.CLI().Run(context.Background(), line, false, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
		r.t.Errorf("%q: %v, want %q", line, err, want)
	}
}

// frame is the frame of a line, from a host's MAC address to the interface's. "arp …" is see arp.
func (r *rig) frame(to, line string) []byte {
	if strings.HasPrefix(line, "arp ") {
		return arp(line)
	}
	p := packetline.MustBuild(line)
	copy(p, r.mems[to].MAC)
	return p
}

// arp makes "arp who-has TO tell FROM MAC" and "arp is-at FROM MAC to TO MAC"; the MAC addresses are the last bytes of hosts'.
func arp(line string) []byte {
	var to, from string
	var mac, dst byte
	p := make([]byte, 60)
	copy(p, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	copy(p[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	if _, err := fmt.Sscanf(line, "arp who-has %s tell %s %x", &to, &from, &mac); err != nil {
		if _, err := fmt.Sscanf(line, "arp is-at %s %x to %s %x", &from, &mac, &to, &dst); err != nil {
			panic(line + ": " + err.Error())
		}
		p[21] = 2
		copy(p, []byte{2, 0xaa, 0, 0, 0, dst})
		copy(p[32:], p[:6])
	}
	hw := []byte{2, 0, 0, 0, 0, mac}
	copy(p[6:], hw)
	copy(p[22:], hw)
	a, b := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
	copy(p[28:], a[:])
	copy(p[38:], b[:])
	return p
}

// text is a frame as a line, with the MAC address it goes to, and ARP in words.
func text(p []byte) string {
	to := net.HardwareAddr(p[:6]).String()
	switch to {
	case "ff:ff:ff:ff:ff:ff":
		to = "all"
	default:
		to = strings.TrimPrefix(strings.TrimPrefix(to, "02:00:00:00:00:"), "33:33:")
	}
	if len(p) >= 42 && binary.BigEndian.Uint16(p[12:]) == 0x0806 {
		op := map[byte]string{1: "who-has", 2: "is-at"}[p[21]]
		from, about := netip.AddrFrom4([4]byte(p[28:])), netip.AddrFrom4([4]byte(p[38:]))
		if p[21] == 2 {
			return fmt.Sprintf("%s arp %s %v %x to %v", to, op, from, p[22:28], about)
		}
		return fmt.Sprintf("%s arp %s %v tell %v", to, op, about, from)
	}
	return to + " " + macWords.ReplaceAllString(packetline.String(p), "")
}

var macWords = regexp.MustCompile(` [sd]mac \S+`)

// send injects frames at an interface and returns what leaves, each as "interface: MAC line", interfaces in order.
func (r *rig) send(from string, lines ...string) []string {
	r.t.Helper()
	for _, l := range lines {
		r.mems[from].Inject(0, r.frame(from, l))
	}
	return r.step()
}

// step lets the worker do what there is to do.
func (r *rig) step() (out []string) {
	r.t.Helper()
	for n := 0; r.Step(); n++ {
		if n > 10000 {
			r.t.Fatal("the worker does not come to rest")
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		for _, p := range r.mems[name].Sent() {
			out = append(out, name+": "+text(p))
		}
	}
	return out
}

// after moves the clock in steps of a tenth of a second.
func (r *rig) after(d time.Duration) (out []string) {
	for end := r.now + int64(d); r.now < end; {
		r.now = min(end, r.now+int64(time.Second/10))
		out = append(out, r.step()...)
	}
	return out
}

// expect compares what has left.
func (r *rig) expect(what string, got []string, want ...string) {
	r.t.Helper()
	for i, w := range want { // as packetline writes it
		name, line, _ := strings.Cut(w, ": ")
		mac, line, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(line, "arp ") {
			want[i] = name + ": " + mac + " " + packetline.String(packetline.MustBuild(line))
		}
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		r.t.Errorf("%s: %d left, want %d\n  %s\nwant\n  %s", what, len(got), len(want), strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// counted is a counter of show errors, by "node: reason".
func (r *rig) counted(name string, want uint64) {
	r.t.Helper()
	var all []string
	for _, e := range r.Errors() {
		at := e.Node + ": " + e.Reason
		if at == name {
			if e.Count != want {
				r.t.Errorf("%s: %d, want %d", name, e.Count, want)
			}
			return
		}
		all = append(all, at)
	}
	if want != 0 {
		r.t.Errorf("%s: 0, want %d; there are %s", name, want, strings.Join(all, "; "))
	}
}
