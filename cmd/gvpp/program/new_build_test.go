package program

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// goIn runs a command in a folder, without the net, with flags for go. It fails the test where the command fails.
func goIn(t *testing.T, dir, flags string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS="+flags, "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Flags for a module of its own, whose go.mod must be right as it is; and for a copy of gvpp, whose folder's name, which differs each
// time, must not keep what was built before from being used again.
const asItIs, ofACopy = "-mod=readonly", "-trimpath"

// source is gvpp's own tree.
func source(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// content is the files below a folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, at := range tree(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, at))
		if err != nil {
			t.Fatal(err)
		}
		all[at] = string(data)
	}
	return all
}

// A module of its own, outside of gvpp's tree, as its author has it: vetted, tested, formatted, and what its program does.
func TestNewModuleWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	gvpp, dir := source(t), filepath.Join(t.TempDir(), "limit")
	if code, _, errs := newPlugin(t, t.TempDir(), "limit", "--module", "example.com/me/limit", "--dir", dir, "--gvpp", gvpp); code != 0 {
		t.Fatal(errs)
	}
	before := content(t, dir)
	goIn(t, dir, asItIs, "go", "vet", "./...")
	if out := goIn(t, dir, asItIs, "go", "test", "./..."); !strings.Contains(out, "ok  \texample.com/me/limit\t") {
		t.Errorf("no test has run:\n%s", out)
	}
	goIn(t, dir, asItIs, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", "1x", ".")
	if out := goIn(t, dir, asItIs, "gofmt", "-l", "."); out != "" {
		t.Errorf("not gofmt's: %s", out)
	}
	if err := os.Remove(filepath.Join(dir, "limitapi/limit.api.go")); err != nil {
		t.Fatal(err)
	}
	goIn(t, dir, asItIs, "go", "generate", "./...")
	after := content(t, dir)
	for at, text := range before {
		if after[at] != text {
			t.Errorf("%s is not as it was made:\n%s", at, after[at])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files have become %d", len(before), len(after))
	}
	program := filepath.Join(t.TempDir(), "limit")
	goIn(t, dir, asItIs, "go", "build", "-o", program, "./cmd/limit")
	if out := goIn(t, dir, asItIs, program, "version"); !strings.HasPrefix(out, "gvpp ") {
		t.Errorf("version: %q", out)
	}
	out := goIn(t, dir, asItIs, program, "replay", "--in", "a=testdata/packets.pcap", "--interface", "b", "--exec", "testdata/rules.cli", "--then", "show limit")
	for _, want := range []string{"0        1     42  10.0.0.2/32 proto udp port 53 drop", "1        2     96  0.0.0.0/0 count", "4 passed, 1 dropped"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	descriptions := t.TempDir()
	goIn(t, dir, asItIs, program, "api-json", descriptions)
	if _, err := os.Stat(filepath.Join(descriptions, "limit.api.json")); err != nil {
		t.Error(err)
	}
	runsWith(t, program, "limit { rule { 10.0.0.0/8 proto udp drop } }", "show limit", "10.0.0.0/8 proto udp drop")
}

// runsWith runs a program with stanzas of startup.conf, without interfaces, so that it needs no privilege, and asks it a command.
func runsWith(t *testing.T, program, stanzas, command, want string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"run", "unix", "{", "runtime-dir", dir, "}"}, strings.Fields(stanzas)...)...)
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "msg=running") { // or it ends, and so do its lines
	}
	if out := goIn(t, dir, "", program, "ctl", "-s", filepath.Join(dir, "cli.sock"), command); !strings.Contains(out, want) {
		t.Errorf("%s: no %q in:\n%s", command, want, out)
	}
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		t.Error(err)
	}
}

// Names that are short, or that VPP's rules for messages treat in a way of their own.
func TestNewNamesWork(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	gvpp := source(t)
	for _, name := range []string{"k", "x1", "ip4acl", "zzzzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		dir := filepath.Join(t.TempDir(), name)
		if code, _, errs := newPlugin(t, t.TempDir(), name, "--module", "example.com/me/gvpp-"+name, "--dir", dir, "--gvpp", gvpp); code != 0 {
			t.Fatal(errs)
		}
		goIn(t, dir, asItIs, "go", "vet", "./...")
		if out := goIn(t, dir, asItIs, "go", "test", "."); !strings.Contains(out, "ok  \t") {
			t.Errorf("%s: no test has run:\n%s", name, out)
		}
	}
}

// In gvpp's tree, a copy of it: the plugin is held to what house_test.go holds, and gvpp has it.
func TestNewInTreeWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	gvpp, dir := source(t), t.TempDir()
	list, err := exec.Command("git", "-C", gvpp, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("the tree is no clone of git's: ", err)
	}
	for at := range bytes.SplitSeq(bytes.TrimRight(list, "\x00"), []byte{0}) {
		copyFile(t, filepath.Join(gvpp, string(at)), filepath.Join(dir, string(at)))
	}
	if code, _, errs := newPlugin(t, dir, "limit"); code != 0 {
		t.Fatal(errs)
	}
	if out := goIn(t, dir, ofACopy, "gofmt", "-l", "plugins/limit", "cmd/gvpp"); out != "" {
		t.Errorf("not gofmt's: %s", out)
	}
	goIn(t, dir, ofACopy, "go", "vet", "./plugins/limit/...", "./cmd/gvpp")
	if out := goIn(t, dir, ofACopy, "go", "test", "./plugins/limit"); !strings.Contains(out, "ok  \t") {
		t.Errorf("no test has run:\n%s", out)
	}
	if out := goIn(t, dir, ofACopy, "go", "test", "-v", "-run", "TestImportsGoDown|TestSizes", "."); strings.Count(out, "--- PASS") != 2 {
		t.Errorf("the house's tests:\n%s", out)
	}
	out := goIn(t, dir, ofACopy, "go", "run", "./cmd/gvpp", "replay", "--in", "a=plugins/limit/testdata/packets.pcap", "--interface", "b",
		"--exec", "plugins/limit/testdata/rules.cli", "--then", "show limit")
	if !strings.Contains(out, "10.0.0.2/32 proto udp port 53 drop") {
		t.Errorf("gvpp has not got it:\n%s", out)
	}
}

// copyFile copies a file and makes its folder. One that is deleted, but not yet for git, is left out.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if os.IsNotExist(err) {
		return
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, fs.FileMode(0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
}
