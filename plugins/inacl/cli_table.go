package inacl

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/gvpp/gvpp/cli"
)

// hexBytes reads hex DIGITS, filled up to whole vectors.
func hexBytes(a *cli.Args, what string) ([]byte, error) {
	if !a.Keyword("hex") {
		return nil, a.Errorf("expected hex and the digits of the %s", what)
	}
	digits, err := a.Word("hexadecimal digits")
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) == 0 || len(b) > (maxSkip+maxVectors)*vectorSize {
		return nil, fmt.Errorf("%s %q: want pairs of hexadecimal digits", what, digits)
	}
	return append(b, make([]byte, -len(b)&(vectorSize-1))...), nil
}

// permitWord reads permit or deny.
func permitWord(a *cli.Args) (deny bool, err error) {
	w, err := a.OneOf("a verdict", "permit", "deny")
	return w == "deny", err
}

func (p *Plugin) tableCommand(c *cli.Call) error {
	if c.Args.Keyword("del") {
		n, err := c.Args.Uint("the index of a table", 0, maxTables-1)
		if err != nil {
			return err
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		return p.Delete(c.Context, uint32(n), false)
	}
	t := Table{Next: None, Buckets: 2}
	for c.Args.Len() > 0 {
		if err := t.word(c.Args); err != nil {
			return err
		}
	}
	index, err := p.Add(c.Context, t)
	if err != nil {
		return err
	}
	return c.Show(map[string]uint32{"table": index}, func(w io.Writer) { fmt.Fprintf(w, "table %d\n", index) })
}

// word reads one property of a table.
func (t *Table) word(a *cli.Args) (err error) {
	number := func(what string, lo, hi int64) (n int64) {
		if err == nil {
			n, err = a.Int(what, lo, hi)
		}
		return n
	}
	switch {
	case a.Keyword("mask"):
		t.Mask, err = hexBytes(a, "mask")
	case a.Keyword("skip"):
		t.Skip = int(number("vectors to skip", 0, maxSkip))
	case a.Keyword("next-table"):
		t.Next = uint32(number("the index of a table", 0, maxTables-1))
	case a.Keyword("acl-miss-next"):
		t.Deny, err = permitWord(a)
	case a.Keyword("current-data-flag"):
		t.Current = number("a flag", 0, 1) == 1
	case a.Keyword("current-data-offset"):
		t.Offset = int(number("an offset", -maxOffset, maxOffset))
	case a.Keyword("buckets"):
		t.Buckets = uint32(number("a number of buckets", 1, 1<<30))
	default:
		return a.Unknown()
	}
	return err
}

func (p *Plugin) sessionCommand(c *cli.Call) (err error) {
	var match []byte
	table, deny, del := None, false, false
	for c.Args.Len() > 0 && err == nil {
		switch {
		case c.Args.Keyword("acl-hit-next"):
			deny, err = permitWord(c.Args)
		case c.Args.Keyword("table-index"):
			var n uint64
			n, err = c.Args.Uint("the index of a table", 0, maxTables-1)
			table = uint32(n)
		case c.Args.Keyword("match"):
			match, err = hexBytes(c.Args, "match")
		case c.Args.Keyword("del"):
			del = true
		default:
			err = c.Args.Unknown()
		}
	}
	switch {
	case err != nil:
		return err
	case table == None || match == nil:
		return c.Args.Errorf("expected table-index N and match hex MATCH")
	}
	t, err := p.Lookup(table)
	if err != nil {
		return err
	}
	if short := t.Skip*vectorSize + len(t.Mask) - len(match); short > 0 {
		match = append(match, make([]byte, short)...)
	}
	if del {
		return p.DeleteSession(c.Context, table, match)
	}
	return p.AddSession(c.Context, table, match, deny, None)
}
