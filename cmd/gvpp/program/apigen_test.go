package program

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const flowAPI = `option version = "1.2.0";
autoreply define flow_enable { u32 client_index; u32 context; u32 sw_if_index; bool enable; };
define flow_dump { u32 client_index; u32 context; };
define flow_details { u32 context; u32 sw_if_index; u64 packets; string name[64]; };
service { rpc want_flow_events returns want_flow_events_reply events flow_event; };
autoreply define want_flow_events { u32 client_index; u32 context; u32 enable_disable; u32 pid; };
define flow_event { u32 client_index; u32 pid; };
`

// apigenDir is a directory with sources.
func apigenDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flow.api":         flowAPI,
		"other.api":        `import "lib/types.api"; autoreply define o { u32 client_index; u32 context; vl_api_t_t t; };`,
		"inc/types.api":    "typedef t { u8 x; };",
		"bad.api":          "define a {\n  u32 b\n};\n",
		"worse.api":        "typedef a { foo b; };\ntypedef b { bar c; };\n",
		"json/old":         "",
		"pkg/doc.go":       "// Package flowapi is here already.\npackage flowapi\n",
		"pkg/flow_test.go": "package flowapi_test\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func apigenRun(t *testing.T, dir, args string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	var out, err bytes.Buffer
	code = run(context.Background(), append([]string{"apigen"}, strings.Fields(args)...), &out, &err)
	return code, out.String(), err.String()
}

// TestApigenExitCodes: 0 done, 1 failed, 2 the command line is wrong; the reason is on standard error, a file's place first.
func TestApigenExitCodes(t *testing.T) {
	dir := apigenDir(t)
	for _, c := range []struct {
		args, stdout, stderr string // the beginning of standard error
		code                 int
	}{
		{"flow.api", "flow_details_1af7b113", "", 0},
		{"flow.api other.api -I inc", "o_reply_e8d4e804", "", 0},
		{"-Iinc other.api", "o_reply_e8d4e804", "", 0},
		{"--help", "autoreply define flow_enable", "", 0},
		{"--json - flow.api", `"module": "flow"`, "", 0},
		{"--go - flow.api", "package flow\n", "", 0},
		{"--go - --package mine flow.api", "package mine\n", "", 0},
		{"--go - -I inc --import types=example.com/types other.api", `"example.com/types"`, "", 0},
		{"bad.api", "", "bad.api:3:1: found \"}\", want \";\"\n", 1},
		{"worse.api", "", "worse.api:1:13: type foo is not defined\nworse.api:2:13: type bar is not defined\n", 1},
		{"bad.api worse.api", "", "bad.api:3:1: found \"}\", want \";\"\nworse.api:1:13: type foo", 1},
		{"none.api bad.api", "", "gvpp: open none.api: no such file or directory\nbad.api:3:1: found", 1},
		{"other.api", "", `other.api:1:8: import "lib/types.api": not found beside other.api`, 1},
		{"none.api", "", "gvpp: open none.api: no such file", 1},
		{"--json none/x.json flow.api", "", "gvpp: directory none does not exist; make it first\n", 1},
		{"--go none flow.api", "", "gvpp: directory none does not exist; make it first\n", 1},
		{"--json flow.api flow.api", "", "flow.api would be written over", 1},
		{"", "", "", 2},
		{"--go . flow.api other.api", "", "gvpp: --go takes one file", 2},
		{"--go - --json - flow.api", "", "gvpp: --json - and --go -", 2},
		{"--json x.json flow.api other.api", "", "gvpp: --json x.json: for several files", 2},
		{"--go . --import x flow.api", "", `gvpp: --import "x": want MODULE=PATH`, 2},
		{"--package x flow.api", "", "gvpp: --package and --import", 2},
	} {
		code, stdout, stderr := apigenRun(t, dir, c.args)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.HasPrefix(stderr, c.stderr) || code == 0 && stderr != "" {
			t.Errorf("%s: code %d, want %d\n%s\nwant %s\nstandard error:\n%s\nwant %s", c.args, code, c.code, stdout, c.stdout, stderr, c.stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "x.json")); err == nil {
		t.Error("a file was written although the command failed")
	}
}

// A warning is said, and the file compiled; a type of gvpp's own is found by its import.
func TestApigenWarnings(t *testing.T) {
	dir := apigenDir(t)
	for name, text := range map[string]string{
		"greet.api":   "autoreply define greet { u32 x; };\n",
		"address.api": "typedef a { vl_api_address_t b; };\ntypedef c { ip4_addres d; };\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := apigenRun(t, dir, "greet.api")
	want := "greet.api:1:18: warning: greet is answered by greet_reply and does not begin with u32 client_index; u32 context: no client can call it\n"
	if code != 0 || stderr != want || !strings.Contains(stdout, "greet_reply_e8d4e804") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
	_, _, stderr = apigenRun(t, dir, "address.api")
	want = `address.api:1:13: type vl_api_address_t is not defined; it comes with import "vnet/ip/ip_types.api";
address.api:2:13: type ip4_addres is not defined; want vl_api_ip4_address_t; it comes with import "vnet/ip/ip_types.api";
`
	if stderr != want {
		t.Errorf("got\n%s\nwant\n%s", stderr, want)
	}
}

func TestApigenSummary(t *testing.T) {
	_, got, _ := apigenRun(t, apigenDir(t), "flow.api")
	want := `flow_88af319d                      version 1.2.0, 7 messages, 0 types
  flow_enable_823958cd             answered by flow_enable_reply
  flow_enable_reply_e8d4e804       reply
  flow_dump_51077d14               answered by any number of flow_details
  flow_details_1af7b113            details
  want_flow_events_476f5a08        answered by want_flow_events_reply, subscribes to flow_event
  want_flow_events_reply_e8d4e804  reply
  flow_event_bd5ff46a              event
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestApigenWrites: files are replaced whole, keep their permissions and links, and stay as they are when an input is wrong.
func TestApigenWrites(t *testing.T) {
	dir := apigenDir(t)
	step := func(args string, code int) {
		t.Helper()
		if got, _, stderr := apigenRun(t, dir, args); got != code {
			t.Fatalf("%s: code %d: %s", args, got, stderr)
		}
	}
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	step("--json json --go pkg -I inc flow.api", 0)
	if text := read("json/flow.api.json"); !json.Valid([]byte(text)) {
		t.Error("no JSON")
	}
	if text := read("pkg/flow.api.go"); !strings.Contains(text, "package flowapi\n") {
		t.Errorf("not the package of the directory: %.300s", text)
	}
	step("--json json -I inc flow.api other.api", 0)
	other := read("json/other.api.json")
	if err := os.Chmod(filepath.Join(dir, "json/other.api.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("json/other.api.json", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	step("--json link bad.api", 1)
	if read("json/other.api.json") != other {
		t.Error("a failed run has changed a file")
	}
	step("--json link flow.api", 0)
	if read("json/other.api.json") != read("json/flow.api.json") {
		t.Error("the file behind the link was not replaced")
	}
	if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	before, err := os.Stat(filepath.Join(dir, "json/other.api.json"))
	if err != nil || before.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want permissions 0600", before.Mode(), err)
	}
	step("--json link flow.api", 0)
	if after, err := os.Stat(filepath.Join(dir, "link")); err != nil || !os.SameFile(before, after) {
		t.Error("a file that has the text already was replaced")
	}
	step("--json /dev/null flow.api", 0)
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Fatal("/dev/null was replaced")
	}
	for _, pattern := range []string{"json/.*", "pkg/.*", ".*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
