package report

import (
	"fmt"
	"html"
	"strings"
)

// Sizes of a plot in pixels; its area lies between the margins, the legend to its right.
const (
	svgWidth, svgHeight  = 720, 340
	areaLeft, areaRight  = 64, 520
	areaTop, areaBottom  = 34, 286
	legendLeft, legendIn = 540, 30
	legendLine           = 20
	swatches             = 8 // colours in the style sheet
)

// dashes tell lines apart without their colours.
var dashes = []string{"", "7 4", "2 3", "9 3 2 3", "12 4", "4 2"}

// drawing is a plot on its way to SVG.
type drawing struct {
	strings.Builder
	x, y  axis
	color func(name string) int
}

func (d *drawing) add(format string, args ...any) {
	fmt.Fprintf(&d.Builder, format, args...)
	d.WriteByte('\n')
}

// SVG draws a plot for a page with the classes of style. color gives each line's name a number from 0, the same all over the page.
func (p *Plot) SVG(color func(name string) int) string {
	var xs []float64
	least, most := p.Series[0].Points[0].Min, 0.0
	for _, s := range p.Series {
		for _, q := range s.Points {
			xs = append(xs, q.X)
			least, most = min(least, q.Min), max(most, q.Max)
		}
	}
	d := &drawing{x: xAxis(xs, areaLeft+14, areaRight-14), y: yAxis(least, most, areaBottom, areaTop), color: color}
	title := html.EscapeString(p.Title + ": " + p.Y + " against " + p.X)
	d.add(`<svg class="plot" viewBox="0 0 %d %d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, svgWidth, svgHeight, title)
	d.axes(p)
	for i := range p.Series {
		d.series(p, i)
	}
	d.add("</svg>")
	return d.String()
}

// axes draws the grid, the ticks and what they are.
func (d *drawing) axes(p *Plot) {
	d.add(`<text class="title" x="%d" y="18">%s</text>`, areaLeft, html.EscapeString(p.Title))
	for _, v := range d.y.ticks {
		y := d.y.at(v)
		d.add(`<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`, areaLeft, y, areaRight, y)
		d.add(`<text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>`, areaLeft-8, y+4, tickLabel(v))
	}
	last := -1000.0
	for _, v := range d.x.ticks {
		x := d.x.at(v)
		d.add(`<line class="axis" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x, areaBottom, x, areaBottom+5)
		if x-last >= 26 { // a label is about as wide
			d.add(`<text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>`, x, areaBottom+19, tickLabel(v))
			last = x
		}
	}
	d.add(`<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`, areaLeft, areaBottom, areaRight, areaBottom)
	d.add(`<text class="name" x="%d" y="%d" text-anchor="middle">%s</text>`, (areaLeft+areaRight)/2, svgHeight-14, html.EscapeString(p.X))
	d.add(`<text class="name" transform="translate(16 %d) rotate(-90)" text-anchor="middle">%s</text>`, (areaTop+areaBottom)/2, html.EscapeString(p.Y))
}

// series draws a line with the range of each point, and its part of the legend.
func (d *drawing) series(p *Plot, i int) {
	s := &p.Series[i]
	number := d.color(s.Name)
	class, dash := fmt.Sprintf("c%d", number%swatches), dashes[number%len(dashes)]
	d.add(`<g class="%s">`, class)
	var path strings.Builder
	for k, q := range s.Points {
		fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: " L"}[k == 0], d.x.at(q.X), d.y.at(q.Y))
	}
	d.add(`<path class="line" stroke-dasharray="%s" d="%s"/>`, dash, path.String())
	for _, q := range s.Points {
		x := d.x.at(q.X)
		d.add(`<line class="range" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x, d.y.at(q.Min), x, d.y.at(q.Max))
		d.add(`<circle cx="%.1f" cy="%.1f" r="3.5"><title>%s, %s %s: %s %s (%s-%s)</title></circle>`, x, d.y.at(q.Y), html.EscapeString(s.Name),
			html.EscapeString(p.X), tickLabel(q.X), Number(q.Y), html.EscapeString(p.Y), Number(q.Min), Number(q.Max))
	}
	y := areaTop + 6 + i*legendLine
	d.add(`<path class="line" stroke-dasharray="%s" d="M%d %d L%d %d"/>`, dash, legendLeft, y, legendLeft+legendIn-6, y)
	d.add(`<text class="legend" x="%d" y="%d">%s</text>`, legendLeft+legendIn, y+4, html.EscapeString(s.Name))
	d.add("</g>")
}
