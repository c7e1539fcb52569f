package program

import (
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/afxdp"
)

type doctorCommand struct {
	Interface string `arg:"" optional:"" placeholder:"IFACE" help:"The interface to look at; without one, only what concerns the whole host."`
	Output    string `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Help is the part of --help that goes beyond the flags.
func (c *doctorCommand) Help() string {
	return `Each line is ok, warn or fail, what was looked at, what was found, and what to do. Nothing is changed. Exit code 1 if a line says fail.`
}

// Run prints what would keep AF_XDP from working, and the remedies.
func (c *doctorCommand) Run(s *streams) error {
	list := afxdp.Doctor(c.Interface)
	failed := 0
	for _, f := range list {
		if f.Severity == afxdp.Fail {
			failed++
		}
	}
	if c.Output == "json" {
		if err := writeJSON(s.out, list); err != nil {
			return err
		}
	} else {
		for _, f := range list {
			fmt.Fprintln(s.out, f)
		}
	}
	if failed > 0 {
		return errors.New("doctor: AF_XDP will not work like this; see the lines marked fail")
	}
	return nil
}
