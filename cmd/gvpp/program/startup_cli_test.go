package program

import (
	"io"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/cli"
)

// TestStartupTerminal reads how terminals are to look; the zero values are cli's defaults.
func TestStartupTerminal(t *testing.T) {
	for conf, want := range map[string]cli.ServerConfig{
		"":                                     {Banner: banner()},
		"nobanner cli-prompt vpp#":             {Prompt: "vpp# "},
		"cli-no-banner cli-prompt \"a b  \"":   {Prompt: "a b "},
		"nobanner cli-no-pager cli-line-mode":  {NoPager: true, LineMode: true},
		"nobanner cli-history-limit 0":         {HistoryLimit: -1},
		"nobanner cli-history-limit 7":         {HistoryLimit: 7},
		"nobanner cli-pager-buffer-limit 0":    {PagerLimit: -1},
		"nobanner cli-pager-buffer-limit 5000": {PagerLimit: 5000},
	} {
		s, err := readStartup("", []string{"unix", "{", conf, "}"}, io.Discard)
		if err != nil {
			t.Errorf("%q: %v", conf, err)
		} else if s.cli != want {
			t.Errorf("%q: got %+v, want %+v", conf, s.cli, want)
		}
	}
	for _, conf := range []string{"cli-prompt " + strings.Repeat("x", 65), "cli-history-limit -1", "cli-history-limit 1001", "cli-pager-buffer-limit x", "cli-prompt"} {
		if _, err := readStartup("", []string{"unix", "{", conf, "}"}, io.Discard); err == nil {
			t.Errorf("%.40q is taken", conf)
		}
	}
}
