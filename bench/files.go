package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gvpp/gvpp/bench/report"
)

// writeFile writes a file through a function that writes.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// readReport reads a file that a run has left.
func readReport(name string) (*report.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	r, err := report.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; name a .json file that a run has left", name, err)
	}
	if len(r.Figures) == 0 {
		return nil, fmt.Errorf("%s: no figures in it; name a .json file that a run has left", name)
	}
	return r, nil
}
