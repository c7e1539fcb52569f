package drawing

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// style is light or dark as its reader's window is.
const style = `
svg{--bg:#ffffff;--text:#1c2733;--soft:#66758a;--line:#5b6b80;--node:#ffffff;--edge:#8fa0b5;--arc:#eef3f9;--rim:#b9c6d6;--drop:#c0392b;--end:#e8f4ec;--endrim:#5a9a72}
@media (prefers-color-scheme:dark){svg{--bg:#0f151d;--text:#e3eaf2;--soft:#8d9bae;--line:#8595aa;--node:#1b2430;--edge:#5a6b80;--arc:#151d28;--rim:#344254;--drop:#e0685c;--end:#173024;--endrim:#4f8f69}}
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px;fill:var(--text)}
.s{font-size:10px;fill:var(--soft)}.t{font-size:13px;font-weight:bold}.h{font-weight:bold}.n{text-anchor:end}
.bg{fill:var(--bg)}.arc{fill:var(--arc);stroke:var(--rim)}.node{fill:var(--node);stroke:var(--edge)}.end{fill:var(--end);stroke:var(--endrim)}
.dropper{fill:var(--node);stroke:var(--drop)}.e{fill:none;stroke:var(--line);stroke-width:1.3}.maybe{stroke-dasharray:5 4}.c{stroke-width:1}
.d{fill:none;stroke:var(--drop);stroke-width:1;opacity:.35}.p{fill:var(--line)}.dp{fill:var(--drop)}
`

// SVG writes the graph as a picture: nodes in layers from where packets come in down to where they end, arcs as boxes with their
// features in order, and to the right the line that what is dropped goes along. Errors are w's.
func (g *Graph) SVG(w io.Writer) error {
	s := newScene(g)
	s.layer()
	s.order()
	s.place()
	p := picture{scene: s, router: newRouter(s)}
	p.write()
	_, err := io.WriteString(w, p.b.String())
	return err
}

type picture struct {
	*scene
	router *router
	b      strings.Builder
}

func (p *picture) line(format string, a ...any) { fmt.Fprintf(&p.b, format+"\n", a...) }

func (p *picture) write() {
	p.line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img">`, px(p.w), px(p.h), px(p.w), px(p.h))
	p.line(`<title>%s</title>`, escape(p.g.Title))
	p.line(`<style>%s</style>`, style)
	p.line(`<defs><marker id="a" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="p" d="M0 0.5L8 4L0 7.5z"/></marker>`)
	p.line(`<marker id="b" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="dp" d="M0 0.5L8 4L0 7.5z"/></marker></defs>`)
	p.line(`<rect class="bg" width="%s" height="%s"/>`, px(p.w), px(p.h))
	if p.g.Title != "" {
		p.line(`<text class="t" x="%s" y="%s">%s</text>`, px(margin), px(margin+4), escape(p.g.Title))
	}
	p.drops()
	for i := range p.items {
		p.box(&p.items[i])
	}
	for i := range p.edges {
		p.edge(i)
	}
	for k, l := range p.legend() {
		p.line(`<text class="s" x="%s" y="%s">%s</text>`, px(margin), px(p.h-margin-legendLine*float64(len(p.legend())-1-k)), escape(l))
	}
	p.line(`</svg>`)
}

// drops draws the line along which dropped packets go, behind all else, and what joins it.
func (p *picture) drops() {
	if p.drop < 0 {
		return
	}
	d := &p.items[p.drop]
	p.line(`<g class="d">`)
	top := d.y
	for i := range p.items {
		it := &p.items[i]
		for k := range it.rows {
			r := &it.rows[k]
			if y := it.y + r.y + r.h/2; r.drops && y < d.y {
				p.line(`<path d="M%s %sH%s"/>`, px(it.x+it.w), px(y), px(p.bus))
				top = min(top, y)
			} else if r.drops {
				p.line(`<path d="M%s %sH%s" marker-end="url(#b)"/>`, px(it.x+it.w), px(y), px(d.x))
			}
		}
	}
	if top < d.y {
		p.line(`<path d="M%s %sV%s" marker-end="url(#b)"/>`, px(p.bus), px(top), px(d.y))
	}
	p.line(`</g>`)
}

// box draws an item.
func (p *picture) box(it *item) {
	if it.bend {
		return
	}
	if !it.arc {
		class := "node"
		switch {
		case it.name == Drop:
			class = "dropper"
		case len(it.rows[0].node.Leads) == 0:
			class = "end"
		}
		p.row(it, &it.rows[0], it.x, it.w, class)
		return
	}
	p.line(`<rect class="arc" x="%s" y="%s" width="%s" height="%s" rx="8"/>`, px(it.x), px(it.y), px(it.w), px(it.h))
	p.line(`<text class="h" x="%s" y="%s">%s</text>`, px(it.x+padding), px(it.y+16), escape(it.name))
	p.line(`<text class="s n" x="%s" y="%s">%s</text>`, px(it.x+it.w-padding), px(it.y+16), escape(it.note))
	for k := range it.rows {
		r := &it.rows[k]
		p.row(it, r, it.x+padding, it.w-2*padding, "node")
		if k > 0 {
			p.line(`<path class="e c" d="M%s %sv%s" marker-end="url(#a)"/>`, px(it.middle()), px(it.y+r.y-rowGap), px(rowGap))
		}
	}
}

// row draws a node.
func (p *picture) row(it *item, r *row, x, w float64, class string) {
	y := it.y + r.y
	p.line(`<g><title>%s</title><rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="5"/>`, escape(r.title()), class, px(x), px(y), px(w), px(r.h))
	p.line(`<text x="%s" y="%s">%s</text>`, px(x+padding), px(y+16), escape(r.node.Name))
	if p.counted {
		p.line(`<text class="s n" x="%s" y="%s">%s</text>`, px(x+w-padding), px(y+16), thousands(r.node.Packets))
	}
	for k, t := range r.sub {
		p.line(`<text class="s" x="%s" y="%s">%s</text>`, px(x+padding), px(y+rowHeight+float64(k)*subHeight+4), escape(t))
	}
	p.line(`</g>`)
}

func (p *picture) edge(i int) {
	e := &p.edges[i]
	way := p.router.way(i)
	if e.up {
		slices.Reverse(way)
	}
	class := "e"
	if e.kind == maybe {
		class = "e maybe"
	}
	p.line(`<path class="%s" d="%s" marker-end="url(#a)"/>`, class, path(way))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}
