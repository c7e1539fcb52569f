package gvpp_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// block is a fenced block of a markdown file: ```lang argument.
type block struct {
	path           string
	line           int // of its first line
	lang, argument string
	text           string
	before         string // what stands above it
}

func blocks(t *testing.T, path string) (list []block) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var in *block
	above := ""
	for i, line := range strings.Split(string(src), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && in == nil:
			lang, argument, _ := strings.Cut(info, " ")
			in = &block{path: path, line: i + 2, lang: lang, argument: argument, before: above}
		case fence:
			list = append(list, *in)
			in = nil
		case in != nil:
			in.text += line + "\n"
		case line != "":
			above = line
		}
	}
	if in != nil {
		t.Fatalf("%s:%d: the block has no end", path, in.line)
	}
	return list
}

// step is a command of a console block, and what it prints.
type step struct{ command, output string }

func (b *block) steps() (list []step) {
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, step{command: strings.TrimSpace(command)})
		} else if len(list) > 0 {
			list[len(list)-1].output += line
		}
	}
	return list
}

// pattern matches an output: … stands for anything within a line, and by itself for any lines.
func pattern(output string) *regexp.Regexp {
	p := strings.Builder{}
	for line := range strings.Lines(output) {
		if line == "…\n" {
			p.WriteString(`(?:.*\n)*?`)
			continue
		}
		p.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
	}
	return regexp.MustCompile("^" + p.String() + "$")
}

// shell is a bash in mount and process namespaces of its own, where /run is empty: what the documents call /run/gvpp is not the
// machine's. Its processes end with it. It works in /run/docs, which is dir: what is built in the same place again is in Go's cache.
type shell struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func newShell(t *testing.T, dir string, env []string) *shell {
	t.Helper()
	args := []string{"--mount", "--pid", "--fork", "--kill-child", "--mount-proc"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(args, "mount", "-t", "tmpfs", "none", "/run")...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED %s: no namespaces here: %v %s", t.Name(), err, out)
	}
	cmd := exec.Command("unshare", append(args, "bash", "--noprofile", "--norc")...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	s := &shell{in, bufio.NewReader(out)}
	if got, code := s.run("mount -t tmpfs none /run && mkdir /run/docs && mount --bind . /run/docs && cd /run/docs"); code != "0" {
		t.Fatal(got)
	}
	return s
}

// run runs a line and returns what it prints, and its exit code. Where that goes on in the background it waits until the sockets
// are there.
func (s *shell) run(line string) (output string, code string) {
	const end = "\x1e"
	if strings.HasSuffix(line, "&") {
		line += "\nfor i in $(seq 600); do test -S /run/gvpp/stats.sock && break; sleep 0.05; done; test -S /run/gvpp/stats.sock"
	}
	fmt.Fprintf(s.in, "{ %s\n} < /dev/null\nprintf '%s%%d%s' $?\n", line, end, end)
	got, _ := s.out.ReadString(end[0])
	code, err := s.out.ReadString(end[0])
	if err != nil {
		code = "the shell has ended"
	}
	return strings.TrimSuffix(got, end), strings.TrimSuffix(code, end)
}

// TestDocs writes each listing of a document to its file and runs each command, in one session of the document's own.
func TestDocs(t *testing.T) {
	if testing.Short() {
		t.Skipf("SKIPPED %s: it builds programs", t.Name())
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin+"/", "./cmd/gvpp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	others := newOthers(bin)
	for _, path := range []string{"docs/api.md", "docs/plugin-guide.md"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			testDocument(t, path, others, bin)
		})
	}
}

func testDocument(t *testing.T, path string, others *others, bin string) {
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(root, filepath.Join(dir, "gvpp")); err != nil {
		t.Fatal(err)
	}
	s := newShell(t, dir, append(others.env, "PATH="+bin+":"+os.Getenv("PATH"), "GOSUMDB=off", "GOWORK=off"))
	for _, b := range blocks(t, path) {
		t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) {
			switch b.lang {
			case "console":
				others.need(t, strings.TrimPrefix(b.argument, "needs="))
				b.run(t, s)
			case "c", "go", "python", "conf", "pg":
				if strings.HasPrefix(b.argument, "gvpp/") { // a file of this tree
					b.quoted(t, dir)
				} else {
					b.write(t, dir)
				}
			case "diff":
				b.edit(t, dir)
			default:
				t.Errorf("a block of %q: what is not run must not be there", b.lang)
			}
		})
	}
	if rest, _ := s.run("cat $(find " + dir + " -name '*.log')"); t.Failed() {
		t.Logf("logs:\n%s", rest)
	}
}

// write makes the file that a listing is.
func (b *block) write(t *testing.T, dir string) {
	t.Helper()
	path := b.file(t, dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (b *block) run(t *testing.T, s *shell) {
	t.Helper()
	for _, step := range b.steps() {
		start := time.Now()
		got, code := s.run(step.command)
		t.Logf("%.1fs %s", time.Since(start).Seconds(), step.command)
		if !pattern(step.output).MatchString(got) || (code != "0") != (b.argument == "fails") {
			t.Errorf("%s: $ %s\ngives\n%s\nwant\n%s\nexit code %s", b.path, step.command, got, step.output, code)
		}
	}
}

// others are the programs of other people that some blocks need.
type others struct {
	env     []string
	missing map[string]string // why
}

func newOthers(bin string) *others {
	o := &others{missing: map[string]string{}}
	if src := os.Getenv("GVPP_VPP_SRC"); src != "" {
		o.env = append(o.env, "PYTHONPATH="+filepath.Join(src, "src/vpp-api/python"))
	} else if cache, err := os.UserCacheDir(); err == nil { // where api/interop puts what it fetches
		o.env = append(o.env, "PYTHONPATH="+filepath.Join(cache, "gvpp", "vpp_papi"))
	}
	try := exec.Command("python3", "-c", "import vpp_papi")
	try.Env = append(os.Environ(), o.env...)
	if out, err := try.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		o.missing["vpp_papi"] = fmt.Sprintf("no vpp_papi: set GVPP_VPP_SRC to a tree of VPP's sources (%v, %s)", err, lines[len(lines)-1])
	}
	vppctl := os.Getenv("GVPP_VPPCTL")
	if vppctl == "" {
		vppctl, _ = exec.LookPath("vppctl")
	}
	if vppctl == "" {
		o.missing["vppctl"] = "no vppctl: name VPP's with GVPP_VPPCTL"
	} else if err := os.Symlink(vppctl, filepath.Join(bin, "vppctl")); err != nil {
		o.missing["vppctl"] = err.Error()
	}
	for program, remedy := range map[string]string{"tshark": "scripts/tools.sh installs it", "gcc": "the detector of data races needs it"} {
		if _, err := exec.LookPath(program); err != nil {
			o.missing[program] = "no " + program + ": " + remedy
		}
	}
	fetch := exec.Command("go", "mod", "download", "go.fd.io/govpp@v0.13.0")
	fetch.Dir = os.TempDir()
	if out, err := fetch.CombinedOutput(); err != nil {
		o.missing["govpp"] = fmt.Sprintf("GoVPP cannot be fetched: %v %s", err, out)
	}
	return o
}

func (o *others) need(t *testing.T, what string) {
	t.Helper()
	if why := o.missing[what]; why != "" {
		t.Skipf("SKIPPED %s: %s", t.Name(), why)
	}
}

// The patterns of outputs can fail.
func TestDocsPatterns(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"", "", true}, {"", "x\n", false}, {"a\n", "a\n", true}, {"a\n", "a\nb\n", false}, {"a…c\n", "abc\n", true}, {"a…c\n", "a\nc\n", false},
		{"…\n", "a\nb\n", true}, {"…\n", "", true}, {"a\n…\nd\n", "a\nb\nd\n", true}, {"a\n…\nd\n", "b\nd\n", false}, {"a.\n", "ab\n", false},
	} {
		if pattern(c.want).MatchString(c.got) != c.ok {
			t.Errorf("%q is found in %q: %v, want %v", c.want, c.got, !c.ok, c.ok)
		}
	}
}
