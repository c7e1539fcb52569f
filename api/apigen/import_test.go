package apigen

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// files is a set of sources by path.
type files map[string]string

func (s files) open(name string) (string, []byte, error) {
	src, ok := s[name]
	if !ok {
		return "", nil, os.ErrNotExist
	}
	return name, []byte(src), nil
}

func (s files) compile(t *testing.T) (*File, error) {
	t.Helper()
	return CompileSource("x.api", []byte(s["x.api"]), s.open)
}

func TestImports(t *testing.T) {
	f, err := files{
		"x.api":    `import "b.api"; import "a.api"; typedef x { vl_api_a_t a; vl_api_b_t b; };`,
		"b.api":    `import "a.api"; typedef b { vl_api_a_t a; };`,
		"a.api":    `option version = "2.0.0"; typedef a { u8 n; };`,
		"none.api": ``,
	}.compile(t)
	if err != nil {
		t.Fatal(err)
	}
	var types, modules []string
	for _, typ := range f.Types {
		types = append(types, typ.Module+"."+typ.Name)
	}
	for _, i := range f.Imports {
		modules = append(modules, i.Name)
	}
	got := fmt.Sprint(types, modules, f.ImportNames, f.Options, f.Imports[1].Version())
	if want := "[a.a b.b a.a x.x] [b a] [b.api a.api a.api] [] [2 0 0]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if f.Types[3].Fields[0].Ref != f.Types[0] || f.Types[0] != f.Types[2] {
		t.Error("a type that is imported twice is two types")
	}
}

func TestImportErrors(t *testing.T) {
	deep := files{"x.api": `import "0.api";`}
	for i := range 40 {
		deep[fmt.Sprintf("%d.api", i)] = fmt.Sprintf("import \"%d.api\";", i+1)
	}
	many := files{}
	for i := range 300 {
		many["x.api"] += fmt.Sprintf("import \"%d.api\";", i)
		many[fmt.Sprintf("%d.api", i)] = "option a;"
	}
	for _, c := range []struct {
		set  files
		want string
	}{
		{files{"x.api": `import "x.api";`}, `x.api:1:8: import "x.api": a cycle: x.api imports x.api`},
		{files{"x.api": `import "a.api";`, "a.api": "option b;\nimport \"b.api\";", "b.api": `import "a.api";`}, `b.api:1:8: import "a.api": a cycle: a.api imports b.api imports a.api`},
		{files{"x.api": `import "a.api";`, "a.api": "typedef x { foo y; };"}, `a.api:1:13: type foo is not defined`},
		{files{"x.api": `typedef a { u8 x; }; import "a.api";`, "a.api": "typedef a { u8 x; };"}, `a.api:1:9: type a is defined already, at x.api:1:9`},
		{files{"x.api": `import "a.api";`, "a.api": strings.Repeat(" ", maxSource+1)}, `x.api:1:8: a.api has more than 1048576 bytes`},
		{files{"x.api": `import "a.api";`, "a.api": "\xff"}, `x.api:1:8: a.api is not UTF-8`},
		{deep, `30.api:1:8: import "31.api": too many files`},
		{many, `import "255.api": too many files; want at most 256`},
	} {
		if _, err := c.set.compile(t); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestFind: an import is looked for by its path in all of -I, by its name there, then beside the file.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("m/m.api", `import "vnet/t/t.api"; autoreply define m { u8 x; };`)
	// The last choice first: each that is added wins over the ones before.
	for _, place := range []string{"t/t.api", "m/t.api", "two/t/t.api", "two/t.api", "one/t/t.api", "one/t.api", "two/vnet/t/t.api", "one/vnet/t/t.api"} {
		write(place, fmt.Sprintf("typedef x%s { u8 x; };", strings.NewReplacer("/", "_", ".", "_").Replace(place)))
		f, err := Compile(filepath.Join(dir, "m/m.api"), []string{filepath.Join(dir, "one"), filepath.Join(dir, "two")})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := f.Imports[0].Path, filepath.Join(dir, place); got != want {
			t.Errorf("found %s, want %s", got, want)
		}
	}
	for path, want := range map[string]string{filepath.Join(dir, "none.api"): "no such file", dir: "is a directory"} {
		if _, err := Compile(path, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	write("n.api", `import "vnet/none.api";`)
	if _, err := Compile(filepath.Join(dir, "n.api"), nil); err == nil || !strings.Contains(err.Error(), `n.api:1:8: import "vnet/none.api": not found beside`) {
		t.Error(err)
	}
}

// TestHostile: small sources that would take for ever, or all memory, without limits.
func TestHostile(t *testing.T) {
	const ceiling = 5 * time.Second // they take milliseconds
	var doubled, wide, nested, long strings.Builder
	doubled.WriteString("typedef t0 { u8 x[0]; };")
	wide.WriteString("union t0 { u8 x; };")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&doubled, "typedef t%d { vl_api_t%d_t a; vl_api_t%[2]d_t b; };", i, i-1)
		fmt.Fprintf(&wide, "union t%d { vl_api_t%d_t a; vl_api_t%[2]d_t b; };", i, i-1)
	}
	nested.WriteString("typedef t0 { u8 x; };")
	for i := range 40 {
		fmt.Fprintf(&nested, "typedef t%d { vl_api_t%d_t a; };", i+1, i)
	}
	for i := range 30000 {
		fmt.Fprintf(&long, "u8 a%d;", i)
	}
	repeated := files{"x.api": `import "20.api";`, "0.api": "typedef t { u8 x; };"}
	for i := range 20 {
		repeated[fmt.Sprintf("%d.api", i+1)] = fmt.Sprintf("import \"%d.api\"; import \"%[1]d.api\";", i)
	}
	for name, c := range map[string]struct {
		set  files
		want string // "": it is taken
	}{
		"types twice in types":  {files{"x.api": doubled.String() + "autoreply define x { vl_api_t29_t a; };"}, ""},
		"unions twice in them":  {files{"x.api": wide.String() + "autoreply define x { vl_api_t29_t a; };"}, ""},
		"types in types":        {files{"x.api": nested.String()}, "type t33 nests types more than 32 deep"},
		"big arrays of them":    {files{"x.api": "typedef a { u8 x[65535]; }; typedef b { vl_api_a_t x[65535]; }; typedef c { vl_api_b_t x[65535]; };"}, "type b has more than"},
		"files twice in files":  {repeated, "has more than 16777216 bytes with its imports"},
		"many fields":           {files{"x.api": "autoreply define x {" + long.String() + "};"}, ""},
		"many errors":           {files{"x.api": strings.Repeat("typedef x { y z; };", 10000)}, "errors more"},
		"open comments":         {files{"x.api": strings.Repeat("/* ", 300000)}, "a comment that does not end"},
		"open strings":          {files{"x.api": strings.Repeat(`"\`, 500000)}, "a string that does not end"},
		"flags":                 {files{"x.api": strings.Repeat("autoreply ", 100000)}, "want define"},
		"nothing but semicolon": {files{"x.api": strings.Repeat(";", 1000000)}, "want a statement"},
	} {
		start := time.Now()
		f, err := c.set.compile(t)
		if err == nil {
			f.JSON()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if took := time.Since(start); took > ceiling {
			t.Errorf("%s: %v, want less than %v", name, took, ceiling)
		}
	}
}

// What is nowhere else is found in the sources given last.
func TestImportsFoundLast(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"x.api": `import "vnet/a.api"; import "b.api"; typedef x { vl_api_a_t a; };`, "b.api": "typedef beside { u8 x; };"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	own := fstest.MapFS{
		"a/a.api": {Data: []byte(`import "vnet/c.api"; typedef a { vl_api_c_t c; };`)},
		"c.api":   {Data: []byte("typedef c { u8 x; };")},
		"b.api":   {Data: []byte("typedef b { u16 x; };")},
	}
	f, err := Compile(filepath.Join(dir, "x.api"), nil, own)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, typ := range f.Types {
		types = append(types, typ.Name)
	}
	if got := fmt.Sprint(types); got != "[c a beside x]" {
		t.Errorf("types %s", got)
	}
	own["c.api"].Data = []byte("typedef c { u9 x; };")
	if _, err := Compile(filepath.Join(dir, "x.api"), nil, own); err == nil || !strings.Contains(err.Error(), "builtin:c.api:1:13: type u9") {
		t.Errorf("error %v", err)
	}
}
