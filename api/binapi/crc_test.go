package binapi_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apigen"
	"github.com/gvpp/gvpp/api/binapi"
	"github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/af_xdp"
	"github.com/gvpp/gvpp/api/binapi/arp"
	"github.com/gvpp/gvpp/api/binapi/classify"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip6_nd"
	"github.com/gvpp/gvpp/api/binapi/ip_neighbor"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/api/binapi/lcp"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/binapi/pg"
	"github.com/gvpp/gvpp/api/binapi/ping"
	"github.com/gvpp/gvpp/api/binapi/punt"
	"github.com/gvpp/gvpp/api/binapi/span"
	"github.com/gvpp/gvpp/api/binapi/tapv2"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/binapi/vpe"
)

// generated is every module below this folder.
func generated() []*api.File {
	return append(binapi.Types(), memclnt.File, vlib.File, vpe.File, interfaces.File, l2.File, pg.File, af_xdp.File, acl.File, classify.File, span.File, ip.File, ip_neighbor.File,
		tapv2.File, lcp.File, punt.File, arp.File, ip6_nd.File, ping.File)
}

// golden is testdata/crcs.txt by module: the lines as they are, the module's own first.
func golden(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/crcs.txt")
	if err != nil {
		t.Fatal(err)
	}
	modules, module := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			module, _, _ = strings.Cut(line, " ")
		}
		modules[module] = append(modules[module], line)
	}
	return modules
}

// compare says how lines differ from the golden ones, which are VPP's: there is nothing to update.
func compare(t *testing.T, what string, want, have []string) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("%s: %d messages, want %d", what, len(have)-1, len(want)-1)
	}
	for i := range min(len(have), len(want)) {
		if have[i] != want[i] {
			t.Errorf("%s: line %d is %q, want VPP's %q", what, i, have[i], want[i])
		}
	}
}

// Of each .api file, compiled now.
func TestCRCsOfSources(t *testing.T) {
	want := golden(t)
	paths, err := filepath.Glob("*/*.api")
	if err != nil || len(paths) != len(want) {
		t.Fatalf("%d modules, want %d; %v", len(paths), len(want), err)
	}
	for _, path := range paths {
		f, err := apigen.Compile(path, []string{"."})
		if err != nil {
			t.Error(err)
			continue
		}
		have := []string{fmt.Sprintf("%s %08x", f.Name, f.CRC)}
		for _, m := range f.Messages {
			have = append(have, fmt.Sprintf("  %s %08x", m.Name, m.CRC))
		}
		compare(t, path, want[f.Name], have)
	}
}

// Of the generated packages, whose description must be the source's of now.
func TestCRCsOfPackages(t *testing.T) {
	want := golden(t)
	for _, f := range generated() {
		have := []string{fmt.Sprintf("%s %08x", f.Name, f.CRC)}
		for _, m := range f.Messages {
			have = append(have, fmt.Sprintf("  %s %08x", m.Name, m.CRC))
		}
		compare(t, "package "+f.Name, want[f.Name], have)
		delete(want, f.Name)
		source, err := apigen.Compile(filepath.Join(f.Name, f.Name+".api"), []string{"."})
		if err != nil {
			t.Error(err)
		} else if string(source.JSON()) != f.JSON {
			t.Errorf("package %s is older than its .api: go generate ./api/binapi/%[1]s", f.Name)
		}
	}
	for name := range want {
		t.Errorf("no package for module %s", name)
	}
}

// sockclnt_create and its reply have ids that clients do not ask for.
func TestIDsOfTheFirstMessages(t *testing.T) {
	for id, name := range map[int]string{15: "sockclnt_create", 16: "sockclnt_create_reply", 28: "get_api_json_reply"} {
		if d := memclnt.File.Messages[id-1]; d.Name != name {
			t.Errorf("message %d is %s, want %s", id, d.Name, name)
		}
	}
}
