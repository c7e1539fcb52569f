package report

import (
	"html/template"
	"io"
	"slices"
)

// WriteHTML writes the report as a page that needs nothing else: no script, no font, no picture from elsewhere.
func (r *Report) WriteHTML(w io.Writer) error {
	color := r.colors()
	p := page{Title: r.Header.Title(), Incomplete: r.Header.Incomplete, Header: r.Header.lines(), HowToRead: howToRead}
	for _, s := range r.Sections() {
		v := sectionView{Section: s}
		for i := range s.Tables {
			t := &s.Tables[i]
			tv := tableView{Table: t}
			if i == 0 || s.Tables[i-1].Metric != t.Metric { // not the same again in another unit
				for _, plot := range t.Plots() {
					tv.Plots = append(tv.Plots, template.HTML(plot.SVG(color))) //nolint:gosec // all text in it is escaped
				}
			}
			v.Tables = append(v.Tables, tv)
		}
		p.Sections = append(p.Sections, v)
	}
	return pageTemplate.Execute(w, p)
}

// colors numbers the names of lines: gvpp first, then as they come.
func (r *Report) colors() func(name string) int {
	names := []string{"gvpp", "gvpp-portable"}
	for _, f := range r.Figures {
		names = addNew(names, f.Subject)
	}
	return func(name string) int {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		return slices.Index(names, name)
	}
}

type page struct {
	Title, Incomplete, HowToRead string
	Header                       [][2]string
	Sections                     []sectionView
}

type sectionView struct {
	Section
	Tables []tableView
}

type tableView struct {
	*Table
	Plots []template.HTML
}

// Loses says that gvpp is worse than what the cell's column is.
func (c Cell) Loses() bool { return c.Ratio > 1 }

// WithRatio is the cell with the factor behind it.
func (c Cell) WithRatio() string { return c.withRatio() }

// Labels are the row's parameters as people read them.
func (r Row) Labels() (out []string) {
	for _, v := range r.Values {
		out = append(out, label(v))
	}
	return out
}

var pageTemplate = template.Must(template.New("report").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>` + style + `</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{with .Incomplete}}<p class="incomplete">Incomplete: {{.}}</p>
{{end}}<table class="header">
{{range .Header}}<tr><th>{{index . 0}}</th><td>{{index . 1}}</td></tr>
{{end}}</table>
<p>{{.HowToRead}} Lines in the plots carry the least and the most as bars.</p>
{{range .Sections}}<section>
<h2>{{.Scenario}}</h2>
{{with .About}}<p>{{.}}</p>
{{end}}{{range .Tables}}<h3>{{.Metric}}, {{.Unit}}</h3>
{{range .Plots}}{{.}}{{end}}<div class="wide"><table>
<tr>{{range .Params}}<th>{{.}}</th>{{end}}{{range .Subjects}}<th>{{.}}</th>{{end}}</tr>
{{range .Rows}}<tr>{{range .Labels}}<td>{{.}}</td>{{end}}{{range .Cells}}<td{{if .Loses}} class="loses"{{else if .Skipped}} class="skipped"{{end}}>{{.WithRatio}}</td>{{end}}</tr>
{{end}}</table></div>
{{end}}{{with .Missing}}<p>Not measured:</p>
<ul>
{{range .}}<li>{{.}}</li>
{{end}}</ul>
{{end}}</section>
{{end}}</body>
</html>
`))

// style serves light and dark displays; c0 to c7 are the lines' colours.
const style = `
:root { --ground: #ffffff; --ink: #1c1e21; --dim: #5b6068; --rule: #dcdfe4; --loss: #b3261e;
  --c0: #0057b8; --c1: #4c9be8; --c2: #d1570a; --c3: #1e8449; --c4: #8e3fb0; --c5: #a3790b; --c6: #c2185b; --c7: #4a5568; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --ink: #e6e8ea; --dim: #a0a6ae; --rule: #343a41; --loss: #ff8a80;
  --c0: #6cb2ff; --c1: #a9d1ff; --c2: #ff9d52; --c3: #5fd38d; --c4: #d59af0; --c5: #e6c04a; --c6: #ff8ab5; --c7: #b8c0cc; } }
body { background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid var(--rule); } h3 { font-size: 1rem; margin-bottom: .4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--rule); padding: .2rem .6rem; text-align: right; white-space: nowrap; }
th { color: var(--dim); font-weight: 600; } .header th, .header td { text-align: left; white-space: normal; }
.wide { overflow-x: auto; } .loses { color: var(--loss); font-weight: 600; } .skipped { color: var(--dim); font-style: italic; } .incomplete { color: var(--loss); font-weight: 600; }
.plot { display: block; width: 100%; max-width: 720px; height: auto; margin: .5rem 0; font: 12px system-ui, sans-serif; }
.plot text { fill: var(--ink); } .plot .tick { fill: var(--dim); font-size: 11px; } .plot .title { font-weight: 600; }
.plot .grid { stroke: var(--rule); } .plot .axis { stroke: var(--dim); }
.plot .line { fill: none; stroke: currentColor; stroke-width: 2; } .plot .range { stroke: currentColor; opacity: .55; } .plot circle { fill: currentColor; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); }
.c4 { color: var(--c4); } .c5 { color: var(--c5); } .c6 { color: var(--c6); } .c7 { color: var(--c7); }
`
