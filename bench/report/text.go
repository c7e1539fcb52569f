package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteText writes the tables for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	for _, s := range r.Sections() {
		fmt.Fprintf(&b, "%s: %s\n", s.Scenario, s.About)
		for i := range s.Tables {
			s.Tables[i].text(&b)
		}
		for _, m := range s.Missing {
			fmt.Fprintf(&b, "  not measured: %s\n", m)
		}
		b.WriteByte('\n')
	}
	if len(r.Figures) > 0 {
		fmt.Fprintf(&b, "Factor: gvpp's cost as a multiple of this column's (of rates: this as a multiple of gvpp's); above 1, gvpp loses.\n")
	}
	if r.Header.Incomplete != "" {
		fmt.Fprintf(&b, "Incomplete: %s\n", r.Header.Incomplete)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// text writes a table with columns as wide as they need be.
func (t *Table) text(b *bytes.Buffer) {
	lines := [][]string{append(append([]string{}, t.Params...), t.Subjects...)}
	for i := range t.Rows {
		line := t.Rows[i].Labels()
		for j := range t.Rows[i].Cells {
			line = append(line, t.Rows[i].Cells[j].withRatio())
		}
		lines = append(lines, line)
	}
	width := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, s := range line {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	fmt.Fprintf(b, "  %s, %s\n", t.Metric, t.Unit)
	for _, line := range lines {
		b.WriteString("   ")
		for i, s := range line {
			fmt.Fprintf(b, " %s%s ", strings.Repeat(" ", width[i]-utf8.RuneCountInString(s)), s)
		}
		b.WriteByte('\n')
	}
}
