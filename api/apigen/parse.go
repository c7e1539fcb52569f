package apigen

import (
	"fmt"
	"slices"
	"strings"
)

// parser reads one file. Syntax errors panic with an *Error and end the file; what is wrong otherwise is collected.
type parser struct {
	*compiler
	lexer
	ahead   *token // read and not taken yet; never a comment
	file    *File
	comment string // the last one between statements that no message has taken
	until   int    // line on which it ends
	module  string
}

// parseFile reads src, which is f's, into f.statements.
func (c *compiler) parseFile(f *File, src string) {
	p := &parser{compiler: c, file: f, module: f.Name}
	p.lexer = lexer{file: f.Path, src: src, line: 1}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			c.report(e)
		}
	}()
	for {
		t := p.lexer.next()
		switch t.kind {
		case tokenComment:
			p.comment, p.until = t.text, t.end
			continue
		case tokenEnd:
			if len(f.statements) == 0 && p.until == 0 {
				p.unexpected(t, "a statement")
			}
			return
		}
		p.ahead = &t
		if s := p.statement(); s != nil {
			f.statements = append(f.statements, s)
		}
	}
}

// peek is the next token, comments passed over.
func (p *parser) peek() token {
	for p.ahead == nil {
		if t := p.lexer.next(); t.kind != tokenComment {
			p.ahead = &t
		}
	}
	return *p.ahead
}

func (p *parser) take() token {
	t := p.peek()
	p.ahead = nil
	return t
}

// unexpected ends the file.
func (p *parser) unexpected(t token, want string) {
	panic(errorAt(t.pos, "found %s, want %s", t, want))
}

// expect takes a token of one of the kinds.
func (p *parser) expect(kinds ...string) token {
	t := p.take()
	if !slices.Contains(kinds, t.kind) {
		p.unexpected(t, oneOf(kinds))
	}
	return t
}

// got takes the next token if it is of the kind.
func (p *parser) got(kind string) bool {
	if p.peek().kind != kind {
		return false
	}
	p.take()
	return true
}

// end takes the tokens given, which end a statement.
func (p *parser) end(kinds ...string) {
	for _, k := range kinds {
		p.expect(k)
	}
}

// name takes a name. Words of the language get an error of their own: that they are reserved is easily overlooked.
func (p *parser) name(of string) token {
	t := p.take()
	switch {
	case t.kind == tokenName:
	case isWord[t.kind] && t.kind == "false":
		p.unexpected(t, fmt.Sprintf("%s (no name can begin with false)", of))
	case isWord[t.kind]:
		p.unexpected(t, fmt.Sprintf("%s (%s is a word of the language)", of, t.kind))
	default:
		p.unexpected(t, of)
	}
	return t
}

func oneOf(kinds []string) string {
	var out []string
	for _, k := range kinds {
		if !strings.HasPrefix(k, "a ") {
			k = fmt.Sprintf("%q", k)
		}
		out = append(out, k)
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}

var (
	flagWords   = []string{"manual_print", "manual_endian", "dont_trace", "typeonly", "autoendian", "autoreply"}
	baseWords   = []string{"u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f64", "bool", "string"}
	assignWords = []string{tokenNumber, tokenString, tokenName, "true", "false", "type"}
	// fieldWords are words that may be the name of a field nevertheless.
	fieldWords = []string{"type", "severity", "description", "counters", "paths"}
)

const wantStatement = "a statement: define, typedef, enum, enumflag, union, service, option, import, counters or paths"

// statement reads one; nil for one with nothing to keep.
func (p *parser) statement() any {
	var flags []string
	for slices.Contains(flagWords, p.peek().kind) {
		flags = append(flags, p.take().kind)
	}
	t := p.take()
	switch t.kind {
	case "define":
		return p.define(t, flags)
	case "typedef":
		return p.typedef(t, flags)
	case "union":
		return p.union(flags)
	}
	if flags != nil {
		p.unexpected(t, "define, typedef or union after "+strings.Join(flags, " "))
	}
	switch t.kind {
	case "enum", "enumflag":
		return p.enum(t.kind)
	case "option":
		return p.option()
	case "import":
		return p.importFile()
	case "service":
		return p.services()
	case "counters":
		return p.counters()
	case "paths":
		return p.paths()
	}
	p.unexpected(t, wantStatement)
	return nil
}

// claim is the comment that belongs to a message or type whose keyword (of a typedef with flags: name) is on a line.
func (p *parser) claim(line int) (comment string) {
	if line <= p.until+1 {
		comment = p.comment
	}
	p.comment = ""
	return comment
}

func (p *parser) define(at token, flags []string) any {
	name := p.name("the message's name")
	fields, options := p.block(name.text, true)
	p.end(";")
	if slices.Contains(flags, "typeonly") {
		p.errorf(name.pos, "typeonly define is no longer taken: write typedef %s", name.text)
	}
	m := &Message{Pos: name.pos, Name: name.text, Flags: flags, Fields: fields, Options: options, Comment: p.claim(at.pos.Line)}
	if len(fields) == 0 {
		p.errorf(name.pos, "message %s has no fields", m.Name)
	}
	for _, f := range fields {
		if f.Name == messageID {
			p.errorf(f.Pos, "message %s has a field %s, which every message begins with already", m.Name, f.Name)
		}
	}
	p.checkBlock(name.pos, "message "+m.Name, fields)
	return m
}

func (p *parser) typedef(at token, flags []string) any {
	name := p.peek()
	first := p.specifier("a type, or the name of the type that is defined")
	if p.peek().kind == "{" && name.kind == tokenName {
		return p.structure(name, at, flags)
	}
	f := p.declaration(first, name.pos, nil)
	t := &Type{Pos: f.Pos, Kind: Alias, Name: f.Name, Module: p.module, Flags: flags, Alias: f}
	t.size, t.depth, _ = p.checkBlock(f.Pos, "type "+f.Name, []*Field{f})
	p.declare(t)
	return t
}

func (p *parser) structure(name, at token, flags []string) any {
	line := at.pos.Line
	if flags != nil {
		line = name.pos.Line
	}
	fields, _ := p.block(name.text, false)
	p.end(";")
	t := &Type{Pos: name.pos, Kind: Typedef, Name: name.text, Module: p.module, Flags: flags, Fields: fields, Comment: p.claim(line)}
	t.size, t.depth, t.vla = p.checkBlock(t.Pos, "type "+t.Name, fields)
	p.declare(t)
	return t
}

func (p *parser) union(flags []string) any {
	name := p.name("the union's name")
	fields, _ := p.block(name.text, false)
	p.end(";")
	t := &Type{Pos: name.pos, Kind: Union, Name: name.text, Module: p.module, Flags: flags, Fields: fields}
	_, t.depth, t.vla = p.checkBlock(t.Pos, "union "+t.Name, fields)
	for _, f := range fields {
		t.size = max(t.size, f.size())
	}
	p.declare(t)
	return t
}

// declare makes a type known to what follows it.
func (p *parser) declare(t *Type) {
	if old := p.types[t.ref()]; old != nil {
		p.errorf(t.Pos, "type %s is defined already, at %s", t.Name, old.Pos)
		return
	}
	p.types[t.ref()] = t
}

// importStatement is where a file's types come in.
type importStatement struct {
	name string
	file *File
}

func (p *parser) importFile() any {
	t := p.expect(tokenString)
	p.end(";")
	f := p.load(t.pos, p.file.Path, t.text)
	if f == nil {
		return nil
	}
	if !slices.Contains(p.file.Imports, f) {
		p.file.Imports = append(p.file.Imports, f)
	}
	return &importStatement{t.text, f}
}
