package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progressEvery is how often a line is written where nobody can see one change.
const progressEvery = 10 * time.Second

// progress tells on standard error how far a run has come: on a terminal one line that changes, else a line now and then.
// It runs between measurements, never beside them.
type progress struct {
	to       io.Writer
	terminal bool
	began    time.Time
	last     time.Time
	shown    bool // a line stands on the terminal
}

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, began: time.Now()}
	if f, ok := to.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// step tells what comes next.
func (p *progress) step(scenario, params, what string) {
	now := time.Now()
	line := fmt.Sprintf("%-10s %-40s %-14s %s", scenario, params, what, now.Sub(p.began).Round(time.Second))
	switch {
	case p.terminal:
		fmt.Fprintf(p.to, "\r\x1b[K%s", line)
		p.shown = true
	case now.Sub(p.last) >= progressEvery:
		fmt.Fprintln(p.to, line)
		p.last = now
	}
}

// say writes a line that stays.
func (p *progress) say(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.to, format+"\n", args...)
}

// clear takes the changing line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}
