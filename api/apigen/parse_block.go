package apigen

import (
	"slices"
	"strconv"
)

// block reads { fields }, options among them where they are allowed.
func (p *parser) block(name string, options bool) (fields []*Field, set []Option) {
	p.expect("{")
	for first := true; first || p.peek().kind != "}"; first = false {
		t := p.peek()
		if t.kind == "option" {
			p.take()
			o := p.option()
			if !options {
				p.errorf(t.pos, "an option in %s; only messages and files have options", name)
			}
			set = setOption(set, o)
			continue
		}
		if t.kind == "}" {
			p.unexpected(t, "a field of "+name)
		}
		fields = append(fields, p.declaration(p.specifier("the type of a field, or \"}\""), t.pos, fields))
	}
	p.expect("}")
	return fields, set
}

// specifier reads a type.
func (p *parser) specifier(want string) token {
	t := p.take()
	if t.kind != tokenName && !slices.Contains(baseWords, t.kind) {
		p.unexpected(t, want)
	}
	return t
}

// declaration reads what follows a field's type; before are the fields of the block so far.
func (p *parser) declaration(typ token, at Pos, before []*Field) *Field {
	f := &Field{Pos: at, Type: typ.text}
	if typ.kind == tokenName {
		if f.Ref = p.types[typ.text]; f.Ref == nil {
			p.errorf(typ.pos, "type %s is not defined%s", typ.text, p.hint(typ.text))
		}
	}
	name := p.take()
	if name.kind != tokenName && !slices.Contains(fieldWords, name.kind) {
		if isWord[name.kind] {
			p.unexpected(name, "the name of a field ("+name.kind+" is a word of the language, or begins with one)")
		}
		p.unexpected(name, "the name of a field")
	}
	f.Name = name.text
	if p.got("[") {
		p.brackets(f, before)
	}
	p.end(";")
	if f.Array {
		return f
	}
	if f.Type == "string" {
		p.errorf(name.pos, "string %s has no length; want string %s[64], or string %s[] for one of any length", f.Name, f.Name, f.Name)
	}
	if isPythonWord(f.Name) {
		p.errorf(name.pos, "a field cannot be named %s, which is a word of Python: its clients could not set it", f.Name)
	}
	return f
}

// brackets reads what follows [: a length, a counter, or options.
func (p *parser) brackets(f *Field, before []*Field) {
	t := p.take()
	switch t.kind {
	case "]":
		f.Array = true
		if f.Type != "string" {
			p.errorf(t.pos, "array %s has no length; only a string can go without", f.Name)
		}
		return
	case tokenNumber:
		f.Array, f.Length = true, p.length(t, f.Name)
		p.expect("]")
		return
	case tokenName:
		if p.got("]") {
			f.Array, f.Counter = true, t.text
			p.checkCounter(t, f.Name, before)
			return
		}
		f.Options = p.fieldOptions(t)
	default:
		p.unexpected(t, "a length, the name of the field that counts the array, or options")
	}
}

func (p *parser) length(t token, name string) int {
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil || n < 0 || n > maxBytes {
		p.errorf(t.pos, "array %s of %s elements; want a whole number from 0 to %d", name, t.text, maxBytes)
		return 0
	}
	return int(n)
}

// checkCounter sees to it that what counts an array is an integer before it.
func (p *parser) checkCounter(t token, array string, before []*Field) {
	for _, f := range before {
		if f.Name != t.text {
			continue
		}
		if f.Array || !isInteger(f) {
			p.errorf(t.pos, "array %s is counted by %s, which is not an integer", array, t.text)
		}
		return
	}
	p.errorf(t.pos, "array %s is counted by %s, and no field before it has that name", array, t.text)
}

// fieldOptions reads options up to ]; the first name is taken already.
func (p *parser) fieldOptions(name token) (set []Option) {
	for {
		o := Option{Name: name.text, Kind: NoValue}
		if p.got("=") {
			p.assign(&o)
			p.got(",")
		}
		set = setOption(set, o)
		if p.got("]") {
			return set
		}
		name = p.expect(tokenName, "]")
	}
}

// option reads what follows the word, up to the semicolon.
func (p *parser) option() Option {
	o := Option{Name: p.name("the option's name").text, Kind: NoValue}
	if p.got("=") {
		p.assign(&o)
	}
	p.end(";")
	return o
}

func (p *parser) assign(o *Option) {
	t := p.expect(assignWords...)
	o.Value, o.Kind = t.text, Text
	switch t.kind {
	case tokenNumber:
		o.Kind = Number
	case "false":
		o.Kind = False
	}
}

// setOption sets an option: one of the same name is replaced where it stands.
func setOption(set []Option, o Option) []Option {
	for i := range set {
		if set[i].Name == o.Name {
			set[i] = o
			return set
		}
	}
	return append(set, o)
}

// enum reads what follows the word enum or enumflag.
func (p *parser) enum(word string) any {
	name := p.name("the name of the " + word)
	t := &Type{Pos: name.pos, Kind: Enum, Name: name.text, Module: p.module, Base: "u32"}
	sizes := []string{"u8", "u16", "u32", "i8", "i16", "i32"}
	if word == "enumflag" {
		t.Kind, sizes = EnumFlag, sizes[:3]
	}
	if p.got(":") {
		t.Base = p.expect(sizes...).kind
	}
	p.expect("{")
	for next := int64(0); t.Entries == nil || p.peek().kind != "}"; {
		e := p.entry(next)
		next = e.Value + 1
		t.Entries = append(t.Entries, e)
	}
	p.end("}", ";")
	t.size = baseSize[t.Base]
	p.checkEntries(t)
	p.declare(t)
	return t
}

// entry reads one name of an enum; value is what it has unless another is given.
func (p *parser) entry(value int64) Entry {
	name := p.name("a name of the enum")
	e := Entry{Pos: name.pos, Name: name.text, Value: value}
	if p.got("=") {
		t := p.expect(tokenNumber)
		v, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil || v != int64(int32(v)) && v != int64(uint32(v)) {
			p.errorf(t.pos, "%s is %s; want a whole number of 32 bits", e.Name, t.text)
			v = 0
		}
		e.Value = v
	}
	if p.got("[") {
		e.Options = p.fieldOptions(p.name("an option"))
	}
	if t := p.take(); t.kind != "," {
		p.unexpected(t, "a comma after "+e.Name+" (the last name of an enum needs one, too)")
	}
	return e
}
