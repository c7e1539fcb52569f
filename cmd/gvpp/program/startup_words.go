package program

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/config"
)

// parseWords parses the stanzas of the command line. What cannot be the name of one gets an answer of its own, whatever
// follows it.
func parseWords(words []string) ([]config.Stanza, error) {
	if len(words) > 0 {
		if err := noStanza(words[0]); err != nil {
			return nil, &config.Error{Pos: config.Pos{File: config.CommandLine, Column: 1}, Msg: err.Error(), Err: err}
		}
	}
	all, err := config.ParseArgs(words)
	var at *config.Error
	if errors.As(err, &at) && at.Pos.Column <= len(words) && strings.Contains(at.Msg, "has no value") {
		if err := noStanza(words[at.Pos.Column-1]); err != nil {
			return nil, &config.Error{Pos: at.Pos, Msg: err.Error(), Err: err}
		}
	}
	return all, err
}

// noStanza says what a word was meant for that looks like a flag or a file where a stanza's name is wanted; nil where it
// looks like neither.
func noStanza(word string) error {
	switch {
	case strings.HasPrefix(word, "-"):
		return fmt.Errorf("unknown flag %q: flags stand before the stanzas, see --help", word)
	case strings.Contains(word, "/"), strings.HasSuffix(word, ".conf"):
		return fmt.Errorf("%q is no stanza: -c FILE reads a file", word)
	}
	return nil
}

// socketPath takes the path of a Unix socket. VPP takes HOST:PORT, too.
func socketPath(to *string) func(*config.Cursor) error {
	return func(c *config.Cursor) error {
		path, err := c.Str()
		if err != nil {
			return err
		}
		if strings.Contains(path, ":") && !strings.Contains(path, "/") {
			return c.Errorf("%q: only Unix sockets are served; give a path", path)
		}
		*to = path
		return nil
	}
}

// checkCores refuses cores that this process may not use, before anything is set up.
func (s *startup) checkCores() error {
	if len(s.cores) == 0 {
		return nil
	}
	allowed, err := allowedCores()
	if err != nil {
		return nil // pinning itself will tell
	}
	for _, core := range s.cores {
		if !slices.Contains(allowed, core) {
			return &config.Error{Pos: s.coresPos, Msg: fmt.Sprintf("stanza \"cpu\": this process may not use core %d; it may use %s", core, coreText(allowed))}
		}
	}
	return nil
}

// allowedCores are the cores that this process may use, ascending. Its first thread is asked: workers pin theirs.
func allowedCores() (cores []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(os.Getpid(), &set); err != nil {
		return nil, err
	}
	for n := range len(set) * strconv.IntSize {
		if set.IsSet(n) {
			cores = append(cores, n)
		}
	}
	return cores, nil
}

// coreText writes ascending cores as coreList reads them: 0-3,5.
func coreText(cores []int) string {
	var parts []string
	for i := 0; i < len(cores); {
		last := i
		for last+1 < len(cores) && cores[last+1] == cores[last]+1 {
			last++
		}
		part := strconv.Itoa(cores[i])
		if last > i {
			part += "-" + strconv.Itoa(cores[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return strings.Join(parts, ",")
}
