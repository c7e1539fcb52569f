package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Plot is a table's columns, or those of some of its rows, against the parameter that is named first.
type Plot struct {
	Title  string
	X, Y   string // what the axes are
	Series []Series
}

// Series is a line of a plot, its points by rising x.
type Series struct {
	Name   string
	Points []Point
}

// Point is a figure at a value of the parameter.
type Point struct{ X, Y, Min, Max float64 }

// maxLines is how many lines a plot has at most, where they all are one subject's.
const maxLines = 6

// Plots draws what a table can show: it has results rather than circumstances, at two values of a number at least. Each
// setting of the other parameters has a plot of its own, unless there is one subject only: then each is a line.
func (t *Table) Plots() (out []Plot) {
	if Better(t.Unit) == Neither || len(t.Params) == 0 {
		return nil
	}
	var others []string
	measured := map[string]bool{}
	for i := range t.Rows {
		others = addNew(others, t.rest(&t.Rows[i]))
		for j, c := range t.Rows[i].Cells {
			if c.Figure != nil && c.Figure.Max > 0 {
				measured[t.Subjects[j]] = true
			}
		}
	}
	if len(measured) == 0 { // all of it is zero
		return nil
	}
	if len(measured) == 1 && len(others) <= maxLines {
		p := t.plot("")
		for _, other := range others {
			p.add(t.series(other, func(string) string { return cmp.Or(other, t.Subjects[0]) }))
		}
		return p.ifAny()
	}
	for _, other := range others {
		p := t.plot(other)
		p.add(t.series(other, func(subject string) string { return subject }))
		out = append(out, p.ifAny()...)
	}
	return out
}

func (t *Table) plot(other string) Plot {
	title := t.Metric
	if other != "" {
		title += ", " + other
	}
	return Plot{Title: title, X: t.Params[0], Y: t.Unit}
}

// add takes the lines that have any two points.
func (p *Plot) add(list []Series) {
	for _, s := range list {
		if len(s.Points) > 1 {
			p.Series = append(p.Series, s)
		}
	}
}

func (p *Plot) ifAny() []Plot {
	if len(p.Series) == 0 {
		return nil
	}
	return []Plot{*p}
}

// rest is a row's setting of all parameters but the first.
func (t *Table) rest(r *Row) string {
	var list []string
	for i, v := range r.Values[1:] {
		if v != "" {
			list = append(list, t.Params[i+1]+" "+v)
		}
	}
	return strings.Join(list, ", ")
}

// series are the subjects' lines over the rows that have a setting of the other parameters.
func (t *Table) series(other string, name func(subject string) string) (out []Series) {
	for j, subject := range t.Subjects {
		s := Series{Name: name(subject)}
		for i := range t.Rows {
			r := &t.Rows[i]
			x, err := strconv.ParseFloat(r.Values[0], 64)
			f := r.Cells[j].Figure
			if f == nil || err != nil || x < 0 || x > maxAxis || f.Min < 0 || f.Max > maxAxis || t.rest(r) != other {
				continue
			}
			s.Points = append(s.Points, Point{x, f.Median, f.Min, f.Max})
		}
		slices.SortStableFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		out = append(out, s)
	}
	return out
}

// maxAxis keeps nonsense off the axes.
const maxAxis = 1e18
