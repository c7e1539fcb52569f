package program

import "github.com/gvpp/gvpp/cmd/apigen/compile"

type apigenCommand struct{ compile.Command }

// Run is gvpp apigen.
func (c *apigenCommand) Run(s *streams) error { return c.Compile(s.out, s.err) }
