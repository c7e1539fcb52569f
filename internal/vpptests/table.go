package vpptests

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the table for a terminal, and what has failed.
func WriteText(w io.Writer, list []Result) {
	fmt.Fprintf(w, "%-34s %9s %7s %6s %7s %8s\n", "test", "scheduled", "passed", "null", "failed", "skipped")
	for i := range list {
		r := &list[i]
		fmt.Fprintf(w, "%-34s %9d %7d %6s %7d %8d\n", r.Name, r.Scheduled, r.Passed, r.null(), r.Failed(), r.Skipped)
	}
	for i := range list {
		for _, g := range byReason(list[i].Failures) {
			fmt.Fprintf(w, "%s: %s: %s\n", list[i].Name, g.reason, strings.Join(g.cases, ", "))
		}
	}
}

func (r *Result) null() string {
	if r.Null < 0 {
		return "?"
	}
	return fmt.Sprint(r.Null)
}

// WriteMarkdown writes the table and what has failed, as docs/vpp-tests.md has it.
func WriteMarkdown(w io.Writer, list []Result) {
	fmt.Fprintln(w, "| test | scheduled | passed | of these, null passes | failed | skipped |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	var sum Result
	for i := range list {
		r := &list[i]
		fmt.Fprintf(w, "| %s | %d | %d | %s | %d | %d |\n", r.Name, r.Scheduled, r.Passed, r.null(), r.Failed(), r.Skipped)
		sum.Scheduled, sum.Passed, sum.Skipped, sum.Null = sum.Scheduled+r.Scheduled, sum.Passed+r.Passed, sum.Skipped+r.Skipped, sum.Null+max(r.Null, 0)
	}
	fmt.Fprintf(w, "| **all** | %d | %d | %d | %d | %d |\n", sum.Scheduled, sum.Passed, sum.Null, sum.Failed(), sum.Skipped)
	fmt.Fprintf(w, "\n## What fails, and why\n\n")
	none := true
	for i := range list {
		for _, g := range byReason(list[i].Failures) {
			none = false
			fmt.Fprintf(w, "- **%s**: `%s`: %s\n", list[i].Name, strings.ReplaceAll(g.reason, "`", "'"), strings.Join(g.cases, ", "))
		}
	}
	if none {
		fmt.Fprintln(w, "Nothing.")
	}
}
