package classify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/gvpp/gvpp/cli"
)

const replaceUsage = `classify replace IF FILE
Replaces all rules of an interface, of both directions, by those in a file, in one step: every packet meets either the old
rules or the new ones, and where a line is wrong, nothing changes. A line is what stands behind ` + "`classify add rule IF`" + `:
[in|out] CONDITIONS [keep-state] (pass|drop|redirect IF). Empty lines and what follows a # are left out. gvpp itself reads the
file: give a path that holds where gvpp runs.`

// maxRuleLine is the longest line of a file of rules, in bytes; a rule with all conditions has about 250.
const maxRuleLine = 4096

// maxRuleFile is the most bytes that are read of a file of rules: as many rules as there can be, with all conditions, have half
// of it. More: a wrong path, of an image of a disk say, keeps the command busy for longer before it fails.
const maxRuleFile = 512 << 20

// rulesReplaced is the result of classify replace.
type rulesReplaced struct {
	Rules    int `json:"rules"`
	Replaced int `json:"replaced"` // how many there were before
}

func (p *Plugin) replaceCommand(c *cli.Call) error {
	swIf, err := p.interfaceOf(c.Args)
	if err != nil {
		return err
	}
	path, err := c.Args.Word("a file of rules")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	rules, err := p.rulesOf(path, swIf)
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	ids, replaced, err := p.ReplaceAll(c.Context, swIf, rules)
	if err != nil {
		return err
	}
	if !c.JSON {
		c.Printf("%d rules instead of %d\n", len(ids), replaced)
		return nil
	}
	return c.Show(rulesReplaced{len(ids), replaced}, nil)
}

// rulesOf reads a file of rules of an interface.
func (p *Plugin) rulesOf(path string, swIf uint32) ([]Rule, error) {
	stat := func() (os.FileInfo, error) { return os.Stat(path) }
	if err := regular(path, stat); err != nil { // to open another kind of file may do something
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()                               //nolint:errcheck // read only
	if err := regular(path, f.Stat); err != nil { // it may be another one by now
		return nil, err
	}
	return p.readRules(path, f, swIf)
}

// regular is an error for what is no regular file.
func regular(path string, stat func() (os.FileInfo, error)) error {
	info, err := stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	return err
}

// readRules reads lines of rules; name is for errors.
func (p *Plugin) readRules(name string, r io.Reader, swIf uint32) (rules []Rule, err error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxRuleLine+len("\n"))
	n, size := 1, 0
	for ; in.Scan(); n++ {
		line, _, _ := bytes.Cut(in.Bytes(), []byte("#"))
		words := strings.Fields(string(line))
		if size += len(in.Bytes()) + len("\n"); size > maxRuleFile {
			return nil, fmt.Errorf("%s:%d: a file of rules has %d MiB at most", name, n, maxRuleFile>>20)
		}
		if len(words) == 0 {
			continue
		}
		if len(rules) == maxSlots {
			return nil, fmt.Errorf("%s:%d: more than %d rules are not possible", name, n, maxSlots)
		}
		rule, err := p.ruleLine(cli.NewArgs("rule", words...), swIf)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		rules = append(rules, rule)
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", name, n, maxRuleLine)
	} else if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, n, err)
	}
	return rules, nil
}

// ruleLine reads a rule without its interface, and checks it.
func (p *Plugin) ruleLine(a *cli.Args, swIf uint32) (Rule, error) {
	dir := direction(a)
	r, err := parseRule(a, p.dp.Interface)
	r.Interface, r.Direction = swIf, dir
	if err == nil {
		err = p.check(&r)
	}
	return r, err
}

// direction takes the word in or out, if there is one.
func direction(a *cli.Args) Direction {
	if a.Keyword("out") {
		return Out
	}
	a.Keyword("in")
	return In
}
