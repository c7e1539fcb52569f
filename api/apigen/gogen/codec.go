package gogen

import (
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/api/apigen"
)

// codec writes the codec of one struct.
type codec struct {
	g      *generator
	names  map[*apigen.Field]string
	counts map[*apigen.Field]*apigen.Field // counter: array
}

func (c codec) encoder(name string, fields []*apigen.Field) {
	g := c.g
	g.p("// Encode appends the fields.")
	if len(fields) == 0 {
		g.p("func (m *%s) Encode(*api.Encoder) {}\n", name)
		return
	}
	g.p("func (m *%s) Encode(e *api.Encoder) {", name)
	for _, f := range fields {
		if array := c.counts[f]; array != nil {
			b := bases[f.Type]
			g.use("math", b.max)
			g.p("\te.%s(%s(e.Len(len(m.%s), %s)))", b.method, b.goType, c.names[array], b.max)
			continue
		}
		c.encode("m."+c.names[f], f, 0)
	}
	g.p("}\n")
}

func (c codec) decoder(name string, fields []*apigen.Field) {
	g := c.g
	g.p("// Decode reads the fields.")
	if len(fields) == 0 {
		g.p("func (m *%s) Decode(*api.Decoder) {}\n", name)
		return
	}
	g.p("func (m *%s) Decode(d *api.Decoder) {", name)
	for _, f := range fields {
		if array := c.counts[f]; array != nil {
			g.p("\tn%s := d.%s()", c.names[array], bases[f.Type].method)
			continue
		}
		c.decode("m."+c.names[f], f, 0)
	}
	g.p("}\n")
}

// stored is what a field's value is on the wire, and whether its Go type has a name of its own, so that it is to be converted.
// Aliases of other types are the same type in Go; those of base types, of strings and of arrays are not.
func stored(f *apigen.Field) (*apigen.Field, bool) {
	named := false
	for !f.Array && f.Ref != nil && f.Ref.Kind == apigen.Alias {
		a := f.Ref.Alias
		named = named || a.Ref == nil || a.Array
		f = a
	}
	if !f.Array && f.Ref != nil && (f.Ref.Kind == apigen.Enum || f.Ref.Kind == apigen.EnumFlag) {
		return &apigen.Field{Type: f.Ref.Base}, true
	}
	return f, named
}

// element is one of an array's.
func element(array *apigen.Field) *apigen.Field {
	return &apigen.Field{Pos: array.Pos, Name: array.Name, Type: array.Type, Ref: array.Ref}
}

// whole is a slice of all of an array.
func whole(x string, array *apigen.Field) string {
	if variable(array) {
		return x
	}
	return x + "[:]"
}

// index is a variable that counts the elements of arrays within arrays.
func index(depth int) string { return "ijk"[min(depth, 2):][:1] + strings.Repeat("k", max(depth-2, 0)) }

// encode writes what encodes x, the value of f.
func (c codec) encode(x string, f *apigen.Field, depth int) {
	g := c.g
	s, named := stored(f)
	switch {
	case s.Type == "string":
		if named {
			x = "string(" + x + ")"
		}
		if s.Length > 0 {
			g.p("e.FixedString(%s, %d)", x, s.Length)
		} else {
			g.p("e.String(%s)", x)
		}
	case s.Array && s.Type == "u8":
		g.p("e.Raw(%s)", whole(x, s))
	case s.Array:
		g.p("for %s := range %s {", index(depth), x)
		c.encode(x+"["+index(depth)+"]", element(s), depth+1)
		g.p("}")
	case s.Ref != nil:
		g.p("%s.Encode(e)", x)
	case named:
		g.p("e.%s(%s(%s))", bases[s.Type].method, bases[s.Type].goType, x)
	default:
		g.p("e.%s(%s)", bases[s.Type].method, x)
	}
}

// decode writes what decodes x, the value of f.
func (c codec) decode(x string, f *apigen.Field, depth int) {
	g := c.g
	s, named := stored(f)
	value := ""
	switch {
	case s.Type == "string" && s.Length > 0:
		value = fmt.Sprintf("d.FixedString(%d)", s.Length)
	case s.Type == "string":
		value = "d.String()"
	case s.Array:
		c.decodeArray(x, s, depth)
		return
	case s.Ref != nil:
		g.p("%s.Decode(d)", x)
		return
	default:
		value = "d." + bases[s.Type].method + "()"
	}
	if named {
		value = g.goType(f) + "(" + value + ")"
	}
	g.p("%s = %s", x, value)
}

func (c codec) decodeArray(x string, s *apigen.Field, depth int) {
	g := c.g
	if variable(s) {
		one, err := g.elementShape(s)
		g.failed(err)
		g.p("%s = api.Slice[%s](d, uint64(n%s), %d)", x, g.goType(element(s)), c.names[s], one.fixed)
	}
	if s.Type == "u8" {
		g.p("d.Raw(%s)", whole(x, s))
		return
	}
	g.p("for %s := range %s {", index(depth), x)
	c.decode(x+"["+index(depth)+"]", element(s), depth+1)
	g.p("}")
}
