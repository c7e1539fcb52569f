package program

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/plugins/acl"
)

func TestStartupReadsFileThenWords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "startup.conf")
	text := `# a comment
unix { nodaemon cli-listen /tmp/x.sock gid 0 exec /tmp/x.cli }
cpu { corelist-workers 1-2,5 }
buffers { buffers-per-numa 32768 default { data-size 4096 } }
af_xdp { interface eth1 interface eth2 { name lan queues 2 mode copy } pass { tcp 22 } pass { arp } ring-size 512 }
flowtrack { sessions 100 }
statseg { size 32m }
physmem { max-size 1g }
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var warned strings.Builder
	s, err := readStartup(file, strings.Fields("unix { cli-listen /tmp/y.sock } plugins { plugin classify { disable } }"), &warned)
	if err != nil {
		t.Fatal(err)
	}
	if s.socket != "/tmp/y.sock" || s.exec != "/tmp/x.cli" || s.group != "0" {
		t.Errorf("unix: %+v", s)
	}
	if !slices.Equal(s.cores, []int{1, 2, 5}) || s.workers != 3 {
		t.Errorf("cpu: cores %v, workers %d", s.cores, s.workers)
	}
	if s.bufferCount() != 32768 || s.bufferSize != 4096 {
		t.Errorf("buffers: %d of %d bytes", s.bufferCount(), s.bufferSize)
	}
	if len(s.interfaces) != 2 || s.interfaces[1].name != "lan" || s.interfaces[1].queues != 2 || len(s.pass) != 2 || s.ringSize != 512 {
		t.Errorf("af_xdp: %+v", s)
	}
	if r := s.recipes(); len(r) != 2 || r[1].Name() != "lan" {
		t.Errorf("recipes: %v", r)
	}
	if len(s.plugins) != 1 || !s.disabled["classify"] || len(s.compiledIn()) != 4 {
		t.Errorf("plugins: %v, disabled %v", s.plugins, s.disabled)
	}
	if !strings.Contains(warned.String(), "physmem") {
		t.Errorf("no notice of the ignored stanza: %q", warned.String())
	}
}

func TestStartupErrorsNameTheirPlace(t *testing.T) {
	for conf, want := range map[string]string{
		"cpu { worker 2 }":                        `:1:7: stanza "cpu": unknown input "worker"`,
		"cpu {\n  workers -1\n}":                  `:2:`,
		"cpu { corelist-workers 3-1 }":            `core list "3-1"`,
		"cpu { corelist-workers 1,1 }":            `core 1 stands twice`,
		"nonsense { }":                            `unknown stanza "nonsense"`,
		"af_xdp { interface }":                    `interface`,
		"af_xdp { interface e { mode fast } }":    `fast`,
		"af_xdp { pass { tcp 99999 } }":           `tcp 99999`,
		"buffers { default { data-size 1000 } }":  `1000`,
		"plugins { plugin dpdk { disable } }":     `no plugin "dpdk"`,
		"unix { cli-listen /tmp/x":                `1`,
		"af_xdp { ring-size 100000000000000000 }": `ring-size`,
	} {
		file := filepath.Join(t.TempDir(), "startup.conf")
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readStartup(file, nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "startup.conf:") {
			t.Errorf("%q: %v, want a place and %q", conf, err, want)
		}
	}
}

// The plugins' stanzas reach the plugins: a dataplane begins with what they say.
func TestStanzasReachThePlugins(t *testing.T) {
	conf := "classify { default { a drop } rule { a in proto tcp dport 80 pass } } flowtrack { sessions 77 timeout { udp 5 } tcp_loose off save { file " + filepath.Join(t.TempDir(), "sessions") + " every 7 } }"
	s, err := readStartup("", strings.Fields(conf), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	dp, err := gvpp.New(gvpp.Config{Plugins: s.compiledIn(), Stanzas: s.plugins, Interfaces: memoryInterfaces("a", "b"), Buffers: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close()
	for line, want := range map[string]string{
		"show classify":          "default drop",
		"show classify int a":    "proto tcp dport 80 pass",
		"show flowtrack summary": "of 77 for each family",
		"show flowtrack sum":     "/sessions every 7 s and at the end",
		"show flowtrack set":     "tcp_loose               0      1",
		"show flowtrack timeo":   "udp                     5        30",
	} {
		var out strings.Builder
		line = strings.Replace(line, " int ", " interface ", 1)
		if err := dp.CLI().Run(t.Context(), line, false, &out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, %q; want %q", line, err, out.String(), want)
		}
	}
}

func TestStanzaOfAnUnknownInterface(t *testing.T) {
	s, err := readStartup("", strings.Fields("classify { default { zz drop } }"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gvpp.New(gvpp.Config{Plugins: s.compiledIn(), Stanzas: s.plugins, Interfaces: memoryInterfaces("a"), Buffers: 64})
	if err == nil || !strings.Contains(err.Error(), `"zz"`) || !strings.Contains(err.Error(), "command line: word") {
		t.Errorf("got %v, want the interface and its place", err)
	}
}

func TestExitCodes(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "startup.conf")
	if err := os.WriteFile(odd, []byte("nonsense { }"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string // in what it prints
	}{
		{nil, 0, "replay"},
		{[]string{"--help"}, 0, "Exit codes"},
		{[]string{"run", "--help"}, 0, "corelist-workers"},
		{[]string{"bogus"}, 2, "bogus"},
		{[]string{"run", "nonsense", "{", "}"}, 2, "nonsense"},
		{[]string{"run", "-c", "/nonexistent"}, 2, "/nonexistent"},
		{[]string{"ctl", "-s", "/nonexistent/cli.sock", "show", "version"}, 1, "gvpp run"},
		{[]string{"replay"}, 2, "--in"},
		{[]string{"replay", "--in", "a"}, 2, "IF=FILE"},
		{[]string{"replay", "--in", "a=/nonexistent"}, 1, "/nonexistent"},
		{[]string{"replay", "--in", "a=x", "-c", "/nonexistent"}, 2, "/nonexistent"},
		{[]string{"replay", "--in", "a=x", "-c", odd}, 2, "nonsense"},
		{[]string{"version"}, 0, "gvpp"},
		{[]string{"version", "-o", "json"}, 0, `"program": "gvpp"`},
		{[]string{"version", "-o", "xml"}, 2, "xml"},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), c.args, &out, &errs)
		if text := out.String() + errs.String(); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("gvpp %v: exit code %d, want %d and %q in:\n%s", c.args, code, c.code, c.want, text)
		}
	}
}

// The lists' command sets the timeouts of the sessions that there are.
func TestListsKnowTheSessions(t *testing.T) {
	for _, c := range []struct {
		disabled map[string]bool
		want     bool
	}{{nil, true}, {map[string]bool{"flowtrack": true}, false}} {
		for _, p := range (&startup{disabled: c.disabled}).ownPlugins() {
			if lists, ok := p.(*acl.Plugin); ok && (lists.Timeouts != nil) != c.want {
				t.Errorf("disabled %v: timeouts %v", c.disabled, lists.Timeouts)
			}
		}
	}
}
