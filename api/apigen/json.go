package apigen

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A tree of these is what is printed: object, array, string, int, and raw for what is JSON already.
type (
	object []member
	array  []any
	raw    string
	member struct {
		key   string
		value any
	}
)

// JSON is the .api.json, byte by byte as vppapigen prints it, with a newline at the end.
func (f *File) JSON() []byte {
	counters, paths := f.statistics()
	b := appendJSON(nil, object{
		{"module", f.Name},
		{"types", f.structures(Typedef)},
		{"messages", f.messages()},
		{"unions", f.structures(Union)},
		{"enums", f.enums(Enum)},
		{"enumflags", f.enums(EnumFlag)},
		{"services", f.services()},
		{"options", optionsJSON(f.Options)},
		{"aliases", f.aliases()},
		{"vl_api_version", fmt.Sprintf("%#x", f.CRC)},
		{"imports", f.imports()},
		{"counters", counters},
		{"paths", paths},
	}, 0)
	return append(b, '\n')
}

func (f *File) structures(kind TypeKind) (list array) {
	for _, t := range f.Types {
		if t.Kind == kind {
			entry := append(array{t.Name}, fieldsJSON(t.Fields)...)
			if t.Comment != "" {
				entry = append(entry, object{{"comment", t.Comment}})
			}
			list = append(list, entry)
		}
	}
	return list
}

func (f *File) messages() (list array) {
	for _, m := range f.Messages {
		entry := append(array{m.Name}, fieldsJSON(m.Fields)...)
		var tail object
		if m.CRC != 0 { // Python's idea of what is there
			tail = object{{"crc", fmt.Sprintf("0x%08x", m.CRC)}, {"options", optionsJSON(m.Options)}}
		}
		if m.Comment != "" {
			tail = append(tail, member{"comment", m.Comment})
		}
		if tail != nil {
			entry = append(entry, tail)
		}
		list = append(list, entry)
	}
	return list
}

func fieldsJSON(fields []*Field) (list array) {
	for _, f := range fields {
		entry := array{f.Type, f.Name}
		switch {
		case f.Array && f.Counter != "":
			entry = append(entry, f.Length, f.Counter)
		case f.Array:
			entry = append(entry, f.Length)
		case len(f.Options) > 0:
			entry = append(entry, optionsJSON(f.Options))
		}
		list = append(list, entry)
	}
	return list
}

func (f *File) enums(kind TypeKind) (list array) {
	for _, t := range f.Types {
		if t.Kind != kind {
			continue
		}
		entry := array{t.Name}
		for _, e := range t.Entries {
			entry = append(entry, array{e.Name, int(e.Value)})
		}
		list = append(list, append(entry, object{{"enumtype", t.Base}}))
	}
	return list
}

func (f *File) services() (all object) {
	for _, s := range f.Services {
		o := object{{"reply", s.Reply}}
		if s.Stream {
			o = append(o, member{"stream", raw("true")})
		}
		if s.StreamMessage != "" {
			o = append(o, member{"stream_msg", s.StreamMessage})
		}
		if len(s.Events) > 0 {
			o = append(o, member{"events", stringsJSON(s.Events)})
		}
		all = append(all, member{s.Caller, o}) // each caller has one
	}
	return all
}

func (f *File) aliases() (all object) {
	for _, t := range f.Types {
		if t.Kind == Alias {
			o := object{{"type", t.Alias.Type}}
			if t.Alias.Array {
				o = append(o, member{"length", t.Alias.Length})
			}
			all = append(all, member{t.Name, o})
		}
	}
	return all.unique()
}

// unique keeps the first of each key. Members of one key are equal here.
func (o object) unique() (out object) {
	seen := make(map[string]bool, len(o))
	for _, m := range o {
		if !seen[m.key] {
			seen[m.key] = true
			out = append(out, m)
		}
	}
	return out
}

func (f *File) imports() array { return stringsJSON(f.ImportNames) }

// statistics are the counters and paths. A path alone in its list is printed without the list.
func (f *File) statistics() (counters, paths array) {
	for _, c := range f.Counters {
		var elements array
		for _, e := range c.Elements {
			o := object{{"name", e.Name}}
			for _, w := range e.words {
				o = append(o, member{w, *e.word(w)})
			}
			elements = append(elements, o)
		}
		counters = append(counters, object{{"name", c.Name}, {"elements", elements}})
	}
	for _, set := range f.Paths {
		var list array
		for _, p := range set {
			list = append(list, object{{"path", p.Path}, {"counter", p.Counters}})
		}
		if len(list) == 1 {
			paths = append(paths, list[0])
		} else {
			paths = append(paths, list)
		}
	}
	return counters, paths
}

func optionsJSON(options []Option) (all object) {
	for _, o := range options {
		var v any = o.Value
		switch o.Kind {
		case NoValue:
			v = raw("null")
		case False:
			v = raw("false")
		case Number:
			v = raw(o.Value)
		}
		all = append(all, member{o.Name, v})
	}
	return all
}

func stringsJSON(list []string) (all array) {
	for _, s := range list {
		all = append(all, s)
	}
	return all
}

// appendJSON prints v as Python's json.dumps(v, indent=4) does.
func appendJSON(b []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case raw:
		return append(b, v...)
	case array:
		if len(v) == 0 {
			return append(b, "[]"...)
		}
		b = append(b, '[')
		for i, e := range v {
			b = appendJSON(newline(b, i, depth+1), e, depth+1)
		}
		return append(newline(b, 0, depth), ']')
	case object:
		if len(v) == 0 {
			return append(b, "{}"...)
		}
		b = append(b, '{')
		for i, m := range v {
			b = append(appendString(newline(b, i, depth+1), m.key), ": "...)
			b = appendJSON(b, m.value, depth+1)
		}
		return append(newline(b, 0, depth), '}')
	}
	panic(fmt.Sprintf("apigen: %T in a tree of JSON", v))
}

// newline begins element i of a list.
func newline(b []byte, i, depth int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(append(b, '\n'), strings.Repeat("    ", depth)...)
}

// appendString prints a string in ASCII.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		if i := strings.IndexRune("\"\\\n\r\t\b\f", r); i >= 0 {
			b = append(b, '\\', "\"\\nrtbf"[i])
		} else if ' ' <= r && r <= '~' {
			b = append(b, byte(r))
		} else if high, low := utf16.EncodeRune(r); r > 0xffff {
			b = fmt.Appendf(b, "\\u%04x\\u%04x", high, low)
		} else {
			b = fmt.Appendf(b, "\\u%04x", r)
		}
	}
	return append(b, '"')
}

// pythonFloat prints a number as Python does.
func pythonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	exp, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	if -4 <= exp && exp < 16 {
		if s = strconv.FormatFloat(f, 'f', -1, 64); !strings.Contains(s, ".") {
			s += ".0"
		}
	}
	return s
}
