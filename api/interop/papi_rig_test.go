package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/packetline"
)

// The tests TestPAPI… run Python scripts of testdata with vpp_papi, VPP's own client for Python. What a script prints must be
// the text beside it: x.py and x.txt. testdata/rig.py has what the scripts share.

var update = flag.Bool("update", false, "write what the scripts print as what they shall print")

// source is the environment variable that names a tree of VPP's sources.
const source = "GVPP_VPP_SRC"

// python is what scripts run with.
type python struct{ program, path string }

// findPAPI looks for vpp_papi once. The error says where.
var findPAPI = sync.OnceValues(func() (python, error) {
	program, err := exec.LookPath("python3")
	if err != nil {
		return python{}, err
	}
	importable := func(path string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, "-c", "from vpp_papi import VPPApiClient; from vpp_papi.vpp_stats import VPPStats")
		cmd.Env = append(os.Environ(), "PYTHONPATH="+path)
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Errorf("%s", lines[len(lines)-1])
		}
		return nil
	}
	tree := os.Getenv(source)
	if tree == "" {
		err = fmt.Errorf("%s is not set", source)
	} else {
		path := filepath.Join(tree, "src/vpp-api/python")
		if err = importable(path); err == nil {
			return python{program, path}, nil
		}
		err = fmt.Errorf("%s: %w", path, err)
	}
	inherited := os.Getenv("PYTHONPATH")
	bare := importable(inherited)
	if bare == nil {
		return python{program, inherited}, nil
	}
	path, piped := fetchPAPI(program)
	if piped == nil {
		if piped = importable(path); piped == nil {
			return python{program, path}, nil
		}
	}
	return python{}, fmt.Errorf("looked for vpp_papi in VPP's sources (%w), in what %s imports (%w), and asked pip for it (%w)", err, program, bare, piped)
})

// fetchPAPI installs vpp_papi beside the tests, where an earlier run has not done so.
func fetchPAPI(program string) (path string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path = filepath.Join(cache, "gvpp", "vpp_papi")
	if _, err := os.Stat(filepath.Join(path, "vpp_papi")); err == nil {
		return path, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-m", "pip", "install", "--quiet", "--timeout", "5", "--retries", "0", "--target", path, "vpp-papi")
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return path, nil
}

// papi is how to run scripts; without vpp_papi the test is skipped.
func papi(t *testing.T) python {
	t.Helper()
	p, err := findPAPI()
	if err != nil {
		t.Skipf("no vpp_papi: %v", err)
	}
	return p
}

// scratch is a directory of the whole run.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if scratch, err = os.MkdirTemp("", "gvpp-interop"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// build makes the program gvpp and a directory of .api.json files, as a user makes it, once for all tests.
var build = sync.OnceValues(func() (made struct{ program, descriptions string }, err error) {
	made.program, made.descriptions = filepath.Join(scratch, "gvpp"), filepath.Join(scratch, "api")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", made.program, "./cmd/gvpp").CombinedOutput(); err != nil {
		return made, fmt.Errorf("go build: %w\n%s", err, out)
	}
	if out, err := exec.Command(made.program, "api-json", made.descriptions).CombinedOutput(); err != nil {
		return made, fmt.Errorf("gvpp api-json: %w\n%s", err, out)
	}
	return made, nil
})

// script runs testdata/name.py with the sockets of dir, and compares what it prints with name.txt. Lines that begin with a
// question mark are for answer, whose result the script reads.
func (p python) script(t *testing.T, name, dir string, answer func(words []string) (any, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	made, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, p.program, "-u", filepath.Join("testdata", name+".py"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+p.path, "PYTHONDONTWRITEBYTECODE=1", "GVPP_DIR="+dir, "GVPP_APIDIR="+made.descriptions)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got, asked := converse(in, out, answer)
	if err := errors.Join(asked, cmd.Wait()); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s.py: %v\nit has printed:\n%s%s", name, err, got, &complaints)
	}
	if why, ok := strings.CutPrefix(got, "skip: "); ok {
		t.Skip(why)
	}
	golden(t, filepath.Join("testdata", name+".txt"), got)
}

// converse collects what a script prints, and answers its questions.
func converse(in io.WriteCloser, out io.Reader, answer func([]string) (any, error)) (printed string, err error) {
	var all strings.Builder
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		question, ok := strings.CutPrefix(lines.Text(), "? ")
		if !ok {
			fmt.Fprintln(&all, lines.Text())
			continue
		}
		var words []string
		reply, wrong := any(nil), json.Unmarshal([]byte(question), &words)
		if wrong == nil {
			reply, wrong = answer(words)
		}
		if wrong != nil { // the script ends, since nobody answers
			err = errors.Join(err, fmt.Errorf("%s: %w", question, wrong), in.Close())
			continue
		}
		err = errors.Join(err, json.NewEncoder(in).Encode(reply))
	}
	return all.String(), errors.Join(err, lines.Err())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.SplitAfter(got, "\n"), strings.SplitAfter(string(want), "\n")
	at := 0
	for at < min(len(a), len(b))-1 && a[at] == b[at] {
		at++
	}
	t.Fatalf("%s, line %d:\ngot  %swant %sit has printed:\n%s", path, at+1, a[at], b[at], got)
}

// answer does what scripts ask for: "restart", or "send" and lines of packets for interface b; the answer is what has left a.
func (r *rig) answer(words []string) (any, error) {
	switch {
	case len(words) > 0 && words[0] == "send":
		return r.send(words[1:])
	case len(words) == 1 && words[0] == "restart":
		r.stop()
		r.start()
		return nil, nil
	}
	return nil, errors.New("want send and packets, or restart")
}

func (r *rig) send(lines []string) (left []string, err error) {
	for _, line := range lines {
		p, err := packetline.Build(line)
		if err != nil {
			return nil, err
		}
		r.b.Inject(0, p)
	}
	left = []string{}
	collect := func() (end bool) {
		for _, p := range r.a.Sent() {
			if bytes.Equal(p, mark) {
				end = true
			} else {
				left = append(left, packetline.String(p))
			}
		}
		return end
	}
	for range 2 { // the second is received after everything that came with the first has left, or has been dropped
		r.b.Inject(0, mark)
		await(r.t.(*testing.T), "the mark behind the packets", collect)
	}
	return left, nil
}

// mark is a frame that is not IP: it goes by the wire whatever the rules are.
var mark = append([]byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x88\xb5"), make([]byte, 46)...)
