package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/term"
)

// An editor lets lines be typed on a terminal, here or behind a socket. Moving, erasing and the walk through the history are
// the terminal package's; it gets keys one at a time, so that what is typed ahead of a command stays where it came from.
// What that package lacks are keys of its own to it, bytes that no key sends (command): cancelling, erasing to be brought
// back, searching and completing.
type editor struct {
	term     *term.Terminal
	next     func() (byte, error) // reads what is typed
	complete func(line string) ([]string, error)
	history  *history
	prompt   string       // behind which it is typed now
	first    string       // prompt of a command's first line
	block    block        // of lines that are open
	width    atomic.Int32 // of the screen, in columns
	plain    bool         // the terminal cannot move its cursor to the right

	keys    keyParser
	char    []byte // of a character under way
	pending []byte // of a key that the terminal has not taken
	search  *search
	killed  string // what was erased last

	cancelled bool // the line ends with Ctrl-C
	tooLong   bool // the line is not all that was typed
}

// Commands to the callback of the terminal package.
const (
	commandCancel    = 0x18
	commandEraseFind = 0x1a
	commandKillEnd   = 0x1c
	commandKillWord  = 0x1d
	commandKillStart = 0x1e
	commandKillNext  = 0x1f
	commandYank      = 0x19
	commandFind      = 0x12
	commandLeaveFind = 0x07
)

// maxTyped bounds a typed line, in characters; the terminal package takes no more.
const maxTyped = 4096

var errTyped = fmt.Errorf("a typed line cannot be longer than %d characters: nothing was done", maxTyped)

// newEditor makes an editor that reads typed bytes with next and draws on screen.
func newEditor(next func() (byte, error), screen io.Writer, prompt string, complete func(string) ([]string, error), h *history) *editor {
	e := &editor{next: next, complete: complete, history: h, prompt: prompt, first: prompt}
	e.width.Store(defaultWidth)
	e.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e, screen}, prompt)
	e.term.AutoCompleteCallback = e.command
	e.term.History = lineHistory{e}
	return e
}

// resize tells how wide the screen is, in columns.
func (e *editor) resize(width, height int) {
	e.width.Store(int32(width))
	e.term.SetSize(width, height)
}

// morePrompt stands where the prompt does while a brace is open. Ctrl-C gives up what was typed behind it and before.
const morePrompt = "    > "

// readLine lets the next line be typed that is not cancelled, with those that follow until its braces are closed; Ctrl-D on an
// empty one is io.EOF. errTyped is an error of the line, all others end the session.
func (e *editor) readLine() (string, error) {
	e.begin()
	for {
		line, err := e.term.ReadLine()
		cancelled, tooLong := e.cancelled, e.tooLong
		e.cancelled, e.tooLong = false, false
		switch {
		case errors.Is(err, io.EOF):
			e.term.Write([]byte("\n"))
			return "", io.EOF
		case err != nil:
			return "", err
		case tooLong && !cancelled:
			return "", errTyped
		case cancelled:
			e.begin()
		default:
			if text, whole := e.block.add(line); whole {
				return text, nil
			}
			e.goOn(morePrompt)
		}
	}
}

// begin lets a command be typed.
func (e *editor) begin() {
	e.block = block{}
	e.goOn(e.first)
}

// goOn lets a line of it be typed.
func (e *editor) goOn(prompt string) {
	if e.prompt != prompt {
		e.prompt = prompt
		e.term.SetPrompt(prompt)
	}
}

// Read gives the terminal package the next key. It is called without its lock.
func (e *editor) Read(p []byte) (int, error) {
	for len(e.pending) == 0 {
		b, err := e.next()
		if err != nil {
			return 0, err
		}
		if k := e.whole(e.keys.feed(b)); k != keyNone {
			e.pending = []byte(e.take(k))
		}
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	return n, nil
}

// whole gathers the bytes of a character. What is none is dropped, and so are control characters of more than a byte.
func (e *editor) whole(k key) key {
	if k == keyNone || k[0] < utf8.RuneSelf {
		e.char = e.char[:0]
		return k
	}
	e.char = append(e.char, k...)
	for utf8.FullRune(e.char) {
		r, n := utf8.DecodeRune(e.char)
		k = key(e.char[:n])
		e.char = append(e.char[:0], e.char[n:]...)
		if r != utf8.RuneError && r >= 0xa0 {
			return k
		}
	}
	return keyNone
}

// rewritten are the keys that become commands.
var rewritten = map[key]string{
	keyCtrlC: "\x18\r", keyCtrlK: "\x1c", keyCtrlW: "\x1d", keyCtrlU: "\x1e", keyAltD: "\x1f", keyCtrlY: "\x19",
	keyCtrlR: "\x12", keyCtrlS: "", keyCtrlG: "", keyPageUp: "", keyPageDown: "",
}

// take returns what the terminal package is to get for the key.
func (e *editor) take(k key) string {
	if e.search != nil {
		switch {
		case k == keyErase:
			return string(rune(commandEraseFind))
		case k == keyCtrlG:
			return string(rune(commandLeaveFind))
		case k != keyCtrlR && k[0] < ' ':
			e.leaveSearch()
		}
	}
	if e.plain && (k == keyRight || k == keyEnd || k == keyWordRight || k == keyCtrlE || k == keyCtrlF) {
		return ""
	}
	if s, ok := rewritten[k]; ok {
		return s
	}
	if k[0] > 0x17 && k[0] < ' ' && len(k) == 1 {
		return "" // a byte that means a command
	}
	return string(k)
}

// command is the terminal package's callback for a character or for a key that it does not know.
func (e *editor) command(line string, pos int, c rune) (string, int, bool) {
	switch c {
	case commandCancel:
		e.cancelled = true
		line += "^C"
		return line, len(line), true
	case rune(keyTab[0]):
		add := e.proposal(line[:pos])
		return line[:pos] + add + line[pos:], pos + len(add), true
	case commandKillStart:
		return e.kill(line, 0, pos)
	case commandKillEnd:
		return e.kill(line, pos, len(line))
	case commandKillWord:
		word := strings.TrimRight(line[:pos], " ")
		return e.kill(line, strings.LastIndexByte(word, ' ')+1, pos)
	case commandKillNext:
		rest := strings.TrimLeft(line[pos:], " ")
		end := len(line)
		if i := strings.IndexByte(rest, ' '); i >= 0 {
			end = len(line) - len(rest) + i
		}
		return e.kill(line, pos, end)
	case commandYank:
		return e.insert(line, pos, e.killed)
	}
	if newLine, ok := e.find(line, c); ok {
		return newLine, len(newLine), true
	}
	if c >= ' ' && utf8.RuneCountInString(line) >= maxTyped {
		e.tooLong = true
	}
	return "", 0, false
}

// kill takes a piece out of the line and keeps it for Ctrl-Y.
func (e *editor) kill(line string, from, to int) (string, int, bool) {
	if from < to {
		e.killed = line[from:to]
	}
	return line[:from] + line[to:], from, true
}

func (e *editor) insert(line string, pos int, add string) (string, int, bool) {
	if utf8.RuneCountInString(line)+utf8.RuneCountInString(add) > maxTyped {
		return line, pos, true
	}
	return line[:pos] + add + line[pos:], pos + len(add), true
}

// maxListed bounds the candidates that are listed.
const maxListed = 500

// proposal returns what completes the line, and lists the candidates where they do not agree on anything.
func (e *editor) proposal(line string) string {
	whole := line
	if e.block.depth > 0 {
		whole = e.block.text + "\n" + line
	}
	list, err := e.complete(whole)
	if err != nil {
		fmt.Fprintln(e.term, err)
		return ""
	}
	add := continuation(line, list)
	if utf8.RuneCountInString(line)+utf8.RuneCountInString(add) > maxTyped {
		return ""
	}
	if add == "" && len(list) > 0 {
		more := len(list) - maxListed
		io.WriteString(e.term, columns(list[:min(len(list), maxListed)], int(e.width.Load())))
		if more > 0 {
			fmt.Fprintf(e.term, "and %d more\n", more)
		}
	}
	return add
}

// columns lays words out in lines of that width, all in one line where they fit.
func columns(words []string, width int) string {
	if line := strings.Join(words, "  "); utf8.RuneCountInString(line) <= width {
		return line + "\n"
	}
	widest := 0
	for _, w := range words {
		widest = max(widest, utf8.RuneCountInString(w))
	}
	widest += 2
	perLine := max(1, (width+2)/widest)
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		if i%perLine == perLine-1 || i == len(words)-1 {
			b.WriteByte('\n')
		} else {
			b.WriteString(strings.Repeat(" ", widest-utf8.RuneCountInString(w)))
		}
	}
	return b.String()
}

// lineHistory is the history as the terminal package walks through it: cancelled lines are no part of it.
type lineHistory struct{ e *editor }

func (h lineHistory) Add(line string) {
	if !h.e.cancelled && !h.e.tooLong {
		h.e.history.add(line)
	}
}
func (h lineHistory) Len() int        { return h.e.history.len() }
func (h lineHistory) At(i int) string { return h.e.history.at(i) }
