package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gvpp/gvpp/dataplane/afxdp"
)

type doctorCommand struct {
	Interface string `arg:"" optional:"" placeholder:"IFACE" help:"The interface to look at; without one, only what concerns the whole host."`
	Output    string `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Run prints what would keep AF_XDP from working, and the remedies. It changes nothing.
func (c *doctorCommand) Run(s *streams) error {
	list := afxdp.Doctor(c.Interface)
	failed := 0
	for _, f := range list {
		if f.Severity == afxdp.Fail {
			failed++
		}
	}
	if c.Output == "json" {
		b, err := json.MarshalIndent(list, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s\n", b)
	} else {
		for _, f := range list {
			fmt.Fprintln(s.out, f)
		}
	}
	if failed > 0 {
		return errors.New("doctor: AF_XDP will not work like this: see the lines marked fail")
	}
	return nil
}
