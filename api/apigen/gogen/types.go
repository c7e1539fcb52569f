package gogen

import (
	"fmt"
	"strconv"

	"github.com/gvpp/gvpp/api/apigen"
)

func itoa(n int) string { return strconv.Itoa(n) }

// types writes the types that the file declares, each once.
func (g *generator) types() {
	done := map[string]bool{}
	for _, t := range g.file.Types {
		if !g.local(t) || done[t.Name] {
			continue
		}
		done[t.Name] = true
		if _, err := g.typeShape(t); g.failed(err) {
			continue
		}
		switch t.Kind {
		case apigen.Enum, apigen.EnumFlag:
			g.enum(t)
		case apigen.Alias:
			g.alias(t)
		case apigen.Typedef:
			name := g.typeName(t)
			g.structure(fmt.Sprintf("%s is the type %s", name, t.Name), name, t.Comment, t.Fields)
		case apigen.Union:
			g.union(t)
		}
	}
}

// enum writes an integer type, its constants under the names that VPP gives them, and String.
func (g *generator) enum(t *apigen.Type) {
	name, b := g.typeName(t), bases[t.Base]
	n := g.modules[g.file.Name]
	what, helper := "enum", "EnumString"
	if t.Kind == apigen.EnumFlag {
		what, helper = "enumflag", "FlagString"
	}
	g.doc(fmt.Sprintf("%s is the %s %s", name, what, t.Name), noteOf(t.Comment))
	g.p("type %s %s\n", name, b.goType)
	g.p("const (")
	consts := map[string]string{}
	for _, e := range t.Entries {
		if g.failed(n.add(consts, e.Name, e.Name, "_", t.Pos)) {
			return
		}
		g.p("\t%s %s = %d", consts[e.Name], name, e.Value)
	}
	g.p(")\n")
	table := "enum" + name
	g.p("var %s = []api.Name{", table)
	for _, e := range t.Entries {
		g.p("\t{Value: %d, Name: %q},", e.Value, e.Name)
	}
	g.p("}\n")
	g.p("// String implements fmt.Stringer.")
	g.p("func (v %s) String() string { return api.%s(int64(v), %s) }\n", name, helper, table)
}

// alias writes another name: a type of its own for what has no name in Go yet, else only a name.
func (g *generator) alias(t *apigen.Type) {
	name, equals := g.typeName(t), ""
	if t.Alias.Ref != nil && !t.Alias.Array {
		equals = "= "
	}
	g.doc(fmt.Sprintf("%s is the alias %s", name, t.Name), noteOf(t.Comment))
	g.p("type %s %s%s\n", name, equals, g.goType(t.Alias))
}

// goType is the Go type of a field.
func (g *generator) goType(f *apigen.Field) string {
	element := bases[f.Type].goType
	switch {
	case f.Type == "string":
		return "string"
	case f.Ref != nil:
		element = g.typeName(f.Ref)
	case f.Array && f.Type == "u8":
		element = "byte"
	}
	switch {
	case !f.Array:
		return element
	case variable(f):
		return "[]" + element
	}
	return fmt.Sprintf("[%d]%s", f.Length, element)
}

// structure writes a struct and its codec.
func (g *generator) structure(first, name, comment string, fields []*apigen.Field) {
	goNames, err := fieldNames(fields)
	if g.failed(err) {
		return
	}
	counts, err := counters(fields)
	if g.failed(err) {
		return
	}
	n := noteOf(comment)
	g.doc(first, n)
	g.p("type %s struct {", name)
	for _, f := range fields {
		if counts[f] == nil {
			g.p("\t%s %s%s", goNames[f], g.goType(f), remark(f, n))
		}
	}
	g.p("}\n")
	c := codec{g, goNames, counts}
	c.encoder(name, fields)
	c.decoder(name, fields)
}

// union writes the bytes of a union and how to take them for each of its fields.
func (g *generator) union(t *apigen.Type) {
	name := g.typeName(t)
	goNames, err := fieldNames(t.Fields)
	if g.failed(err) {
		return
	}
	size := g.shapes[t].fixed
	g.doc(fmt.Sprintf("%s is the union %s. Its methods take Data, which is as on the wire, for one of its fields", name, t.Name), noteOf(t.Comment))
	g.p("type %s struct{ Data [%d]byte }\n", name, size)
	g.p("// Encode appends the bytes.")
	g.p("func (m *%s) Encode(e *api.Encoder) { e.Raw(m.Data[:]) }\n", name)
	g.p("// Decode reads the bytes.")
	g.p("func (m *%s) Decode(d *api.Decoder) { d.Raw(m.Data[:]) }\n", name)
	c := codec{g: g}
	for _, f := range t.Fields {
		field, kind := goNames[f], g.goType(f)
		if field == "Data" {
			field = "DataField"
		}
		g.p("// %s is the union's field %s.", field, f.Name)
		g.p("func (m *%s) %s() (v %s) {", name, field, kind)
		g.p("\td := api.NewDecoder(m.Data[:])")
		c.decode("v", f, 0)
		g.p("\treturn v")
		g.p("}\n")
		g.p("// Set%s sets the union's field %s; what it does not fill is 0.", field, f.Name)
		if f.Type == "string" {
			g.p("// A string that does not fit leaves the union empty.")
		}
		g.p("func (m *%s) Set%s(v %s) {", name, field, kind)
		g.p("\te := api.NewEncoder(nil)")
		c.encode("v", f, 0)
		g.p("\tm.Data = [%d]byte{}", size)
		g.p("\tb, _ := e.Bytes()")
		g.p("\tcopy(m.Data[:], b)")
		g.p("}\n")
		if g.failed(g.modules[g.file.Name].add(map[string]string{}, f.Name, name+field, "Of", f.Pos)) {
			continue
		}
		g.p("// %s%s makes a union of its field %s.", name, field, f.Name)
		g.p("func %s%s(v %s) (m %s) {", name, field, kind, name)
		g.p("\tm.Set%s(v)", field)
		g.p("\treturn m")
		g.p("}\n")
	}
}
