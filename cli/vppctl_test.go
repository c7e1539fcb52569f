package cli

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// vppctl is VPP's own client: GVPP_VPPCTL, or the one on the PATH.
func vppctl(t *testing.T) string {
	t.Helper()
	path := os.Getenv("GVPP_VPPCTL")
	if path == "" {
		path, _ = exec.LookPath("vppctl")
	}
	if path == "" {
		t.Skip("no vppctl here: name one with GVPP_VPPCTL")
	}
	return path
}

// TestRealVppctl gives VPP's own client commands and pipes.
func TestRealVppctl(t *testing.T) {
	program, socket := vppctl(t), serve(t, manyLines)
	var many strings.Builder
	for range 300 {
		many.WriteString("show errors abcdefghijklmnopqrstuvwxyz\n")
	}
	for name, tt := range map[string]struct {
		args       []string
		in         string
		want, none string
		lines      int
	}{
		"command":          {args: []string{"show", "errors", "x"}, want: "show errors [x]\n", lines: 1},
		"without output":   {args: []string{"comment", "x"}},
		"mistake":          {args: []string{"bogus"}, want: "unknown input `bogus'\n", lines: 1},
		"long output":      {args: []string{"many", "5000"}, want: "line 4999\nline 5000\n", lines: 5000},
		"pipe":             {in: "sh err\nsh tr\n", want: "show errors []\nshow trace []\n", lines: 2},
		"pipe with quit":   {in: "sh err\nsh tr\nquit\n", want: "show errors []\nshow trace []\n", lines: 2},
		"mistake in pipe":  {in: "bogus\nsh tr\n", want: "unknown input `bogus'\n1 further line not run\n", none: "trace", lines: 2},
		"no end of line":   {in: "sh err\nsh tr", want: "show errors []\nshow trace []\n", lines: 2},
		"half a line":      {in: "sh tr", want: "show trace []\n", lines: 1},
		"long pipe":        {in: many.String(), lines: 300},
		"long outputs":     {in: "many 3000\nmany 2000\n", want: "line 2000\n", lines: 5000},
		"block":            {in: "sh err {\n# no }\nx\n}\nsh tr\n", want: "show errors [{ x }]\nshow trace []\n", lines: 2},
		"open block":       {in: "sh err {\nx\n", want: "the { is not closed\n", lines: 1},
		"open block given": {args: []string{"sh", "err", "{"}, want: "the { is not closed\n", lines: 1},
		"nothing but quit": {in: "quit\n"},
	} {
		cmd := exec.CommandContext(t.Context(), program, append([]string{"-s", socket}, tt.args...)...)
		cmd.Stdin = strings.NewReader(tt.in)
		cmd.WaitDelay = 10 * time.Second
		timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		out, err := cmd.Output()
		timer.Stop()
		switch {
		case err != nil || !strings.Contains(string(out), tt.want) || strings.Count(string(out), "\n") != tt.lines:
			t.Errorf("%s: got %.200q, %d lines, %v; want %q, %d", name, out, strings.Count(string(out), "\n"), err, tt.want, tt.lines)
		case tt.none != "" && strings.Contains(string(out), tt.none):
			t.Errorf("%s: got %q, with %q", name, out, tt.none)
		}
	}
}

// TestRealVppctlTerminal sits before VPP's own client.
func TestRealVppctlTerminal(t *testing.T) {
	program, socket := vppctl(t), serve(t, func(cfg *ServerConfig) { manyLines(cfg); cfg.Banner = "welcome\n" })
	master, slave := openPTY(t)
	cmd := exec.Command(program, "-s", socket)
	cmd.Env = append(os.Environ(), "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() { cmd.Process.Kill(); master.Close() })
	s := &screen{t: t, tty: master, read: make(chan []byte, 100)}
	go s.pump()
	s.await("welcome\n")
	s.await("gvpp# ")
	s.keys("sh erx\x7fr\r")
	s.await("show errors []\n")
	s.await("gvpp# ")
	s.keys("\x1b[A\x1b[D\x1b[D\x1b[D\x7f \r")
	s.await("show errors []\n")
	s.keys("sho\tint\t\x15many 30\r")
	s.await("line 23\n-- more -- (1-23/30)")
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 10, Col: 80}); err != nil {
		t.Fatal(err)
	}
	s.await("line 9\n-- more -- (1-9/30)")
	s.keys(" ")
	s.await("line 18\n-- more -- (10-18/30)")
	s.keys("q")
	s.await("gvpp# ")
	s.keys("quit\r")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
