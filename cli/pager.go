package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A pager shows the output of one command: the first page while it comes, the rest, which it keeps meanwhile, as keys ask
// for it. The command never waits for a key: it may hold what others need. A row is what fits a line of the screen.
//
// A command that gives items over time, and one that writes more than is kept, are shown as they come.
type pager struct {
	t       *terminal
	pages   bool
	text    []byte
	rows    []int // where each one starts in text
	shown   int   // bytes of text, of the first page
	full    bool  // the first page is
	top     int   // the row that the page starts with
	column  int   // where the next character goes
	newRow  bool  // it starts a row
	over    bool  // there was more than is kept
	open    bool  // without pages: the last line is not complete
	looking bool  // the keys have it
}

// maxPaged bounds what a pager keeps, in bytes, besides the limit in lines.
const maxPaged = 8 << 20

// page is how many rows a page has: one less than the screen, for the prompt.
func (p *pager) page() int { return max(p.t.height-1, 1) }

// Write takes output of the command.
func (p *pager) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if !p.pages {
		p.open = b[len(b)-1] != '\n'
		return p.t.text.Write(b)
	}
	from := len(p.text)
	p.text = append(p.text, b...)
	if from == 0 {
		p.newRow = true
	}
	p.cut(from)
	if err := p.first(); err != nil {
		return 0, err
	}
	if len(p.rows) > p.t.pageLimit || len(p.text) > maxPaged {
		p.over = true
		return len(b), p.release()
	}
	return len(b), nil
}

// Flush shows what there is: the output comes over time, and is not kept.
func (p *pager) Flush() error {
	if err := p.release(); err != nil {
		return err
	}
	return p.t.out.Flush()
}

// release shows all and keeps no more.
func (p *pager) release() error {
	if !p.pages {
		return nil
	}
	p.pages = false
	p.open = len(p.text) > 0 && p.text[len(p.text)-1] != '\n'
	rest := p.text[p.shown:]
	p.text, p.rows = nil, nil
	_, err := p.Write(rest)
	return err
}

// cut adds the rows of the text from that byte on.
func (p *pager) cut(from int) {
	for i := from; i < len(p.text); i++ {
		b := p.text[i]
		if p.newRow {
			p.rows = append(p.rows, i)
			p.column, p.newRow = 0, false
		}
		wide := 1
		switch {
		case b == '\n':
			p.newRow = true
			continue
		case b&0xc0 == 0x80: // the rest of a character
			continue
		case b == '\t':
			wide = 8 - p.column%8
		}
		if p.column+wide > p.t.width {
			p.rows = append(p.rows, i)
			p.column = 0
		}
		p.column += wide
	}
}

// first shows what of the first page has come.
func (p *pager) first() error {
	end := p.start(p.page())
	_, err := p.t.text.Write(p.text[p.shown:end])
	p.shown = end
	if end < len(p.text) && !p.full {
		p.full = true
		if p.text[end-1] != '\n' {
			io.WriteString(p.t.text, "\n")
		}
	}
	return err
}

// start is the byte that a row starts with, or the end of the text.
func (p *pager) start(row int) int {
	if row < len(p.rows) {
		return p.rows[row]
	}
	return len(p.text)
}

// finish lets the rest be looked at.
func (p *pager) finish() error {
	switch {
	case !p.pages:
		if p.open {
			io.WriteString(p.t.text, "\n")
		}
		if p.over {
			io.WriteString(p.t.text, p.bold("-- pager buffer overflowed --")+"\n")
		}
		return nil
	case len(p.text) > 0 && p.text[len(p.text)-1] != '\n':
		io.WriteString(p, "\n")
	}
	if !p.pages || len(p.rows) <= p.page() {
		return nil
	}
	p.looking = true
	for {
		p.prompt()
		k, err := p.t.nextKey()
		if err != nil {
			return err
		}
		p.erasePrompt()
		if p.key(k) {
			return nil
		}
	}
}

// key does what a key asks for and reports whether that was to leave.
func (p *pager) key(k key) (leave bool) {
	last := len(p.rows) - p.page() // what the last page starts with
	switch k {
	case " ", keyPageDown, "f", keyCtrlF:
		if p.top >= last {
			return k == " "
		}
		p.forward(p.page())
	case keyEnter, keyDown, "j":
		if p.top >= last {
			return k == keyEnter
		}
		p.forward(1)
	case keyUp, "k":
		p.jump(p.top - 1)
	case keyPageUp, "b":
		p.jump(p.top - p.page())
	case keyHome, "g", "<":
		p.jump(0)
	case keyEnd, "G", ">":
		if p.top < last {
			io.WriteString(p.t.text, p.bold("-- skipping --")+"\n")
			p.top = last
			p.show(p.top, len(p.rows))
		}
	case keyCtrlL, keyCtrlR:
		p.redraw()
	case "q", "Q", keyCtrlC, keyCtrlD:
		return true
	}
	return false
}

// forward shows up to n rows more.
func (p *pager) forward(n int) {
	next := p.top + p.page()
	n = min(n, len(p.rows)-next)
	p.show(next, next+n)
	p.top += n
}

// jump shows the page that starts with a row before this one.
func (p *pager) jump(row int) {
	if row = max(row, 0); row < p.top {
		p.top = row
		p.redraw()
	}
}

// redraw shows the page anew.
func (p *pager) redraw() {
	if p.t.ansi {
		io.WriteString(p.t.out, "\x1b[2J\x1b[1;1H")
	}
	p.show(p.top, p.top+p.page())
}

// show writes rows, and leaves the cursor on a line of its own.
func (p *pager) show(from, to int) {
	b := p.text[p.start(from):p.start(to)]
	p.t.text.Write(b)
	if len(b) > 0 && b[len(b)-1] != '\n' {
		io.WriteString(p.t.text, "\n")
	}
}

// prompt has VPP's words, which scripts wait for, as far as they fit.
func (p *pager) prompt() {
	s := fmt.Sprintf("-- more -- (%d-%d/%d)", p.top+1, min(p.top+p.page(), len(p.rows)), len(p.rows))
	io.WriteString(p.t.out, p.bold(s[:min(len(s), p.t.width-1)]))
}

func (p *pager) bold(s string) string {
	if p.t.ansi {
		return "\r\x1b[1m" + s + "\x1b[0m"
	}
	return "\r" + s
}

func (p *pager) erasePrompt() {
	if p.t.ansi {
		io.WriteString(p.t.out, "\r\x1b[2K")
	} else {
		io.WriteString(p.t.out, "\r"+strings.Repeat(" ", p.t.width-1)+"\r")
	}
}

// resized cuts the text for the new width, and shows the page that the same text is on.
func (p *pager) resized() {
	if !p.looking {
		return
	}
	old := p.start(p.top)
	p.rows, p.newRow = p.rows[:0], true
	p.cut(0)
	at, found := slices.BinarySearch(p.rows, old)
	if !found {
		at--
	}
	p.top = max(min(at, len(p.rows)-p.page()), 0)
	p.erasePrompt()
	p.redraw()
	p.prompt()
}
