package main

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/bench/measure"
)

type listCommand struct {
	Short bool   `help:"Count the groups of --short."`
	VPP   string `name:"vpp" placeholder:"PATH" help:"The vpp binary that would be compared with."`
}

// Run lists.
func (c *listCommand) Run(s *streams) error {
	o := measure.Options{Short: c.Short, VPP: c.VPP}
	for _, sc := range scenarios {
		state := ""
		if err := ready(sc, o); err != nil {
			state = "\n" + strings.Repeat(" ", nameWidth) + "not on this machine: " + err.Error()
		} else {
			state = fmt.Sprintf(" (%d groups)", len(sc.Groups(o)))
		}
		fmt.Fprintf(s.out, "%-*s%s%s\n", nameWidth, sc.Name, sc.About, state)
	}
	return nil
}

func ready(s measure.Scenario, o measure.Options) error {
	if s.Ready == nil {
		return nil
	}
	return s.Ready(o)
}

// nameWidth is the column of the list at which names have ended.
const nameWidth = 12
