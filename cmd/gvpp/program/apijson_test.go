package program

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// described is what this test reads of an .api.json.
type described struct {
	Module   string              `json:"module"`
	CRC      string              `json:"vl_api_version"`
	Imports  []string            `json:"imports"`
	Messages [][]json.RawMessage `json:"messages"`
}

// lines are the module and its messages with their CRCs, as in api/binapi/testdata/crcs.txt.
func (d *described) lines(t *testing.T) string {
	t.Helper()
	var crc uint32
	if _, err := fmt.Sscanf(d.CRC, "0x%x", &crc); err != nil {
		t.Fatalf("%s: %v", d.Module, err)
	}
	text := fmt.Sprintf("%s %08x\n", d.Module, crc)
	for _, m := range d.Messages {
		var name string
		var tail struct{ CRC string }
		if err := json.Unmarshal(m[0], &name); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(m[len(m)-1], &tail); err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("  %s %s\n", name, strings.TrimPrefix(tail.CRC, "0x"))
	}
	return text
}

func readDescriptions(t *testing.T, dir string) map[string]*described {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.api.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*described{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		d := new(described)
		if err := json.Unmarshal(text, d); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		all[d.Module] = d
		if want := d.Module + ".api.json"; filepath.Base(p) != want {
			t.Errorf("module %s is in %s, want %s", d.Module, filepath.Base(p), want)
		}
	}
	return all
}

func TestAPIJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "api")
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"api-json", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	all := readDescriptions(t, dir)
	for _, want := range []string{"memclnt", "vlib", "vpe", "interface", "l2", "af_xdp", "pg", "acl", "ip_types", "interface_types", "ethernet_types", "vpe_types"} {
		if all[want] == nil {
			t.Errorf("no description of module %s", want)
		}
	}
	for name, d := range all {
		for _, i := range d.Imports {
			if all[strings.TrimSuffix(path.Base(i), ".api")] == nil {
				t.Errorf("%s imports %s, which is not described", name, i)
			}
		}
	}
	if want := fmt.Sprintf("%d modules in %s\n", len(all), dir); out.String() != want {
		t.Errorf("it says %q, want %q", out.String(), want)
	}
}

// Messages are known by name and CRC: those of VPP's modules have VPP's, ours may change with intent only. Each name is once.
func TestAPICRCs(t *testing.T) {
	dir := t.TempDir()
	if code := run(context.Background(), []string{"api-json", dir}, &bytes.Buffer{}, &bytes.Buffer{}); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	vpp, err := os.ReadFile("../../../api/binapi/testdata/crcs.txt")
	if err != nil {
		t.Fatal(err)
	}
	const ours = "testdata/crcs.txt"
	have, seen := "# Modules of gvpp's own, as in api/binapi/testdata/crcs.txt; go test ./cmd/gvpp/program -run APICRCs -update\n", map[string]string{}
	all := readDescriptions(t, dir)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		lines := all[name].lines(t)
		for line := range strings.Lines(lines) {
			if message, _, _ := strings.Cut(strings.TrimPrefix(line, "  "), " "); strings.HasPrefix(line, " ") {
				if seen[message] != "" {
					t.Errorf("message %s is in %s and in %s", message, seen[message], name)
				}
				seen[message] = name
			}
		}
		if !strings.Contains("\n"+string(vpp), "\n"+lines) {
			have += lines
		}
	}
	if *update {
		if err := os.WriteFile(ours, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("CRCs that are not VPP's:\n%s\nwant those of %s:\n%s", have, ours, want)
	}
}
