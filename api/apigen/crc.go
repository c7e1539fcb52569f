package apigen

import (
	"fmt"
	"hash/crc32"
	"strings"
)

// digest is the CRC-32 of some bytes, with what it takes to append it to another: x^(8n) modulo the polynomial for n bytes.
// So the CRC of a type can be kept and used again wherever the type is.
type digest struct{ crc, shift uint32 }

// none is the digest of no bytes.
var none = digest{0, 1 << 31}

// times multiplies two polynomials modulo that of CRC-32. Bit 31 is the coefficient of x^0, as in hash/crc32.
func times(a, b uint32) (product uint32) {
	for m := uint32(1 << 31); m != 0; m >>= 1 {
		if a&m != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// then is the digest of the bytes of d with those of e behind.
func (d digest) then(e digest) digest {
	return digest{times(d.crc, e.shift) ^ e.crc, times(d.shift, e.shift)}
}

func digestOf(s string) digest {
	shift, square := none.shift, uint32(1)<<(31-8)
	for n := len(s); n > 0; n >>= 1 {
		if n&1 != 0 {
			shift = times(shift, square)
		}
		square = times(square, square)
	}
	return digest{crc32.ChecksumIEEE([]byte(s)), shift}
}

// messageCRC is over a message's fields, without _vl_msg_id, and over the types in them.
func messageCRC(m *Message) uint32 {
	return digestOf(fieldsText(m.Fields)).then(fold(m.Fields)).crc
}

// fileCRC is over all that a file and its imports declare, but services and comments.
func fileCRC(f *File) uint32 {
	all := none
	for _, s := range f.statements {
		switch s := s.(type) {
		case *importStatement:
			for _, t := range s.file.Types {
				all = all.then(digestOf(t.text()))
			}
		case *Type:
			all = all.then(digestOf(s.text()))
		case *Message:
			all = all.then(digestOf(fieldsText(s.Fields)))
		case Option:
			all = all.then(digestOf(s.Name))
		}
	}
	return all.crc
}

// fold is over the types of fields, each followed by those of its own fields.
func fold(fields []*Field) digest {
	all := none
	for _, f := range fields {
		if f.Ref != nil {
			all = all.then(f.Ref.fold())
		}
	}
	return all
}

func (t *Type) fold() digest {
	if !t.folded {
		t.digest, t.folded = digestOf(t.text()).then(fold(t.Fields)), true
	}
	return t.digest
}

// text is what the CRC of a type is over: lists as Python prints them. What an alias stands for is not part of it.
func (t *Type) text() string {
	switch t.Kind {
	case Alias:
		return "[]"
	case Enum, EnumFlag:
		var list []string
		for _, e := range t.Entries {
			if !e.compatible() {
				list = append(list, fmt.Sprintf("['%s', %d]", e.Name, e.Value))
			}
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	return fieldsText(t.Fields)
}

func fieldsText(fields []*Field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		switch {
		case !f.Array:
			list[i] = fmt.Sprintf("['%s', '%s']", f.Type, f.Name)
		case f.Counter != "":
			list[i] = fmt.Sprintf("['%s', '%s', 0, '%s']", f.Type, f.Name, f.Counter)
		default:
			list[i] = fmt.Sprintf("['%s', '%s', %d, None]", f.Type, f.Name, f.Length)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}
