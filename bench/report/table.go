package report

import (
	"slices"
	"strconv"
	"strings"
)

// Section is what a report tells of a scenario.
type Section struct {
	Scenario string
	About    string
	Tables   []Table
	Missing  []string // what was not measured, and why; a sentence each
}

// Table is one metric of a scenario.
type Table struct {
	Metric, Unit string
	Params       []string // names, the first one first
	Subjects     []string
	Rows         []Row
}

// Row is a setting of the parameters.
type Row struct {
	Values []string // by Table.Params; "" where the row has no such parameter
	Cells  []Cell   // by Table.Subjects
}

// Cell is a subject in a row: a figure, a reason why there is none, or neither, where the subject does not know the metric.
type Cell struct {
	Figure  *Figure
	Skipped bool
	Ratio   float64 // how gvpp compares: above 1 it loses; 0: nothing to compare
}

// Sections puts the figures in order: scenarios, metrics, rows and subjects as they first came.
func (r *Report) Sections() (out []Section) {
	var names []string
	for _, f := range r.Figures {
		names = addNew(names, f.Scenario)
	}
	for _, name := range names {
		var figures []*Figure
		for i := range r.Figures {
			if r.Figures[i].Scenario == name {
				figures = append(figures, &r.Figures[i])
			}
		}
		out = append(out, Section{name, r.Header.About[name], tables(figures), missing(figures)})
	}
	return out
}

func addNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// tables makes one for each metric and unit.
func tables(figures []*Figure) (out []Table) {
	for _, f := range figures {
		known := func(t Table) bool { return t.Metric == f.Metric && t.Unit == f.Unit }
		if f.Skipped == "" && !slices.ContainsFunc(out, known) {
			out = append(out, table(figures, f.Metric, f.Unit))
		}
	}
	return out
}

// table has the rows in which the metric was measured. Its subjects are those that know the metric, and those of which
// nothing is known, because they were never measured; these only where the metric is a result.
func table(figures []*Figure, metric, unit string) Table {
	t := Table{Metric: metric, Unit: unit}
	var rows, measured []string
	for _, f := range figures {
		if f.Skipped == "" {
			measured = addNew(measured, f.Subject)
		}
	}
	for _, f := range figures {
		if f.Skipped == "" && f.Metric == metric && f.Unit == unit {
			rows = addNew(rows, f.Params)
			t.Subjects = addNew(t.Subjects, f.Subject)
			for _, p := range Params(f.Params) {
				t.Params = addNew(t.Params, p.Name)
			}
		} else if f.Skipped != "" && Better(unit) != Neither && f.Subject != "" && !slices.Contains(measured, f.Subject) {
			t.Subjects = addNew(t.Subjects, f.Subject)
		}
	}
	slices.SortStableFunc(t.Subjects, func(a, b string) int { return rank(a) - rank(b) })
	for _, params := range rows {
		t.Rows = append(t.Rows, t.row(figures, params))
	}
	return t
}

// rank puts gvpp and its variants ahead of what it is compared with.
func rank(subject string) int {
	switch {
	case subject == "gvpp":
		return 0
	case strings.HasPrefix(subject, "gvpp"):
		return 1
	}
	return 2
}

// row finds the cells of a setting.
func (t *Table) row(figures []*Figure, params string) Row {
	r := Row{Values: make([]string, len(t.Params)), Cells: make([]Cell, len(t.Subjects))}
	for _, p := range Params(params) {
		if i := slices.Index(t.Params, p.Name); i >= 0 {
			r.Values[i] = p.Value
		}
	}
	for _, f := range figures {
		i := slices.Index(t.Subjects, f.Subject)
		switch {
		case f.Params != params || i < 0:
		case f.Skipped != "":
			r.Cells[i].Skipped = true
		case f.Metric == t.Metric && f.Unit == t.Unit:
			r.Cells[i].Figure = f
		}
	}
	r.compare(t)
	return r
}

// compare sets the ratios against the row's first subject, if that is gvpp's.
func (r *Row) compare(t *Table) {
	direction := Better(t.Unit)
	ours := r.Cells[0].Figure
	if direction == Neither || ours == nil || rank(t.Subjects[0]) == 2 {
		return
	}
	for i := range r.Cells[1:] {
		c := &r.Cells[i+1]
		if c.Figure == nil || c.Figure.Median <= 0 || ours.Median <= 0 {
			continue
		}
		c.Ratio = ours.Median / c.Figure.Median
		if direction == Higher {
			c.Ratio = 1 / c.Ratio
		}
	}
}

// missing tells each reason once, with the subject and, unless it concerns all that the subject was asked, where.
func missing(figures []*Figure) (out []string) {
	for _, f := range figures {
		if f.Skipped == "" {
			continue
		}
		var where []string
		all := true
		for _, g := range figures {
			if g.Subject == f.Subject {
				if g.Skipped == f.Skipped {
					where = addNew(where, g.Params)
				} else {
					all = false
				}
			}
		}
		what := f.Subject
		if !all || f.Subject == "" {
			what = strings.TrimSpace(f.Subject + " at " + strings.Join(where, "; "))
		}
		if what == "at" { // the scenario as a whole
			out = addNew(out, f.Skipped)
			continue
		}
		out = addNew(out, what+": "+f.Skipped)
	}
	return out
}

// Text is the figure as people read it: the median, then the least and the most.
func (f *Figure) Text() string {
	if f.Runs == 1 || f.Min == f.Max {
		return Number(f.Median)
	}
	return Number(f.Median) + " (" + Number(f.Min) + "-" + Number(f.Max) + ")"
}

// Text is a cell as people read it.
func (c *Cell) Text() string {
	switch {
	case c.Figure == nil && c.Skipped:
		return "not measured"
	case c.Figure == nil:
		return ""
	}
	return c.Figure.Text()
}

// Number writes a value with three digits or all before the point, thousands apart.
func Number(v float64) string {
	a := max(v, -v)
	switch {
	case v == 0:
		return "0"
	case a >= 99.95:
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.01:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// thousands sets commas into a number without a point.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// label is a parameter's value as people read it: 1000000 becomes 1,000,000.
func label(value string) string {
	if n, err := strconv.ParseUint(value, 10, 63); err == nil {
		return thousands(strconv.FormatUint(n, 10))
	}
	return value
}
