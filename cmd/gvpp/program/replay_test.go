package program

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/internal/packetline"
)

// TestReplayExitCodes: 0 done, 1 failed, 2 the command line is wrong; the reason is on standard error.
func TestReplayExitCodes(t *testing.T) {
	dir := t.TempDir()
	in, rules, bad := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "rules"), filepath.Join(dir, "bad")
	w, err := pcapport.Create(in, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(1, packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:53"), 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{rules: "classify add rule a drop\n", bad: "# a comment\nclassify add rule a accept\n", in + ".cut": string(data[:50])} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args, want string // a part of standard error
		code       int
	}{
		{"--in a=" + in + " --interface b", "", 0},
		{"--in a=" + in + " --exec " + rules + " --verdicts - -o json", `"dropped": 1`, 0},
		{"", "at least one --in IF=FILE", 2},
		{"--in a", `--in "a": want IF=FILE`, 2},
		{"--in a=" + in + " --out =x", "want IF=FILE", 2},
		{"--in a=" + in + " --frobnicate", "frobnicate", 2},
		{"--in a=" + in + " -o xml", "xml", 2},
		{"--in a=" + in + " --verdicts " + in, "would be written over", 2},
		{"--in a=" + in + " --out b=" + dir + "/../" + filepath.Base(dir) + "/in.pcap", "would be written over", 2},
		{"--in a=" + in + " --out b=" + dir + "/o --verdicts " + dir + "/o", "written twice", 2},
		{"--in a=" + dir + "/none", "no such file", 1},
		{"--in a=" + in + ".cut", "broken at byte 24", 1},
		{"--in a=" + in + " --exec " + dir + "/none", "no such file", 1},
		{"--in a=" + in + " --exec " + bad, bad + ":2: classify add rule: unknown input `accept'", 1},
		{"--in a=" + in + " --out b=" + dir + "/none/o", "no such file", 1},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), append([]string{"replay"}, strings.Fields(c.args)...), &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%s: code %d, want %d; standard error:\n%s\nwant … %s …", c.args, code, c.code, stderr.String(), c.want)
		}
		if strings.Contains(c.args, "--verdicts -") && !json.Valid(stdout.Bytes()) {
			t.Errorf("%s: standard output is no verdict: %s", c.args, stdout.String())
		}
	}
	if after, err := os.ReadFile(in); err != nil || !bytes.Equal(after, data) {
		t.Errorf("the input was written over: %v", err)
	}
}
