package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// sessionTerminal is the terminal of the session that a command comes from; nil where there is none. What sets something of it
// then checks its words and does nothing: scripts made for VPP begin with set terminal pager off, and are to run everywhere.
func sessionTerminal(c *Call) *terminal {
	s, _ := c.Context.Value(sessionKey{}).(*session)
	if s == nil {
		return nil
	}
	return s.terminal
}

// terminalOf is sessionTerminal for what is of no use without one.
func terminalOf(c *Call) (*terminal, error) {
	t := sessionTerminal(c)
	if t == nil {
		return nil, c.Args.Errorf("this session has no terminal: it is for a vppctl that was given no command")
	}
	return t, nil
}

func showHistory(c *Call) error {
	t, err := terminalOf(c)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	h := t.ed.history
	return c.Show(h.lines, func(w io.Writer) {
		for i, line := range h.lines {
			fmt.Fprintf(w, "%d  %s\n", h.count-len(h.lines)+i+1, line)
		}
	})
}

// TerminalStatus is what show terminal shows.
type TerminalStatus struct {
	Type    string `json:"type"` // as the client named it
	Width   int    `json:"width"`
	Height  int    `json:"height"` // 0: not known
	ANSI    bool   `json:"ansi"`
	History int    `json:"history_limit"` // lines; 0: off
	Pager   bool   `json:"pager"`
	Limit   int    `json:"pager_limit"` // lines
}

func showTerminal(c *Call) error {
	t, err := terminalOf(c)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	s := TerminalStatus{t.tel.term, t.width, t.height, t.ansi, t.ed.history.max, t.pages, t.pageLimit}
	return c.Show(s, func(w io.Writer) {
		fmt.Fprintf(w, "Terminal type:   %s\nTerminal mode:   char-by-char\n", s.Type)
		fmt.Fprintf(w, "Terminal width:  %d\nTerminal height: %d\n", s.Width, s.Height)
		fmt.Fprintf(w, "ANSI capable:    %s\n", yes(s.ANSI))
		fmt.Fprintf(w, "History enabled: %s\nHistory limit:   %d\n", yes(s.History > 0), s.History)
		why := ""
		if s.Pager && s.Height < 2 {
			why = " (disabled by terminal height)"
		}
		fmt.Fprintf(w, "Pager enabled:   %s%s\nPager limit:     %d\n", yes(s.Pager), why, s.Limit)
	})
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// switched takes on, off, or limit N with N up to most. An "on" without a limit gives back def.
func switched(a *Args, def, most int) (on bool, limit int, err error) {
	word, err := a.OneOf("a setting", "on", "off", "limit")
	limit = def
	if err == nil && word == "limit" {
		var n int64
		n, err = a.Int("a number of lines", 0, int64(most))
		limit = int(n)
	}
	if err == nil {
		err = a.End()
	}
	return word != "off" && limit > 0, limit, err
}

func setPager(c *Call) error {
	t, limit := sessionTerminal(c), defaultPagerLimit
	if t != nil && t.pageLimit > 0 {
		limit = t.pageLimit
	}
	on, limit, err := switched(c.Args, limit, defaultPagerLimit)
	if err != nil || t == nil {
		return err
	}
	t.pages, t.pageLimit = on, limit
	return nil
}

// maxSessionHistory bounds what a session may ask to be remembered, in lines; a line has up to 16 KiB.
const maxSessionHistory = 1000

func setHistory(c *Call) error {
	on, limit, err := switched(c.Args, defaultHistoryLimit, maxSessionHistory)
	t := sessionTerminal(c)
	if err != nil || t == nil {
		return err
	}
	if !on {
		limit = 0
	}
	t.ed.history.max = limit
	t.ed.history.trim()
	return nil
}

func setANSI(c *Call) error {
	word, err := c.Args.OneOf("a setting", "on", "off")
	if err != nil {
		return err
	}
	t := sessionTerminal(c)
	if err := c.Args.End(); err != nil || t == nil {
		return err
	}
	t.ansi = word == "on"
	t.ed.plain = !t.ansi
	return nil
}

// SessionInfo is a client of the CLI socket.
type SessionInfo struct {
	ID      uint64 `json:"id"`             // counts from the server's start
	Kind    string `json:"kind"`           // terminal, vppctl, gvppctl, plain, or new
	Term    string `json:"term,omitempty"` // of a terminal
	UptimeS int64  `json:"uptime_s"`       // since it has connected
	Self    bool   `json:"self,omitempty"` // it asks
}

func showSessions(c *Call) error {
	self, _ := c.Context.Value(sessionKey{}).(*session)
	if self == nil {
		return c.Args.Errorf("this does not come from the CLI socket")
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	list := self.s.list(self)
	return c.Show(list, func(w io.Writer) {
		tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		fmt.Fprintln(tw, "ID\tKind\tTerminal\tUptime\t")
		for _, s := range list {
			mark := ""
			if s.Self {
				mark = "this one"
			}
			fmt.Fprintf(tw, "%d\t%s\t%s\t%d s\t%s\n", s.ID, s.Kind, s.Term, s.UptimeS, mark)
		}
		tw.Flush()
	})
}
