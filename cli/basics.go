package cli

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// AddBasics adds the commands that every CLI of VPP has, whatever it is the CLI of: exec, echo, wait, macros, and what
// concerns the session that the command comes from.
func (t *Tree) AddBasics() error {
	names := func([]string) []string { return t.macros.names() }
	onOff := func([]string) []string { return []string{"on", "off", "limit"} }
	var errs []error
	for _, c := range []struct {
		path, usage, help string
		run               Handler
		complete          func([]string) []string
	}{
		{"exec", "exec FILE", "Runs the lines of a file, up to the first that fails. A { goes on until its }.", t.exec, nil},
		{"echo", "echo TEXT", "Prints the text.", echo, nil},
		{"wait", "wait SECONDS", "Does nothing for a time, up to a day; for scripts.", wait, nil},
		{"define", "define NAME VALUE", "Makes $(NAME) stand for the value, in every session. $(hostname) is defined.", t.macros.define, names},
		{"undefine", "undefine NAME", "Forgets a macro.", t.macros.undefine, names},
		{"show macro", "", "Shows the macros.", t.macros.show, nil},
		{"history", "", "Shows the lines that were typed in this session.", showHistory, nil},
		{"show terminal", "", "Shows this session's terminal.", showTerminal, nil},
		{"show cli-sessions", "", "Shows who uses the CLI socket.", showSessions, nil},
		{"set terminal pager", "set terminal pager on|off | limit LINES", "Shows output in pages in this session, or not; a command that writes more lines than the limit runs through.", setPager, onOff},
		{"set terminal history", "set terminal history on|off | limit LINES", "Remembers lines in this session, or not.", setHistory, onOff},
		{"set terminal ansi", "set terminal ansi on|off", "Uses escape sequences in this session, or not.", setANSI, onOff},
	} {
		err := t.Add(c.path, c.usage, c.help, c.run)
		if err == nil && c.complete != nil {
			err = t.SetCompleter(c.path, c.complete)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// exec runs a script.
func (t *Tree) exec(c *Call) error {
	path, err := c.Args.Word("a file name")
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe would wait
		return c.Args.Errorf("%q is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return c.Args.Errorf("%w", err)
	}
	defer f.Close()
	return t.RunScript(c.Context, path, f, c.JSON, c.sink())
}

func echo(c *Call) error {
	c.Printf("%s\n", c.Args.text())
	return nil
}

func wait(c *Call) error {
	d, err := c.Args.Duration("a time", time.Millisecond, 24*time.Hour)
	if err != nil {
		return err
	}
	if err := c.Args.End(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		c.Printf("waited %.3f sec.\n", d.Seconds())
		return nil
	case <-c.Context.Done():
		return fmt.Errorf("%s: %w", c.Path, c.Context.Err())
	}
}
