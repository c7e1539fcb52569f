package gvpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
)

// stock is a dataplane with the plugins of the program.
func stock(t *testing.T, names ...string) *rig {
	tracker := flowtrack.New()
	rules := classify.New(tracker)
	plugins := []plugin.Plugin{tracker, rules, acl.New(rules), reassembly.New(tracker)}
	return newRig(t, gvpp.Config{Clock: func() int64 { return 0 }, Buffers: 1024, Plugins: plugins}, names...)
}

// docs/graph.svg is the picture of the graph as it is: -update writes it anew.
func TestGraphPicture(t *testing.T) {
	r := stock(t, "eth1", "eth2")
	golden(t, "../docs/graph.svg", r.cli("show graph svg"))
	golden(t, "show-graph-stock.txt", r.cli("show graph"))
	golden(t, "show-graph-stock.dot", r.cli("show graph dot"))
	r.connect("eth1", "eth2")
	r.cli("classify add rule eth1 proto udp keep-state pass")
	golden(t, "show-graph-interface.txt", r.cli("show graph interface eth1"))
	for range 1234 {
		r.send("eth1", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	}
	counted := r.cli("show graph svg")
	for _, want := range []string{">pkt-classify</text>", ">1,234</text>", "numbers: packets"} {
		if !strings.Contains(counted, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	narrow := r.cli("show graph svg interface eth1")
	if strings.Contains(narrow, "1,234") || strings.Contains(narrow, ">pkt-classify-out<") || strings.Contains(narrow, ">ip4-lookup<") || !strings.Contains(narrow, ">l2-xconnect<") {
		t.Errorf("the way of eth1:\n%s", narrow)
	}
}

func TestGraphAsJSON(t *testing.T) {
	r := stock(t, "eth1", "eth2")
	r.connect("eth1", "eth2")
	r.send("eth1", aPacket)
	decode := func(line string, v any) {
		t.Helper()
		var out bytes.Buffer
		if err := r.CLI().Run(context.Background(), line, true, &out); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), v); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out.String())
		}
	}
	var nodes []gvpp.GraphNode
	decode("show graph", &nodes)
	entry, _ := r.Graph().Plan.NodeID(graph.Entry)
	if n := nodes[entry]; len(nodes) != len(r.Graph().Plan.Nodes) || n.Name != graph.Entry || n.Packets != 1 || n.Rank != int(entry) || len(n.Nexts) == 0 {
		t.Errorf("%+v", nodes)
	}
	var one gvpp.InterfaceGraph
	decode("show graph interface eth2", &one)
	if one.Interface != "eth2" || one.Index != 2 || len(one.Arcs) != 7 || one.Arcs[2].End == "" || len(one.Nodes) >= len(nodes) {
		t.Errorf("%+v", one)
	}
	var picture string
	decode("show graph svg", &picture)
	if !strings.HasPrefix(picture, "<svg ") {
		t.Errorf("%.40q", picture)
	}
	path := filepath.Join(t.TempDir(), "g.dot")
	var written struct {
		File  string
		Bytes int64
	}
	decode("show graph dot file "+path, &written)
	if info, err := os.Stat(path); err != nil || written.File != path || info.Size() != written.Bytes {
		t.Errorf("%+v, %v", written, err)
	}
}

func TestGraphFile(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	dir := t.TempDir()
	path := filepath.Join(dir, "graph.svg")
	for _, mode := range []os.FileMode{0, 0o600} { // none there, then one that is replaced
		if mode != 0 {
			if err := os.WriteFile(path, []byte(strings.Repeat("old", 10000)), mode); err != nil {
				t.Fatal(err)
			}
		}
		said := r.cli("show graph svg file " + path)
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(said, path+": ") || string(text) != r.cli("show graph svg") {
			t.Errorf("%q, %v, %.60q", said, err, text)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
			t.Errorf("%v, %v", info, err)
		}
	}
	r.cli("show graph interface a file " + filepath.Join(dir, "text"))
	if text, err := os.ReadFile(filepath.Join(dir, "text")); err != nil || !strings.HasPrefix(string(text), "a (sw_if_index 1)") {
		t.Errorf("%v, %s", err, text)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"file":                       "expected a file name",
		"svg file " + dir:            "is not a regular file: name another",
		"svg file " + link:           "is not a regular file: name another",
		"svg file " + path + "/x":    "not a directory",
		"svg file " + dir + "/no/x":  "does not exist",
		"interface":                  "expected an interface name",
		"interface b":                `no interface "b"; there are a`,
		"dot svg":                    "unknown input `svg'",
		"png":                        "unknown input `png'",
		"svg file /proc/gvpp-no.svg": `"/proc/gvpp-no.svg" cannot be written`,
	} {
		r.refused("show graph "+line, want)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".gvpp*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	for line, want := range map[string]string{"show graph ": "dot file interface svg", "show graph interface ": "a", "show graph file ": "", "show graph svg f": "file"} {
		if got := strings.Join(r.CLI().Complete(line), " "); got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
}
