package main

import (
	"fmt"

	"github.com/gvpp/gvpp/bench/report"
)

type compareCommand struct {
	Old       string  `arg:"" help:"The report to compare with, a .json file that a run has left."`
	New       string  `arg:"" help:"The newer report."`
	Threshold float64 `default:"5" placeholder:"PCT" help:"Percent that a median must have moved by; ${default} unless given."`
}

// Help is the part of --help that goes beyond the flags.
func (c *compareCommand) Help() string {
	return `A figure has moved when its median differs by more than the threshold and the ranges of the rounds (least to most) do not
overlap; what moved less is noise. If it is one of gvpp's, it is a regression or an improvement; if a baseline has moved, the
machine has changed ("drift"), and gvpp's figures want the same doubt.

Both reports should come from one machine at rest: the differences between their headers are told first. Exit code 1 if
there is a regression.`
}

// Run compares.
func (c *compareCommand) Run(s *streams) error {
	if c.Threshold < 0 || c.Threshold > 1000 {
		return usageError{fmt.Errorf("--threshold %v: want a percentage from 0 to 1000", c.Threshold)}
	}
	old, err := readReport(c.Old)
	if err != nil {
		return err
	}
	now, err := readReport(c.New)
	if err != nil {
		return err
	}
	result := report.Compare(old, now, c.Threshold)
	if err := result.Write(s.out); err != nil {
		return err
	}
	if result.Count(report.Regression) > 0 {
		return errRegressed
	}
	return nil
}
