package scaffold

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// ErrListed is the error for a list that has a plugin of the name.
var ErrListed = errors.New("the list has a plugin of that name already")

// errShape is the error for a main.go that is not as AddToList knows it.
var errShape = errors.New("it has no `var plugins` of []program.Plugin, or imports nothing")

// Line is the element of the list of plugins.
func (o Options) Line() string {
	return fmt.Sprintf("{Name: %q, New: func() plugin.Plugin { return %s.New() }}", o.Name, o.Name)
}

// AddToList adds a plugin to the list `plugins` of gvpp's main.go, and the imports for it. The rest of the file stays as it is.
func (o *Options) AddToList(src []byte) ([]byte, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "main.go", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var edits []edit
	at := func(p token.Pos) int { return set.Position(p).Offset }
	list, ok := pluginList(f)
	if !ok || len(f.Imports) == 0 {
		return nil, errShape
	}
	if strings.Contains(string(src[at(list.Pos()):at(list.End())]), strconv.Quote(o.Name)) {
		return nil, ErrListed
	}
	switch v := list.Values; {
	case len(v) == 0:
		edits = append(edits, edit{at(list.Names[0].End()), " = "}, edit{at(list.Type.End()), "{\n" + o.Line() + ",\n}"})
	default:
		lit, ok := v[0].(*ast.CompositeLit)
		if !ok {
			return nil, errShape
		}
		before := "\n"
		if src[at(lit.Rbrace)-1] == '\n' {
			before = ""
		}
		if n := len(lit.Elts); n > 0 && !strings.Contains(string(src[at(lit.Elts[n-1].End()):at(lit.Rbrace)]), ",") {
			before = ",\n"
		}
		edits = append(edits, edit{at(lit.Rbrace), before + o.Line() + ",\n"})
	}
	edits = append(edits, o.imports(f, at)...)
	out, err := format.Source(apply(src, edits))
	if err != nil {
		return nil, fmt.Errorf("the edit of main.go is not Go: %w", err)
	}
	return out, nil
}

// imports adds what the line needs.
func (o *Options) imports(f *ast.File, at func(token.Pos) int) (edits []edit) {
	var add []string
	for _, i := range []string{strconv.Quote(GVPP + "/plugin"), o.ImportName() + strconv.Quote(o.Import)} {
		if !slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == i }) {
			add = append(add, i)
		}
	}
	more := "\n" + strings.Join(add, "\n") + "\n"
	decl := f.Decls[0].(*ast.GenDecl) // imports come first
	if decl.Lparen.IsValid() {
		last := decl.Specs[len(decl.Specs)-1]
		return []edit{{at(last.End()), strings.TrimSuffix(more, "\n")}}
	}
	return []edit{{at(decl.Specs[0].Pos()), "(\n"}, {at(decl.Specs[0].End()), more + ")"}}
}

// pluginList finds the list: var plugins []program.Plugin, or = []program.Plugin{…}.
func pluginList(f *ast.File) (*ast.ValueSpec, bool) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if len(v.Names) != 1 || v.Names[0].Name != "plugins" {
				continue
			}
			if of := v.Type; len(v.Values) == 0 && isPlugins(of) {
				return v, true
			}
			if len(v.Values) == 1 {
				lit, ok := v.Values[0].(*ast.CompositeLit)
				return v, ok && isPlugins(lit.Type)
			}
		}
	}
	return nil, false
}

func isPlugins(of ast.Expr) bool {
	a, ok := of.(*ast.ArrayType)
	if !ok || a.Len != nil {
		return false
	}
	s, ok := a.Elt.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "program" && s.Sel.Name == "Plugin"
}

// edit is text to insert.
type edit struct {
	at   int
	text string
}

func apply(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return b.at - a.at })
	out := slices.Clone(src)
	for _, e := range edits {
		out = slices.Insert(out, e.at, []byte(e.text)...)
	}
	return out
}
