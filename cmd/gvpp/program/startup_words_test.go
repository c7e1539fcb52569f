package program

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// TestStartupWordsErrors: what a newcomer writes instead of a stanza gets an answer that helps.
func TestStartupWordsErrors(t *testing.T) {
	for conf, want := range map[string]string{
		"/tmp/x.conf":                            `command line: word 1: "/tmp/x.conf" is no stanza: -c FILE reads a file`,
		"x.conf unix { }":                        `word 1: "x.conf" is no stanza`,
		"unix { } ./x":                           `word 4: "./x" is no stanza: -c FILE`,
		"unix { } ./x cpu":                       `word 4: "./x" is no stanza: -c FILE`,
		"--verbose":                              `word 1: unknown flag "--verbose"`,
		"unix { } -c x.conf":                     `word 4: unknown flag "-c": flags stand before the stanzas`,
		"nonsense":                               `stanza "nonsense" has no value`,
		"nonsense { }":                           `plugins, classify or flowtrack or linux-cp or reassembly or tap`,
		"acl { }":                                `word 1: unknown stanza "acl"`,
		"unix { cli-listen h:1 }":                `word 4: stanza "unix": "h:1": only Unix sockets are served; give a path`,
		"socksvr { socket-name 127.0.0.1:5002 }": `word 4: stanza "socksvr": "127.0.0.1:5002": only Unix sockets`,
		"statseg { socket-name [::1]:5002 }":     `word 4: stanza "statseg": "[::1]:5002": only Unix sockets`,
	} {
		_, err := readStartup("", strings.Fields(conf), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || strings.HasSuffix(err.Error(), "or acl") {
			t.Errorf("%q: %v, want %q", conf, err, want)
		}
	}
	for _, conf := range []string{"unix { cli-listen /tmp/a:b }", "unix { cli-listen ./a:b }", "unix { cli-listen cli.sock }"} {
		if _, err := readStartup("", strings.Fields(conf), io.Discard); err != nil {
			t.Errorf("%q: %v", conf, err)
		}
	}
}

// TestStartupPluginDefault says that VPP's way to disable all plugins has no effect; a plugin's name has one, silently.
func TestStartupPluginDefault(t *testing.T) {
	var warned strings.Builder
	s, err := readStartup("", strings.Fields("plugins { plugin default { disable } }"), &warned)
	if err != nil {
		t.Fatal(err)
	}
	if want := `command line: word 4: "plugin default" is VPP's and means nothing here: ignored`; !strings.Contains(warned.String(), want) {
		t.Errorf("got %q, want %q", warned.String(), want)
	}
	if len(s.compiledIn()) != len(own) {
		t.Errorf("it disables plugins: %v", s.compiledIn())
	}
	warned.Reset()
	if _, err := readStartup("", strings.Fields("plugins { plugin acl { disable } }"), &warned); err != nil || warned.Len() > 0 {
		t.Errorf("%v, notice %q", err, warned.String())
	}
}

// TestStartupForbiddenCore asks for a core that no kernel has given to this process.
func TestStartupForbiddenCore(t *testing.T) {
	allowed, err := allowedCores()
	if err != nil || len(allowed) == 0 {
		t.Fatal(allowed, err)
	}
	core := 1000
	for slices.Contains(allowed, core) {
		core++
	}
	words := fmt.Sprintf("unix { runtime-dir %s } cpu { corelist-workers %d }", t.TempDir(), core)
	s, err := readStartup("", strings.Fields(words), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`command line: word 9: stanza "cpu": this process may not use core %d; it may use %s`, core, coreText(allowed))
	if err := s.serve(t.Context(), slog.New(slog.DiscardHandler), nil); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.cores = allowed[:1]
	if err := s.checkCores(); err != nil {
		t.Error(err)
	}
}

func TestCoreText(t *testing.T) {
	for want, cores := range map[string][]int{"": nil, "3": {3}, "0-1": {0, 1}, "0,2-4,7": {0, 2, 3, 4, 7}} {
		if got := coreText(cores); got != want {
			t.Errorf("%v: got %q, want %q", cores, got, want)
		}
	}
}
