// Package scaffold writes the first version of a plugin: one that compiles, passes its tests and runs.
//
// Terms: the model is the plugin "plugname" in the folder of that name, a package like any other, built and tested with the rest; a
// plugin is the model under another name and import path. What only a plugin has (README.md, and for a module of its own go.mod,
// go.sum, .gitignore and a main function) is made of templates.
//
// Invariants: the same Options give the same bytes. What is made is gofmt's, and the code of its messages is what go generate makes.
// Write writes all or nothing, and over nothing.
//
// The package does not know what names a program has taken; cmd/gvpp asks.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/gvpp/gvpp/api/apigen"
	"github.com/gvpp/gvpp/api/apigen/gogen"
	"github.com/gvpp/gvpp/api/binapi"
)

//go:embed plugname templates
var sources embed.FS

// model is the name of the model and of its folder, and modelPath its import path.
const (
	model     = "plugname"
	modelPath = GVPP + "/internal/scaffold/" + model
)

// GVPP is gvpp's own module.
const GVPP = "github.com/gvpp/gvpp"

// Options say what to make.
type Options struct {
	Name   string // of the plugin, its package, its node and its commands
	Import string // the import path of its package
	Folder string // where it stands in gvpp's tree, with slashes; "" for a module of its own, whose path is Import
	Module *Module
}

// Module is what a module of its own needs to know of gvpp's; nil in gvpp's tree.
type Module struct {
	Source string // the folder of gvpp's module
	GoMod  []byte // its go.mod
	GoSum  []byte // its go.sum
}

// File is a file to write.
type File struct {
	Path string // below the plugin's folder, with slashes
	Data []byte
}

// Files makes a plugin's files, in the order of their paths.
func Files(o Options) ([]File, error) {
	out, err := o.fromModel()
	if err != nil {
		return nil, err
	}
	names := []string{"README.md"}
	if o.Module != nil {
		names = append(names, "main.go", "gitignore")
		mod, err := o.goMod()
		if err != nil {
			return nil, err
		}
		out = append(out, File{"go.mod", mod}, File{"go.sum", o.Module.GoSum})
	}
	for _, name := range names {
		f, err := o.fromTemplate(name)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// fromModel makes the files that the model has.
func (o *Options) fromModel() (out []File, err error) {
	code, err := o.messages()
	if err != nil {
		return nil, err
	}
	rename := o.renamer(code.prefix)
	err = fs.WalkDir(sources, model, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := sources.ReadFile(at)
		if err != nil {
			return err
		}
		f := File{strings.ReplaceAll(strings.TrimPrefix(at, model+"/"), model, o.Name), data}
		switch {
		case strings.HasSuffix(at, ".api.go"):
			f.Data = code.source
		case path.Ext(at) != ".pcap":
			f.Data = []byte(rename.Replace(string(data)))
		}
		if path.Ext(at) == ".go" {
			if f.Data, err = format.Source(f.Data); err != nil {
				return fmt.Errorf("scaffold: %s: %w", f.Path, err)
			}
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

// renamer makes the model's text a plugin's. prefix is what the Go names of its messages begin with.
func (o *Options) renamer(prefix string) *strings.Replacer {
	return strings.NewReplacer(modelPath, o.Import, model, o.Name, strings.ToUpper(model), strings.ToUpper(o.Name), "Plugname", prefix)
}

// messages is the Go code of a plugin's .api file.
type messages struct {
	source []byte
	prefix string // of the Go names: "IP4x" for ip4x
}

var goPrefix = regexp.MustCompile(`var desc(\w+)EnableDisable = `)

// messages compiles the model's .api file under the plugin's name, as go generate does.
func (o *Options) messages() (m messages, err error) {
	text, err := sources.ReadFile(path.Join(model, model+"api", model+".api"))
	if err != nil {
		return m, err
	}
	f, err := apigen.CompileSource(o.Name+".api", []byte(o.renamer("").Replace(string(text))), imported)
	if err != nil {
		return m, fmt.Errorf("scaffold: messages of %q: %w", o.Name, err)
	}
	if m.source, err = gogen.Generate(f, gogen.Options{Package: o.Name + "api"}); err != nil {
		return m, fmt.Errorf("scaffold: messages of %q: %w", o.Name, err)
	}
	found := goPrefix.FindSubmatch(m.source)
	if found == nil {
		return m, errors.New("scaffold: the code of the messages has no " + o.Name + "_enable_disable")
	}
	m.prefix = string(found[1])
	return m, nil
}

// imported finds what the .api file imports, among the modules that gvpp has itself.
func imported(name string) (string, []byte, error) {
	base := path.Base(name)
	at := path.Join(strings.TrimSuffix(base, ".api"), base)
	src, err := binapi.Sources.ReadFile(at)
	return at, src, err
}

// fromTemplate makes a file that the model does not have.
func (o *Options) fromTemplate(name string) (File, error) {
	t, err := template.ParseFS(sources, "templates/"+name+".tmpl")
	if err != nil {
		return File{}, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, o); err != nil {
		return File{}, err
	}
	at := map[string]string{"main.go": "cmd/" + o.Name + "/main.go", "gitignore": ".gitignore"}[name]
	if at == "" {
		at = name
	}
	return File{at, b.Bytes()}, nil
}

// Program is how to start the program that has the plugin: what stands behind go run.
func (o Options) Program() string {
	if o.Module == nil {
		return "./cmd/gvpp"
	}
	return "./cmd/" + o.Name
}

// Test is the packages to test.
func (o Options) Test() string { return o.at("./...") }

// Package is the plugin's own.
func (o Options) Package() string { return o.at("./") }

// Testdata is the folder of test data, from where the commands of README.md are given.
func (o Options) Testdata() string { return o.at("testdata") }

// at is a path from where commands are given: the module's folder.
func (o *Options) at(name string) string {
	switch {
	case o.Folder == "" && name == "./":
		return "."
	case o.Folder == "":
		return name
	case strings.HasPrefix(name, "./"):
		return "./" + path.Join(o.Folder, name)
	}
	return path.Join(o.Folder, name)
}

// ImportName is what the import statement of the package must say besides its path: its name, unless the path ends in it.
func (o Options) ImportName() string {
	if path.Base(o.Import) == o.Name {
		return ""
	}
	return o.Name + " "
}
