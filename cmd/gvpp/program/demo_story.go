package program

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// story prints what happens, and counts what was expected and did not.
type story struct {
	out          io.Writer
	colour       bool
	chapters     int
	kept, broken int // expectations
	start        time.Time
}

func newStory(out io.Writer) *story {
	f, isFile := out.(*os.File)
	colour := isFile && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return &story{out: out, colour: colour, start: time.Now()}
}

// The colours, as parameters of ANSI's SGR.
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
	cyan  = "36"
)

func (s *story) paint(sgr, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (s *story) chapter(title string) {
	s.chapters++
	fmt.Fprintf(s.out, "\n%s\n", s.paint(bold, fmt.Sprintf("%d. %s", s.chapters, title)))
}

func (s *story) say(format string, a ...any) { fmt.Fprintf(s.out, "   "+format+"\n", a...) }

// typed shows a line as an operator would type it.
func (s *story) typed(prompt, line string) {
	fmt.Fprintf(s.out, "   %s %s\n", s.paint(faint, prompt), s.paint(cyan, line))
}

// quote shows what a program printed.
func (s *story) quote(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		fmt.Fprintf(s.out, "      %s\n", s.paint(faint, strings.TrimRight(line, " \n")))
	}
}

// check says a measured fact and whether it is the expected one.
func (s *story) check(ok bool, format string, a ...any) {
	mark := s.paint(green, "✓")
	if ok {
		s.kept++
	} else {
		s.broken++
		mark = s.paint(red, "✗")
	}
	fmt.Fprintf(s.out, "   %s %s\n", mark, fmt.Sprintf(format, a...))
}

// end prints the sum and makes the command's error.
func (s *story) end(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("demo: %w; everything that it made is gone", errInterrupted)
	case err != nil:
		return fmt.Errorf("demo: %w", err)
	case s.broken > 0:
		return fmt.Errorf("demo: %d of %d expectations did not hold: see the lines marked ✗", s.broken, s.kept+s.broken)
	}
	fmt.Fprintf(s.out, "\n%s\n", s.paint(bold, fmt.Sprintf("All %d expectations held, in %.1f s.", s.kept, time.Since(s.start).Seconds())))
	return nil
}
