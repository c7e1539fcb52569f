package apigen

import (
	"math/bits"
	"strings"
)

// baseSize is how many bytes a value of a base type has on the wire; a string counts as an array of bytes.
var baseSize = map[string]int{
	"u8": 1, "i8": 1, "bool": 1, "string": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8, "f64": 8,
}

// ref is the name by which fields refer to a type.
func (t *Type) ref() string { return "vl_api_" + t.Name + "_t" }

// isInteger reports whether a field can count: an integer, or another name for one.
func isInteger(f *Field) bool {
	for f.Ref != nil && f.Ref.Kind == Alias && !f.Ref.Alias.Array {
		f = f.Ref.Alias
	}
	if f.Ref != nil {
		return f.Ref.Kind == Enum || f.Ref.Kind == EnumFlag
	}
	return strings.HasPrefix(f.Type, "u") || strings.HasPrefix(f.Type, "i")
}

// size is a field's bytes on the wire, with what is variable empty; more than maxBytes for a type that is too big.
func (f *Field) size() int {
	one := baseSize[f.Type]
	if f.Ref != nil {
		one = f.Ref.size
	}
	switch {
	case !f.Array:
		return one
	case f.Type == "string" && f.Length == 0 && f.Counter == "":
		return 4 // the length
	case one > maxBytes/max(f.Length, 1):
		return maxBytes + 1
	}
	return one * f.Length
}

// variable reports whether vppapigen takes the field for one of variable length.
func (f *Field) variable() bool {
	if f.Array && f.Counter != "" || f.Type == "string" && f.Length == 0 {
		return true
	}
	return f.Ref != nil && f.Ref.vla
}

// checkBlock checks the fields of a message or type: one name each, what is variable last, not too big, not too deep.
func (p *parser) checkBlock(at Pos, of string, fields []*Field) (size, depth int, vla bool) {
	seen := make(map[string]bool, len(fields))
	for i, f := range fields {
		if seen[f.Name] {
			p.errorf(f.Pos, "%s has two fields named %s", of, f.Name)
		}
		seen[f.Name] = true
		if f.variable() {
			vla = true
			if i+1 < len(fields) {
				p.errorf(f.Pos, "%s: %s has a variable length and is not the last field", of, f.Name)
			}
		}
		if f.Ref != nil {
			depth = max(depth, f.Ref.depth+1)
		}
		size = min(size+f.size(), maxBytes+1)
	}
	if size > maxBytes {
		p.errorf(at, "%s has more than %d bytes", of, maxBytes)
	}
	if depth > maxDepth {
		p.errorf(at, "%s nests types more than %d deep", of, maxDepth)
	}
	return size, depth, vla
}

// checkEntries checks the names and values of an enum.
func (p *parser) checkEntries(t *Type) {
	var compatible bool
	seen := make(map[string]bool, len(t.Entries))
	for _, e := range t.Entries {
		if seen[e.Name] {
			p.errorf(e.Pos, "enum %s has two names %s", t.Name, e.Name)
		}
		seen[e.Name] = true
		if !fits(e.Value, t.Base) {
			p.errorf(e.Pos, "%s is %d, which enum %s does not hold: it is a %s", e.Name, e.Value, t.Name, t.Base)
		}
		magnitude := uint64(max(e.Value, -e.Value))
		if t.Kind == EnumFlag && bits.OnesCount64(magnitude) > 1 {
			p.errorf(e.Pos, "%s is %d; the names of enumflag %s have one bit each", e.Name, e.Value, t.Name)
		}
		if e.compatible() {
			compatible = true
		} else if compatible {
			p.errorf(e.Pos, "%s follows a name with backwards_compatible; such names come last", e.Name)
		}
	}
}

// fits reports whether an integer type holds v.
func fits(v int64, base string) bool {
	n := baseSize[base] * 8
	if base[0] == 'i' {
		return v == v<<(64-n)>>(64-n)
	}
	return v >= 0 && v < 1<<n
}

// compatible reports whether the name was added without a change of CRC.
func (e *Entry) compatible() bool {
	for _, o := range e.Options {
		if o.Name == "backwards_compatible" {
			return true
		}
	}
	return false
}

func option(set []Option, name string) (Option, bool) {
	for _, o := range set {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
