package gvpp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api/binapi/vpe"
	"github.com/gvpp/gvpp/api/client"
)

// TestAPITraceCommands traces what a client sends, and saves it where VPP's tools look for it.
func TestAPITraceCommands(t *testing.T) {
	dp, s := newDataplane(t), sockets(t)
	s.APITrace = 100
	name := fmt.Sprintf("gvpp-api-trace-test-%d", os.Getpid())
	path := filepath.Join("/tmp", name)
	t.Cleanup(func() { os.Remove(path) })
	over := errors.New("over")
	err := dp.Serve(t.Context(), s, func(ctx context.Context) error {
		run := func(line string) string {
			text, err := dp.CLI().RunText(ctx, line)
			if err != nil {
				text += err.Error()
			}
			return text
		}
		if got := run("api trace save " + name); !strings.Contains(got, "nothing was received") {
			t.Errorf("save of nothing: %q", got)
		}
		c, err := client.Dial(ctx, s.API, "trace")
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := vpe.NewClient(c).ShowVersion(ctx, &vpe.ShowVersion{}); err != nil {
			return err
		}
		for _, step := range []struct{ line, want string }{
			{"api trace", "expected on, off, free, status or save NAME"},
			{"api trace x", "unknown input"},
			{"api trace save a/b", "want a name without /"},
			{"api trace save ..", "want a name without /"},
			{"api trace status", "RX trace: enabled, 2 of 100 messages, 0 lost"},
			{"api trace save " + name, "API trace saved to " + path},
			{"api trace save " + name, "file exists"},
			{"api trace off", ""},
			{"show api trace-status", "RX trace: disabled, 2 of 100"},
			{"api trace free", ""},
			{"api trace status", "disabled, 0 of 100"},
			{"api trace on nitems 7", ""},
			{"api trace status", "enabled, 0 of 7"},
			{"api trace on nitems 0", "number of messages"},
		} {
			if got := run(step.line); !strings.Contains(got, step.want) || step.want == "" && got != "" {
				t.Errorf("%s: %q, want %q", step.line, got, step.want)
			}
		}
		return over
	})
	if !errors.Is(err, over) {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(saved), "show_version_") || len(saved) < 1000 || saved[3] != 2 {
		t.Errorf("%d bytes, %v", len(saved), err)
	}
}

// TestVPPTables: tools that ask for VPP's tables are answered.
func TestVPPTables(t *testing.T) {
	dp := newDataplane(t)
	defer dp.Close()
	for line, want := range map[string]string{"show bihash": "no bihash", "show bihash verbose": "no bihash", "show l2patch": "no l2patch entries"} {
		if got, err := dp.CLI().RunText(t.Context(), line); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	for _, node := range []string{"l2-input-feat-arc", "l2-output-feat-arc-end"} {
		if got, err := dp.CLI().RunText(t.Context(), "show vlib graph "+node); err != nil || !strings.Contains(got, "Next") {
			t.Errorf("%s: %q, %v", node, got, err)
		}
	}
	if _, err := dp.CLI().RunText(t.Context(), "show bihash x"); err == nil {
		t.Error("a word too many is taken")
	}
}
