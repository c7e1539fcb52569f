package scaffold

import (
	"errors"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"
)

// maxName is the most bytes of a name: the longest message, NAME_enable_disable_reply_ with its CRC, must fit VPP's 63.
const maxName = 28

var (
	goodName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	badBytes = regexp.MustCompile(`^[^a-z]+|[^a-z0-9]+`)
)

// folders are names that Go gives a meaning to where a package's folder has them, and documentation, a package that Go leaves out.
var folders = []string{"internal", "vendor", "testdata", "documentation"}

// CheckName says why a name cannot be a plugin's: it is a Go package, a node, a command and what its messages begin with. What a
// program has taken is another matter.
func CheckName(name string) error {
	switch {
	case !goodName.MatchString(name):
		return fmt.Errorf("plugin name %q: want lower case letters and digits, a letter first, as Go packages and VPP's messages have it%s", name, instead(name))
	case len(name) > maxName:
		return fmt.Errorf("plugin name %q has %d letters: want at most %d, for its messages have longer names, and 63 at most", name, len(name), maxName)
	case token.IsKeyword(name):
		return fmt.Errorf("plugin name %q is a keyword of Go%s", name, another(name))
	case doc.IsPredeclared(name):
		return fmt.Errorf("plugin name %q has a meaning in every Go file%s", name, another(name))
	case slices.Contains(folders, name):
		return fmt.Errorf("plugin name %q means something else to the go command%s", name, another(name))
	case name == "main" || name == "init":
		return fmt.Errorf("plugin name %q is what Go calls where a program begins%s", name, another(name))
	case name == model:
		return fmt.Errorf("plugin name %q stands for the name in gvpp's own templates%s", name, another(name))
	}
	used, err := imports()
	if err == nil && slices.Contains(used, name) {
		err = fmt.Errorf("plugin name %q is a package that every plugin imports%s", name, another(name))
	}
	return err
}

// instead proposes a name that would do.
func instead(name string) string {
	if s := badBytes.ReplaceAllString(strings.ToLower(name), ""); s != "" && CheckName(s) == nil {
		return "; " + s + " would do"
	}
	return ""
}

func another(name string) string { return "; take another, such as my" + name }

// imports is the names of the packages that a plugin and its main function import.
func imports() (names []string, err error) {
	add := func(file string, src []byte) error {
		f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			at, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			names = append(names, path.Base(at))
		}
		return nil
	}
	err = fs.WalkDir(sources, model, func(at string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(at) != ".go" {
			return err
		}
		src, err := sources.ReadFile(at)
		if err != nil {
			return err
		}
		return add(at, src)
	})
	if err != nil {
		return nil, err
	}
	o := Options{Name: "x", Import: "example.com/x"}
	main, err := o.fromTemplate("main.go")
	if err != nil {
		return nil, err
	}
	err = add(main.Path, main.Data)
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, model) || n == "x" }), err
}

// CheckModule says what is wrong with the path of a module of its own.
func CheckModule(at string) error {
	first, _, _ := strings.Cut(at, "/")
	switch err := module.CheckImportPath(at); {
	case at == GVPP || strings.HasPrefix(at, GVPP+"/"):
		return fmt.Errorf("module path %q is gvpp's: want one of your own, such as example.com/%s", at, path.Base(at))
	case err != nil:
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			err = invalid.Err
		}
		return fmt.Errorf("module path %q: %w; want one such as example.com/me/NAME", at, err)
	case !strings.Contains(first, ".") && first != "example" && first != "test":
		return fmt.Errorf("module path %q: first elements without a dot are for Go's own packages; want one such as example.com/%s", at, at)
	}
	return nil
}
