package systest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// withoutInterfaces runs gvpp with nothing but its CLI, which needs no privilege.
func withoutInterfaces(t *testing.T) (*daemon, *site) {
	t.Helper()
	s := &site{t: t, socket: filepath.Join(t.TempDir(), "cli.sock")}
	return s.runBare(), s
}

// ctl is gvpp ctl, one-shot.
func ctl(t *testing.T, s *site, args ...string) result {
	t.Helper()
	return output(t, nil, append([]string{"ctl", "-s", s.socket}, args...)...)
}

func TestOneShot(t *testing.T) {
	d, s := withoutInterfaces(t)
	info, err := os.Lstat(s.socket)
	ok(t, err)
	if info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("the socket's mode is %v, want 0660", info.Mode())
	}
	ctl(t, s, "show", "version").wants(t, 0, "gvpp", "linux/")
	ctl(t, s, "sh", "ver").wants(t, 0, "linux/")
	ctl(t, s, "show version").wants(t, 0, "linux/")
	ctl(t, s, "help").wants(t, 0, "classify", "show", "help WORD")
	ctl(t, s, "help", "classify", "add", "rule").wants(t, 0, "keep-state", "redirect IF")
	ctl(t, s, "bogus").wants(t, 1, "unknown input `bogus'")
	ctl(t, s, "show", "bogus").wants(t, 1, "show: unknown input `bogus'")
	ctl(t, s, "show", "interface", "nosuch").wants(t, 1, `no interface "nosuch"`)
	ctl(t, s, "classify", "add", "rule", "nosuch", "drop").wants(t, 1, `no interface "nosuch"`)
	for _, r := range []result{ctl(t, s, "bogus"), output(t, nil, "ctl", "-s", s.socket+"x", "show", "version")} {
		if r.code != 1 || r.out != "" || r.err == "" {
			t.Errorf("a failure gives %+v: want code 1 and all of it on standard error", r)
		}
	}
	output(t, nil, "ctl", "-s", s.socket+"x", "show", "version").wants(t, 1, s.socket+"x", "gvpp run")
	d.stop(syscall.SIGTERM, s.socket)
	ctl(t, s, "show", "version").wants(t, 1, "no gvpp listens")
}

func TestJSON(t *testing.T) {
	_, s := withoutInterfaces(t)
	for _, line := range []string{
		"show version", "show interface", "show hardware", "show runtime", "show errors", "show buffers", "show barrier", "show graph",
		"show classify", "show flowtrack", "show flowtrack summary", "show l2 xconnect", "show trace", "help", "help show",
	} {
		r := ctl(t, s, append([]string{"-o", "json"}, strings.Fields(line)...)...)
		if r.code != 0 || !json.Valid([]byte(r.out)) {
			t.Errorf("%s gives code %d and %q, %s", line, r.code, r.out, r.err)
		}
	}
	for _, r := range []result{output(t, nil, "version", "-o", "json"), ctl(t, s, "show", "version", "-o", "json")} {
		if r.code != 0 || !json.Valid([]byte(r.out)) {
			t.Errorf("-o json at the end gives %+v", r)
		}
	}
}

func TestPiped(t *testing.T) {
	_, s := withoutInterfaces(t)
	piped := func(text string) result {
		cmd := gvpp(t, "ctl", "-s", s.socket)
		cmd.Stdin = strings.NewReader(text)
		return finish(t, nil, cmd)
	}
	if r := piped("# a comment\n\nshow version\n  show buffers\n"); r.code != 0 || strings.Count(r.out, "\n") != 2 || r.err != "" {
		t.Errorf("two commands give %+v", r)
	}
	r := piped("show version\n# two\nshow bogus\nshow buffers\n")
	r.wants(t, 1, "linux/", "stdin:3: show: unknown input `bogus'")
	if strings.Contains(r.out, "buffers of") {
		t.Errorf("it goes on behind the line that failed: %q", r.out)
	}
	piped("quit\nbogus\n").wants(t, 0)
}

// The lines that exec names run at the start; one that fails is named, and nothing stays.
func TestExec(t *testing.T) {
	s := &site{t: t, socket: filepath.Join(t.TempDir(), "cli.sock")}
	file := filepath.Join(t.TempDir(), "start.cli")
	ok(t, os.WriteFile(file, []byte("show version\nclassify add rule nosuch drop\n"), 0o600))
	output(t, nil, "run", "unix", "{", "cli-listen", s.socket, "exec", file, "}").wants(t, 1, file+":2:", `no interface "nosuch"`)
	if _, err := os.Lstat(s.socket); err == nil {
		t.Error("the socket is still there")
	}
}

func TestSocketInUse(t *testing.T) {
	_, s := withoutInterfaces(t)
	output(t, nil, "run", "unix", "{", "cli-listen", s.socket, "}").wants(t, 1, s.socket, "another program listens on it")
	ctl(t, s, "show", "version").wants(t, 0)
}

func TestStartupErrors(t *testing.T) {
	for _, c := range []struct{ text, where, what string }{
		{"unix {\n  cli-listen /nosuch/cli.sock\n  bogus 1\n}\n", ":3:3:", `"bogus"`},
		{"cpu { workers 65 }\n", ":1:15:", "65"},
		{"\n  nosuch { }\n", ":2:3:", `unknown stanza "nosuch"`},
		{"unix {\n", ":1:", "}"},
		{"af_xdp {\n  interface a {\n    mode fast\n  }\n}\n", ":3:10:", `"fast"`},
		{"buffers { default { data-size 1000 } }\n", ":1:31:", "1000"},
		{"classify {\n  bogus\n}\n", ":2:3:", `"bogus"`},
		{"flowtrack { timeout { bogus 1 } }\n", ":1:23:", `"bogus"`},
	} {
		file := filepath.Join(t.TempDir(), "startup.conf")
		ok(t, os.WriteFile(file, []byte(c.text), 0o600))
		output(t, nil, "run", "-c", file).wants(t, 2, file+c.where, c.what)
	}
	file := filepath.Join(t.TempDir(), "startup.conf") // a rule is read when the interfaces are there
	ok(t, os.WriteFile(file, []byte("\nclassify { rule { nosuch drop } }\n"), 0o600))
	output(t, nil, "run", "-c", file, "unix", "{", "cli-listen", filepath.Join(t.TempDir(), "cli.sock"), "}").wants(t, 2, file+":2:12:", `no interface "nosuch"`)
	output(t, nil, "run", "-c", "/nosuch/startup.conf").wants(t, 2, "/nosuch/startup.conf")
	output(t, nil, "run", "bogus", "{", "}").wants(t, 2, "word 1", `"bogus"`)
	output(t, nil, "bogus").wants(t, 2, "bogus", "gvpp --help")
	output(t, nil, "--help").wants(t, 0, "gvpp run", "gvpp doctor")
	output(t, nil, "version").wants(t, 0, "linux/")
}
