package gvpptest

import (
	"bytes"
	"context"
	"io"
	"strings"
)

// Exec runs a command of the CLI and returns what it prints. It fails the test where the command fails. Text of several lines is a
// script, as of the command exec: it may hold comments, and commands with { that go on until their }.
func (h *Harness) Exec(text string) string {
	h.t.Helper()
	var out bytes.Buffer
	if err := h.exec(text, &out); err != nil {
		h.t.Errorf("%q: %v", text, err)
	}
	return out.String()
}

// Refused runs a command that must fail, with an error that holds want.
func (h *Harness) Refused(text, want string) {
	h.t.Helper()
	switch err := h.exec(text, io.Discard); {
	case err == nil:
		h.t.Errorf("%q is done, want it refused with %q", text, want)
	case !strings.Contains(err.Error(), want):
		h.t.Errorf("%q is refused with %q, want %q in it", text, err, want)
	}
}

func (h *Harness) exec(text string, out io.Writer) error {
	if text = strings.TrimSpace(text); strings.Contains(text, "\n") {
		return h.DP.CLI().RunScript(context.Background(), "line", strings.NewReader(text), false, out)
	}
	return h.DP.CLI().Run(context.Background(), text, false, out)
}
