package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// howToRead explains the tables.
const howToRead = "Medians over the rounds, the least and the most in brackets. The factor behind a subject says how gvpp (the first column) " +
	"compares with it: gvpp's cost as a multiple of this cost, or this rate as a multiple of gvpp's rate; above 1, gvpp loses."

// lines are the header as names and values, in order.
func (h *Header) lines() [][2]string {
	asm := ""
	if h.NoASM {
		asm = ", GVPP_NOASM=1"
	}
	flags := strings.Join(h.Flags, " ")
	if flags == "" {
		flags = "none"
	}
	return [][2]string{
		{"machine", fmt.Sprintf("%s, %d cores, %.1f GiB, clock %.3f GHz", h.CPU, h.Cores, float64(h.MemoryBytes)/(1<<30), h.ClockHz/1e9)},
		{"system", h.Kernel + ", " + h.Go + asm},
		{"commit", h.Commit},
		{"flags", flags},
		{"load", fmt.Sprintf("%.1f at the start, %.1f at the end; others used %.0f %% of the processor time, the host took %.0f %%",
			h.LoadBefore, h.LoadAfter, h.OtherCPU, h.StolenCPU)},
		{"duration", (time.Duration(h.Seconds * float64(time.Second))).Round(time.Second).String()},
	}
}

// Title is the report's heading.
func (h *Header) Title() string {
	return "gvpp bench, " + h.Date.UTC().Format("2006-01-02 15:04") + " UTC, " + h.Machine
}

// WriteMarkdown writes the report as Markdown.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", markdownText(r.Header.Title()))
	if r.Header.Incomplete != "" {
		fmt.Fprintf(&b, "**Incomplete: %s**\n\n", markdownText(r.Header.Incomplete))
	}
	fmt.Fprint(&b, "| | |\n|---|---|\n")
	for _, l := range r.Header.lines() {
		fmt.Fprintf(&b, "| %s | %s |\n", l[0], markdownText(l[1]))
	}
	fmt.Fprintf(&b, "\n%s\n", howToRead)
	for _, s := range r.Sections() {
		s.markdown(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// markdown writes a scenario.
func (s *Section) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## %s\n", markdownText(s.Scenario))
	if s.About != "" {
		fmt.Fprintf(b, "\n%s\n", markdownText(s.About))
	}
	for i := range s.Tables {
		s.Tables[i].Markdown(b)
	}
	if len(s.Missing) > 0 {
		fmt.Fprint(b, "\nNot measured:\n\n")
		for _, m := range s.Missing {
			fmt.Fprintf(b, "- %s\n", markdownText(m))
		}
	}
}

// Markdown writes a table under its metric's name.
func (t *Table) Markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n**%s, %s**\n\n|", markdownText(t.Metric), markdownText(t.Unit))
	for _, name := range append(append([]string{}, t.Params...), t.Subjects...) {
		fmt.Fprintf(b, " %s |", markdownText(name))
	}
	fmt.Fprintf(b, "\n|%s\n", strings.Repeat("---|", len(t.Params)+len(t.Subjects)))
	for i := range t.Rows {
		r := &t.Rows[i]
		fmt.Fprint(b, "|")
		for _, v := range r.Values {
			fmt.Fprintf(b, " %s |", markdownText(label(v)))
		}
		for j := range r.Cells {
			fmt.Fprintf(b, " %s |", markdownText(r.Cells[j].withRatio()))
		}
		fmt.Fprintln(b)
	}
}

// withRatio is the cell with the factor behind it.
func (c *Cell) withRatio() string {
	if c.Ratio == 0 {
		return c.Text()
	}
	return fmt.Sprintf("%s · %.2fx", c.Text(), c.Ratio)
}

// markdownText keeps text from being read as markup.
func markdownText(s string) string {
	return markdownEscapes.Replace(s)
}

var markdownEscapes = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "`", "\\`", "<", "&lt;", "\n", " ", "\r", " ")
