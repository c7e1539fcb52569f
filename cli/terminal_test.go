package cli

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestTerminalBytes is the dialogue of a terminal, byte by byte, with the words and line ends that VPP's scripts wait for.
func TestTerminalBytes(t *testing.T) {
	c := dialRaw(t, serve(t, func(cfg *ServerConfig) { cfg.Banner = "hello\n" }), "xterm")
	expect(t, c, "\rhello\r\ngvpp# ")
	send(t, c, naws(80, 24)+"sh err")
	expect(t, c, "sh err")
	send(t, c, "\r\x00")
	expect(t, c, "\r\nshow errors []\r\ngvpp# ")
	send(t, c, "fail\r\n")
	expect(t, c, "fail\r\nfail: it failed: try again\r\ngvpp# ")
	send(t, c, "bogus\n")
	expect(t, c, "bogus\r\nunknown input `bogus'\r\ngvpp# ")
	send(t, c, "\r# nothing\rquit\r")
	expect(t, c, "\r\ngvpp# # nothing\r\ngvpp# quit\r\n")
	expectEnd(t, c)
}

func TestTerminalEditing(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 80, 24)
	v.await("gvpp# ")
	for _, tt := range []struct{ keys, want string }{
		{"sh erx\x7fr", "gvpp# sh err"},
		{"\x1b[D\x1bOD\x02", "gvpp# sh |err"},
		{"ow", "gvpp# sh ow|err"},
		{"\x08\b\x7f\x06\x01", "gvpp# |sherr"},
		{"\x1b[4~ äö\x1b[1~\x1b[3~\x04S", "gvpp# S|err äö"},
		{"\x1bf", "gvpp# Serr |äö"},
		{"\x05\x17", "gvpp# Serr "},
		{"\x15", "gvpp# "},
		{"\x19\x19", "gvpp# Serr Serr "},
		{"\x1b[1;5D\x0b", "gvpp# Serr "},
		{"\x19\x01\x1bd", "gvpp# | Serr"},
		{"\x15\x0b\x1b[200~a\x1b[201~\x1bx\x1b[99;99;99;99;99;99;99;99;99zb\x1b[[Ac\x1e\x1f", "gvpp# abc"},
		{"\x0c", "gvpp# abc"},
		{"d\x14", "gvpp# abdc"},
		{"\x03", "gvpp# abdc^C\ngvpp# "},
		{"a\xc3\xe2\x82\xac\xc2\x9b\xfeb\xf0\x9f\r", "gvpp# a€b\nunknown input `a€b'\ngvpp# "},
	} {
		v.keys(tt.keys)
		v.await(strings.Split(tt.want, "\n")...)
	}
	v.keys("\x04")
	v.awaitEnd()
}

// TestTerminalBlock types a command over several lines: those with an open brace go on, until Ctrl-C gives all of them up.
func TestTerminalBlock(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 80, 24)
	v.await("gvpp# ")
	v.keys("sh err {\r")
	v.await("gvpp# sh err {", "    > ")
	v.keys("# quit}\rquit \"}\"\r } x\r")
	v.await("    > # quit}", "    > quit \"}\"", "    >  } x", "show errors [{ quit } } x]", "gvpp# ")
	v.keys("sh err {\rlost\x12sh\r\x03")
	v.await("    > sh err {", "    > ^C", "gvpp# ")
	v.keys("sh err kept\r")
	v.await("gvpp# sh err kept", "show errors [kept]", "gvpp# ")
	v.keys("show {\rer\t x\x15}\r")
	v.await("    > }", "show: unknown input `{", "}'", "gvpp# ")
	v.keys("comment {\r don't\r}\r")
	v.await("    >  don't", "    > }", "gvpp# ")
}

func TestTerminalCompletion(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 24, 10)
	v.await("gvpp# ")
	v.keys("sho\t")
	v.await("gvpp# show ")
	v.keys("\t")
	v.await("errors     int", "interface  trace", "gvpp# show ")
	v.keys("i\t\t")
	v.await("int  interface", "gvpp# show int")
	v.keys("erf\tet\t0\r")
	v.await("gvpp# show interface eth", "0", "show interface [eth0]", "gvpp# ")
	v.keys("nonsense \t\t!")
	v.await("gvpp# nonsense !")
	v.keys("\x15show ?\r")
	v.await("  show trace      Traced", "-- more -- (1-9/10)")
}

func TestTerminalHistory(t *testing.T) {
	v := openTerminal(t, serve(t, func(cfg *ServerConfig) { cfg.HistoryLimit = 3 }), "xterm", 80, 24)
	v.await("gvpp# ")
	for _, w := range []string{"one", "two", "two", "three", "four"} {
		v.keys("sh err " + w + "\r")
		v.await("show errors ["+w+"]", "gvpp# ")
	}
	for _, tt := range []struct{ keys, want string }{
		{"new\x1b[A", "sh err four"},
		{"\x10\x1bOA\x1b[A\x1b[A", "sh err two"}, // three lines only
		{"\x0e\x1b[B", "sh err four"},
		{"\x1b[B\x1b[B", "new"},
	} {
		v.keys(tt.keys)
		v.await("gvpp# " + tt.want)
	}
	v.keys("\x12tw")
	v.await("(reverse-i-search)`tw': sh err two")
	v.keys("\x7f")
	v.await("(reverse-i-search)`t': sh err three")
	v.keys("\x12")
	v.await("(reverse-i-search)`t': sh err two")
	v.keys("\x12zzz")
	v.await("(reverse-i-search)`tzzz': sh err two")
	v.keys("\x07")
	v.await("gvpp# new")
	v.keys("\x12thr\r")
	v.await("gvpp# sh err three", "show errors [three]", "gvpp# ")
	v.keys("\x12fo\x1b[D")
	v.await("gvpp# sh err fou|r")
	v.keys("\x12\x03")
	v.await("gvpp# sh err four^C", "gvpp# ")
}

// TestTerminalResize draws a line anew that is typed while the window changes.
func TestTerminalResize(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 20, 8)
	v.await("gvpp# ")
	v.keys("show errors abcdefgh")
	v.await("gvpp# show errors ab", "cdefgh")
	v.rows, v.x, v.y = make([][]rune, 8), 6, 1 // terminals differ in what they make of it: begin with an empty one
	v.size(30, 8)
	v.await("gvpp# show errors abcdefgh")
	v.keys("\r")
	v.await("show errors [abcdefgh]", "gvpp# ")
}

// TestDumbTerminal gets no escape sequence, whatever is typed.
func TestDumbTerminal(t *testing.T) {
	v := openTerminal(t, serve(t, manyLines), "dumb", 40, 5)
	v.await("gvpp# ")
	v.keys("sh erx\x7fr\x1b[D\x1b[Dx\x7f\x1b[C\x05\r")
	v.await("gvpp# sh err", "show errors []", "gvpp# ")
	v.keys("\x1b[A")
	v.await("gvpp# sh err")
	v.keys("\x15sho\t\t")
	v.await("errors  int  interface  trace", "gvpp# show ")
	v.keys("\x0c\x15many 20\r")
	v.await("line 4", "-- more -- (1-4/20)")
	v.keys(" ")
	v.await("line 8", "-- more -- (5-8/20)")
	v.keys("kq")
	v.await("line 7", "gvpp# ")
	if strings.Contains(string(v.raw), "\x1b") {
		t.Errorf("an escape sequence: %q", v.raw)
	}
}

// TestSilentClient is somebody behind a socket without a terminal type, as behind socat: after a second there is a prompt.
func TestSilentClient(t *testing.T) {
	c := dialRaw(t, serve(t, manyLines), "")
	expect(t, c, "\rgvpp# ")
	send(t, c, "sh err\r")
	expect(t, c, "sh err\r\nshow errors []\r\ngvpp# ")
	send(t, c, "many 30\r") // without a size there are no pages
	expect(t, c, "many 30\r\nline 1\r\n")
	send(t, c, "\x04")
	io.Copy(io.Discard, c)
}

// TestLateVppctl is a vppctl on a machine so busy that it answers after the prompt.
func TestLateVppctl(t *testing.T) {
	c := dialRaw(t, serve(t, nil), "")
	expect(t, c, "\rgvpp# ")
	send(t, c, string(answer(termVppctl))+"sh err\n\x00")
	expect(t, c, "show errors []\n\x00")
}

func TestLineMode(t *testing.T) {
	c := dialRaw(t, serve(t, func(cfg *ServerConfig) { cfg.LineMode, cfg.Banner, cfg.Prompt = true, "hello\n", "vpp# " }), "xterm")
	expect(t, c, "hello\nvpp# ")
	send(t, c, "sh err\nfoo\n")
	expect(t, c, "show errors []\nvpp# unknown input `foo'\nvpp# ")
	send(t, c, "sh err {\nx\n}\n")
	expect(t, c, "    >     > show errors [{ x }]\nvpp# ")
	send(t, c, "quit\n")
	expectEnd(t, c)
}

// TestTypedTooLong does not run a line that is not all that was typed.
func TestTypedTooLong(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 80, 24)
	v.await("gvpp# ")
	go io.WriteString(v.c, "sh err "+strings.Repeat("x", maxTyped)+"\r")
	v.await(errTyped.Error(), "gvpp# ")
}

// TestTerminalSizeIsNoCtrlC is a window that becomes 259 columns wide, the number of which has a byte like Ctrl-C.
func TestTerminalSizeIsNoCtrlC(t *testing.T) {
	release := make(chan struct{})
	started := make(chan struct{})
	path := serve(t, func(cfg *ServerConfig) {
		cfg.Tree.Add("hold", "", "", func(c *Call) error {
			close(started)
			select {
			case <-release:
			case <-c.Context.Done():
			}
			return c.Context.Err()
		})
	})
	v := openTerminal(t, path, "xterm", 80, 24)
	v.await("gvpp# ")
	v.keys("hold\r")
	<-started
	v.size(259, 24)
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	v.await("gvpp# hold", "gvpp# ")
}

// TestCtrlCDropsTypedAhead cancels a command and what was typed behind it, not what was typed after.
func TestCtrlCDropsTypedAhead(t *testing.T) {
	v := openTerminal(t, serve(t, nil), "xterm", 80, 24)
	v.await("gvpp# ")
	v.keys("wait\rsh err lost\r\x03sh err kept\r")
	v.await("gvpp# wait", "cancelled", "gvpp# sh err kept", "show errors [kept]", "gvpp# ")
}
