package program

import (
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// ceiling is the longest time that the host may be without its network.
const ceiling = time.Second

func TestHostFilter(t *testing.T) {
	needRoot(t)
	path := buildProgram(t)
	for _, test := range []struct {
		name string
		f    func(*filterLab)
	}{
		{"life", filterLife}, {"kill", filterKill}, {"refusals", filterRefusals}, {"confirm", filterConfirm}, {"half", filterHalf}, {"pass", filterPass},
		{"broken off", filterBrokenOff},
	} {
		t.Run(test.name, func(t *testing.T) { test.f(newFilterLab(t, path)) })
	}
}

const filtered = "nic is filtered"

func (f *filterLab) ctl(line string) string {
	f.Helper()
	out, err := exec.Command(f.program, append([]string{"ctl", "-s", f.state + "/cli.sock"}, strings.Fields(line)...)...).CombinedOutput()
	if err != nil {
		f.Fatalf("%s: %v: %s", line, err, out)
	}
	return string(out)
}

// works checks that the host can be reached and can reach.
func (f *filterLab) works(when string) {
	f.Helper()
	for _, err := range []error{
		pings(f.outside, "10.1.0.2"), pings(f.outside, "10.1.0.3"), pings(f.outside, "fd01::2"), pings(f.host, "10.1.0.1"), pings(f.host, "fd01::1"),
		netlab.Transfer(f.outside, f.host, "10.1.0.2:5000", 1<<20, 5*time.Second), netlab.Transfer(f.host, f.outside, "[fd01::1]:5001", 1<<20, 5*time.Second),
	} {
		if err != nil {
			f.Errorf("%s: %v", when, err)
		}
	}
}

func pings(from *netlab.Host, to string) error {
	_, err := from.Ping(to, 2, netlab.PingOptions{})
	return err
}

// The host works before, during and after; rules decide; everything is as before at the end.
func filterLife(f *filterLab) {
	must(f.T, f.host.Sysctl("ipv4/conf/nic/rp_filter", "1"))
	before := f.dump()
	f.works("before")
	stays := f.connect()
	var h *hostFilter
	f.losses("start", ceiling, func() {
		h = f.start("nic")
		f.waitFor(h, filtered)
	})
	f.works("during")
	stays("during")
	f.ctl("classify add rule nic proto tcp dport 23 drop")
	quiet, err := unanswered(f.outside, "10.1.0.2:23")
	if err != nil || !quiet {
		f.Errorf("a dropped connection: silent %v, %v", quiet, err)
	}
	f.losses("end", ceiling, func() {
		must(f.T, h.Process.Signal(syscall.SIGTERM))
		if code := f.wait(h); code != 0 {
			f.Errorf("exit code %d:\n%s", code, h.output())
		}
	})
	f.same(before)
	f.works("after")
	stays("after")
}

// connect is a TCP connection from outside that lasts; the function says something over it and wants it back.
func (f *filterLab) connect() func(when string) {
	f.Helper()
	l, err := f.host.Listen("tcp", "10.1.0.2:9")
	must(f.T, err)
	f.Cleanup(func() { l.Close() })
	go func() {
		if c, err := l.Accept(); err == nil {
			io.Copy(c, c)
			c.Close()
		}
	}()
	c, err := f.outside.Dial("tcp", "10.1.0.2:9", time.Second)
	must(f.T, err)
	f.Cleanup(func() { c.Close() })
	return func(when string) {
		f.Helper()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		b := []byte(when)
		if _, err := c.Write(b); err != nil {
			f.Errorf("connection %s: %v", when, err)
		}
		if _, err := io.ReadFull(c, b); err != nil || string(b) != when {
			f.Errorf("connection %s: %q, %v", when, b, err)
		}
	}
}

// Killed, gvpp leaves the host to the bridge; undo puts everything back.
func filterKill(f *filterLab) {
	before := f.dump()
	f.works("before")
	stays := f.connect()
	for range 10 {
		h := f.start("nic")
		f.waitFor(h, filtered)
		f.losses("kill -9", ceiling, func() {
			must(f.T, h.Process.Kill())
			f.wait(h)
		})
		f.losses("undo", ceiling, func() {
			if code, out := f.run("--undo", "nic"); code != 0 {
				f.Errorf("undo: exit code %d:\n%s", code, out)
			}
		})
		f.same(before)
	}
	h := f.start("nic")
	f.waitFor(h, filtered)
	must(f.T, h.Process.Kill())
	f.wait(h)
	f.works("on the bridge")
	stays("on the bridge")
	if code, out := f.run("nic"); code != 1 || !strings.Contains(out, "host-filter --undo nic") {
		f.Errorf("a second one after a crash: exit code %d:\n%s", code, out)
	}
	f.run("--undo", "nic")
	f.same(before)
	f.works("after")
}

func filterRefusals(f *filterLab) {
	h := f.start("nic")
	f.waitFor(h, filtered)
	for _, words := range [][]string{{"nic"}, {"--undo", "nic"}} {
		if code, out := f.run(words...); code != 1 || !strings.Contains(out, "kill ") {
			f.Errorf("%q while it runs: exit code %d:\n%s", words, code, out)
		}
	}
	if code, out := f.run("h1-nic", "unix", "{", "cli-listen", "/dev/null/x", "}"); code != 1 {
		f.Errorf("on its own veth: exit code %d:\n%s", code, out)
	}
	must(f.T, h.Process.Signal(syscall.SIGINT))
	f.wait(h)
	for _, c := range []struct {
		why     string
		prepare func() error
		nic     string
	}{
		{"no Ethernet interface", nil, "lo"},
		{"ip link", nil, "nosuch"},
		{"a port of br", func() error { return f.host.Bridge("br", "nic") }, "nic"},
		{"no carrier", func() error { return f.outside.Down("eth0") }, "nic"},
		{"is down", func() error { return f.host.Down("nic") }, "nic"},
	} {
		if c.prepare != nil {
			must(f.T, c.prepare())
		}
		if code, out := f.run(c.nic); code != 1 || !strings.Contains(out, c.why) {
			f.Errorf("%q: exit code %d:\n%s", c.why, code, out)
		}
		for _, name := range []string{"gvbr-nic", "h0-nic", "h1-nic"} {
			if _, err := f.host.Link(name); err == nil {
				f.Errorf("%q: %s is there", c.why, name)
			}
		}
	}
}

func filterConfirm(f *filterLab) {
	before := f.dump()
	h := f.start("nic", "--confirm", "1")
	f.waitFor(h, filtered)
	if code := f.wait(h); code != 1 || !strings.Contains(h.output(), "nobody confirmed") {
		f.Errorf("unconfirmed: exit code %d:\n%s", code, h.output())
	}
	f.same(before)
	h = f.start("nic", "--confirm", "1")
	f.waitFor(h, "press Enter")
	must(f.T, h.Process.Signal(syscall.SIGUSR1))
	f.waitFor(h, "confirmed")
	time.Sleep(1200 * time.Millisecond)
	must(f.T, h.Process.Signal(syscall.SIGUSR1)) // once more: nothing
	f.works("confirmed")
	must(f.T, h.Process.Signal(syscall.SIGHUP))
	f.wait(h)
	f.same(before)
}

// A start that fails halfway leaves nothing.
func filterHalf(f *filterLab) {
	before := f.dump()
	for _, c := range []struct {
		words []string
		code  int
	}{
		{[]string{"nic", "unix", "{", "exec", "/no/such/file", "}"}, 1},
		{[]string{"nic", "classify", "{", "default", "{", "nosuch", "drop", "}", "}"}, 2},
	} {
		if code, out := f.run(c.words...); code != c.code {
			f.Errorf("%q: exit code %d:\n%s", c.words, code, out)
		}
		f.same(before)
	}
	f.works("after")
}

// What --pass names comes through whatever the rules say, and its answers do.
func filterPass(f *filterLab) {
	before := f.dump()
	h := f.start("nic", "--pass", "tcp 22", "--pass", "arp", "classify", "{", "default", "{", "nic", "drop", "}", "default", "{", "host", "drop", "}", "}")
	f.waitFor(h, filtered)
	must(f.T, netlab.Transfer(f.outside, f.host, "10.1.0.2:22", 1<<20, 5*time.Second))
	quiet, err := unanswered(f.outside, "10.1.0.2:23")
	if err != nil || !quiet {
		f.Errorf("another port: silent %v, %v", quiet, err)
	}
	must(f.T, h.Process.Signal(syscall.SIGTERM))
	f.wait(h)
	f.same(before)
}

// Killed at any moment of its setting up, it can be undone.
func filterBrokenOff(f *filterLab) {
	before := f.dump()
	undone := 0
	for after := 2 * time.Millisecond; after < 150*time.Millisecond; after += 7 * time.Millisecond {
		h := f.start("nic")
		time.Sleep(after)
		must(f.T, h.Process.Kill())
		f.wait(h)
		code, out := f.run("--undo", "nic")
		if code == 0 {
			undone++
		} else if !strings.Contains(out, "nothing to undo") {
			f.Errorf("killed after %v: undo: exit code %d:\n%s", after, code, out)
		}
		f.same(before)
	}
	f.Logf("%d of them were undone", undone)
	f.works("after")
}
