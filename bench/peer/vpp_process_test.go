package peer

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/measure"
)

// fakeVPP is a CLI socket in a folder of the test's: it negotiates as vpp does, then answers what answers has, else echoes.
func fakeVPP(t *testing.T, answers map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	l, err := net.Listen("unix", vppSocket(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("\xff\xfc\x22\xff\xfb\x03\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0"))
		in := bufio.NewReader(conn)
		if ttype, err := in.Peek(12); err != nil || string(ttype) != "\xff\xfa\x18\x00vppctl\xff\xf0" {
			_ = conn.Close()
			return
		}
		_, _ = in.Discard(12)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			answer, ok := answers[strings.TrimSpace(line)]
			if !ok {
				answer = line
			}
			_, _ = conn.Write(append([]byte(strings.ReplaceAll(answer, "\n", "\r\n")), 0))
		}
	}()
	return dir
}

func TestVPPCLI(t *testing.T) {
	c, err := dialVPP(fakeVPP(t, map[string]string{
		"set ok": "", "create x": "x0\n", "set bad": "set bad: failed\n", "sho": "sho: unknown input `sho'\n", "doubled": "a\xff\xffb",
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for command, want := range map[string]string{"echo this": "echo this\n", "set ok": "", "doubled": "a\xffb"} {
		if got, err := c.run(command); got != want || err != nil {
			t.Errorf("%s: %q %v", command, got, err)
		}
	}
	if err := c.set([]string{"set ok", "create x"}, "x"); err != nil {
		t.Error(err)
	}
	for _, line := range []string{"set bad", "sho", "create x"} {
		if err := c.set([]string{"set ok", line}); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// A vpp that does not start is a reason to skip, which says what it said; it leaves nothing.
func TestVPPDoesNotStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vpp")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho cannot do that >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := vppCores(-1); err != nil {
		t.Skip(err)
	}
	s := VPPGraph(measure.Options{VPP: path}, VPPGraphSetting{Flows: 1})
	if s.Name != vppName || s.Round != nil || !strings.Contains(s.Skip, "cannot do that") {
		t.Errorf("%+v", s)
	}
	if s := VPPGraph(measure.Options{VPP: "/nowhere/vpp"}, VPPGraphSetting{Flows: 1}); !strings.Contains(s.Skip, "/nowhere/vpp") {
		t.Errorf("%+v", s)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-*", vppPrefix, os.Getpid()))); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What a killed run has left goes; what a living process has stays.
func TestRemoveLeftovers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := 1 << 22 // above the kernel's highest process id
	if unix.Kill(dead, 0) != unix.ESRCH {
		t.Skip("there is a process of that id")
	}
	old, mine := filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-1", vppPrefix, dead)), filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-1", vppPrefix, os.Getpid()))
	for _, dir := range []string{old, mine} {
		if err := os.MkdirAll(filepath.Join(dir, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	removeLeftovers()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("it is still there", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestVPPConf(t *testing.T) {
	b := vppBinary{"/opt/vpp/bin/vpp", "/opt/vpp/lib/vpp_plugins"}
	conf := b.conf(vppSetting{plugins: []string{"acl"}, worker: 3, sessions: 3 << 20}, "/tmp/d", "p", 1)
	for _, want := range []string{"main-core 1 corelist-workers 3", "path /opt/vpp/lib/vpp_plugins plugin default { disable } plugin acl_plugin.so { enable }",
		"cli-listen /tmp/d/cli.sock", "prefix p", "hash buckets 4194304", "count max 3538944"} {
		if !strings.Contains(conf, want) {
			t.Errorf("no %q in\n%s", want, conf)
		}
	}
	if conf := b.conf(vppSetting{}, "/tmp/d", "p", 1); strings.Contains(conf, "acl") {
		t.Error(conf)
	}
}
