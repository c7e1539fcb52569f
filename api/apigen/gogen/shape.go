package gogen

import (
	"fmt"

	"github.com/gvpp/gvpp/api/apigen"
)

// base is how a type of the language is written in Go.
type base struct {
	goType string
	method string // of Encoder and Decoder
	size   int    // bytes
	max    string // the constant of package math, of those that may count an array
}

var bases = map[string]base{
	"u8": {"uint8", "U8", 1, "math.MaxUint8"}, "u16": {"uint16", "U16", 2, "math.MaxUint16"},
	"u32": {"uint32", "U32", 4, "math.MaxUint32"}, "u64": {"uint64", "U64", 8, "math.MaxUint64"},
	"i8": {"int8", "I8", 1, "math.MaxInt8"}, "i16": {"int16", "I16", 2, "math.MaxInt16"},
	"i32": {"int32", "I32", 4, "math.MaxInt32"}, "i64": {"int64", "I64", 8, "math.MaxInt64"},
	"f64": {"float64", "F64", 8, ""}, "bool": {"bool", "Bool", 1, ""},
}

// shape is a type's length on the wire.
type shape struct {
	fixed int  // bytes, when each array and string of variable length in it is empty
	open  bool // there is one
}

func (g *generator) typeShape(t *apigen.Type) (shape, error) {
	if s, known := g.shapes[t]; known {
		return s, nil
	}
	if g.open[t] {
		return shape{}, fmt.Errorf("%v: %s contains itself", t.Pos, t.Name)
	}
	g.open[t] = true
	defer delete(g.open, t)
	var s shape
	var err error
	switch t.Kind {
	case apigen.Alias:
		if s, err = g.fieldShape(t.Alias); err == nil && variable(t.Alias) {
			err = fmt.Errorf("%v: alias %s: nothing counts its elements", t.Pos, t.Name)
		}
	case apigen.Enum, apigen.EnumFlag:
		b, ok := bases[t.Base]
		if s.fixed = b.size; !ok || b.max == "" {
			err = fmt.Errorf("%v: enum %s: %s is not an integer type", t.Pos, t.Name, t.Base)
		}
	case apigen.Typedef:
		s, err = g.fieldsShape(t.Fields)
	case apigen.Union:
		for _, f := range t.Fields {
			arm, armErr := g.fieldShape(f)
			if armErr == nil && arm.open {
				armErr = fmt.Errorf("%v: union %s: the length of %s varies", f.Pos, t.Name, f.Name)
			}
			if s.fixed = max(s.fixed, arm.fixed); err == nil {
				err = armErr
			}
		}
	}
	if err == nil {
		g.shapes[t] = s
	}
	return s, err
}

func (g *generator) fieldsShape(fields []*apigen.Field) (s shape, err error) {
	for _, f := range fields {
		one, err := g.fieldShape(f)
		if err != nil {
			return s, err
		}
		s.fixed += one.fixed
		s.open = s.open || one.open
	}
	return s, nil
}

// maxFixed is the most bytes that the fixed part of a message may have: as much as api/server takes of one message.
const maxFixed = 1 << 20

func (g *generator) fieldShape(f *apigen.Field) (shape, error) {
	s, err := g.elementShape(f)
	switch {
	case err != nil:
		return s, err
	case f.Type == "string" && f.Counter != "":
		return s, fmt.Errorf("%v: %s: an array of strings", f.Pos, f.Name)
	case f.Type == "string" && f.Length == 0:
		s = shape{4, true}
	case f.Type == "string":
		s = shape{f.Length, false}
	case variable(f):
		s = shape{0, true}
	case f.Array && s.fixed <= maxFixed/max(f.Length, 1):
		s.fixed *= f.Length
	case f.Array:
		s.fixed = maxFixed + 1
	}
	if s.fixed > maxFixed {
		err = fmt.Errorf("%v: %s: more than %d bytes", f.Pos, f.Name, maxFixed)
	}
	return s, err
}

// elementShape is the shape of one of an array.
func (g *generator) elementShape(f *apigen.Field) (shape, error) {
	if f.Ref != nil {
		return g.typeShape(f.Ref)
	}
	if b, ok := bases[f.Type]; ok {
		return shape{b.size, false}, nil
	}
	if f.Type == "string" {
		if !f.Array && f.Length == 0 {
			return shape{}, fmt.Errorf("%v: %s: a string without brackets", f.Pos, f.Name)
		}
		return shape{1, false}, nil
	}
	return shape{}, fmt.Errorf("%v: %s: unknown type %q", f.Pos, f.Name, f.Type)
}

// variable says whether a field is an array whose length a counter gives. One without length and counter has no element.
func variable(f *apigen.Field) bool {
	return f.Array && f.Type != "string" && f.Length == 0 && f.Counter != ""
}

// counters finds the fields that count arrays of variable length, each with its array.
func counters(fields []*apigen.Field) (map[*apigen.Field]*apigen.Field, error) {
	found := map[*apigen.Field]*apigen.Field{}
	for i, f := range fields {
		if !variable(f) {
			continue
		}
		var counter *apigen.Field
		for _, c := range fields[:i] {
			if c.Name == f.Counter {
				counter = c
			}
		}
		switch {
		case counter == nil:
			return nil, fmt.Errorf("%v: %s: no field %q before it that counts its elements", f.Pos, f.Name, f.Counter)
		case counter.Array || bases[counter.Type].max == "":
			return nil, fmt.Errorf("%v: %s: its counter %s is not an integer", f.Pos, f.Name, counter.Name)
		case found[counter] != nil:
			return nil, fmt.Errorf("%v: %s: its counter %s counts %s already", f.Pos, f.Name, counter.Name, found[counter].Name)
		}
		found[counter] = f
	}
	return found, nil
}
