package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/report"
)

type runCommand struct {
	Scenario  []string `arg:"" optional:"" help:"Scenarios to run, in this order; all where none is named."`
	Rounds    int      `default:"7" help:"Rounds of each group; figures are medians over them. ${default} unless given."`
	Short     bool     `help:"Fewer and smaller groups: a try, not a result."`
	JSON      string   `name:"json" placeholder:"FILE" help:"Write lines of JSON to FILE too; - prints a line for each figure, instead of tables, as groups finish."`
	Out       string   `default:"bench/results" placeholder:"DIR" help:"Where the results go, as DATE-MACHINE.{json,md,html}; ${default} unless given."`
	NoResults bool     `help:"Leave no files."`
	Machine   string   `placeholder:"NAME" help:"The machine's name in the results; made from its processor unless given."`
	VPP       string   `name:"vpp" placeholder:"PATH" help:"The vpp binary to compare with; else one on PATH, else none."`
}

// Help is the part of --help that goes beyond the flags.
func (c *runCommand) Help() string {
	return `Each group of a scenario is opened, measured and closed before the next. In a round every subject has its turn; who begins
changes from round to round. Progress goes to standard error.

  go run ./bench graph --rounds 15 --no-results
  go run ./bench table --json table.json

Interrupted (Ctrl-C), it ends with the subject at hand and writes what it has; a second Ctrl-C ends it at once.`
}

// Run measures and reports.
func (c *runCommand) Run(ctx context.Context, s *streams) error {
	list, err := c.check(scenarios)
	if err != nil {
		return usageError{err}
	}
	r := &runner{rounds: c.Rounds, options: measure.Options{VPP: c.VPP, Short: c.Short}, progress: newProgress(s.err)}
	if c.JSON == "-" {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		r.emit = func(f report.Figure) error { return e.Encode(f) }
	}
	begin := machineBefore(c.Machine, os.Args[1:])
	err = r.run(ctx, list)
	rep := &report.Report{Header: begin.after(), Figures: r.figures}
	rep.Header.About, rep.Header.Incomplete = abouts(list), r.incomplete
	if c.JSON != "-" {
		if e := rep.WriteText(s.out); e != nil {
			err = errors.Join(err, e)
		}
	}
	return errors.Join(c.write(rep, s), err)
}

// check is what the parser does not: values, names, and whether the results can be written, before an hour is spent.
func (c *runCommand) check(known []measure.Scenario) (list []measure.Scenario, err error) {
	if c.Rounds < 1 {
		return nil, fmt.Errorf("--rounds %d: a figure needs at least 1 round", c.Rounds)
	}
	if c.VPP != "" {
		if i, err := os.Stat(c.VPP); err != nil {
			return nil, fmt.Errorf("--vpp: %w; name the vpp binary", err)
		} else if i.IsDir() || i.Mode()&0o111 == 0 {
			return nil, fmt.Errorf("--vpp %q is not a program; name the vpp binary, for instance %s", c.VPP, filepath.Join(c.VPP, "bin", "vpp"))
		}
	}
	if !c.NoResults {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return nil, fmt.Errorf("--out: %w; name a folder that can be written, or give --no-results", err)
		}
	}
	if len(c.Scenario) == 0 {
		return known, nil
	}
	for _, name := range c.Scenario {
		s, ok := find(known, name)
		if !ok {
			return nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names(known), ", "))
		}
		list = append(list, s)
	}
	return list, nil
}

// write leaves the files.
func (c *runCommand) write(rep *report.Report, s *streams) error {
	var errs []error
	if c.JSON != "" && c.JSON != "-" {
		errs = append(errs, writeFile(c.JSON, rep.WriteJSON))
	}
	if !c.NoResults && len(rep.Figures) > 0 {
		base := freeName(filepath.Join(c.Out, rep.Header.Date.Format("2006-01-02")+"-"+rep.Header.Machine))
		errs = append(errs, writeFile(base+".json", rep.WriteJSON), writeFile(base+".md", rep.WriteMarkdown), writeFile(base+".html", rep.WriteHTML))
		fmt.Fprintf(s.err, "results: %s.{json,md,html}\n", base)
	}
	return errors.Join(errs...)
}

// freeName is a name of which there is no report yet: the results of a day are kept apart.
func freeName(base string) string {
	name := base
	for n := 2; ; n++ {
		if _, err := os.Stat(name + ".json"); errors.Is(err, os.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

func abouts(list []measure.Scenario) map[string]string {
	m := map[string]string{}
	for _, s := range list {
		m[s.Name] = s.About
	}
	return m
}
