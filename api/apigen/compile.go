package apigen

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// What is beyond these is refused, because it would cost time or memory without bound, here or in generated code. VPP's own
// tree stays below a tenth of each.
const (
	maxSource = 1 << 20  // bytes of a file
	maxFiles  = 256      // imported ones
	maxNested = 32       // imports within imports
	maxWhole  = 16 << 20 // bytes of a file with its imports, each as often as it is imported
	maxBytes  = 1 << 20  // of a type or message on the wire
	maxDepth  = 32       // types within types
	maxDigits = 300      // of a number
	maxErrors = 20       // after which the rest goes unsaid
)

// Error is what is wrong in an .api file, and where.
type Error struct {
	Pos Pos
	Msg string
}

// Error is file:line:column: what is wrong.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Pos, e.Msg) }

func errorAt(at Pos, format string, a ...any) *Error { return &Error{at, fmt.Sprintf(format, a...)} }

// Compile reads an .api file and those that it imports. An import "a/b.api" is looked for in each directory of include as
// a/b.api; then as b.api and b/b.api there; then as b.api and ../b/b.api beside the file that imports it; then as b.api and
// b/b.api in each of last. What is wrong in them comes back as one *Error, or several that are joined (errors.Join);
// if path cannot be read, os's error does.
func Compile(path string, include []string, last ...fs.FS) (*File, error) {
	src, err := readSource(path)
	if err != nil {
		return nil, err
	}
	c := newCompiler(func(from, name string) (string, []byte, error) { return find(include, last, from, name) })
	c.last = last
	return c.compile(path, src)
}

// CompileSource compiles a source in memory. open finds an imported file by the name in the import statement; it returns
// the path by which errors name it, which tells files apart, too. It may be nil where nothing is imported.
func CompileSource(name string, src []byte, open func(name string) (path string, src []byte, err error)) (*File, error) {
	c := newCompiler(func(_, name string) (string, []byte, error) {
		if open == nil {
			return "", nil, errors.New("there is nowhere to look for it")
		}
		return open(name)
	})
	return c.compile(name, src)
}

// compiler is what the files of one compilation share.
type compiler struct {
	open    func(from, name string) (path string, src []byte, err error)
	types   map[string]*Type // by the name in fields; also those of files that are imported elsewhere, as in vppapigen
	files   map[string]*File // by path
	loading []string         // paths of the files being read, the first one on top
	errs    []error
	dropped int // errors too many

	last  []fs.FS           // where imports are looked for at last
	known map[string]string // see library; nil: not looked for yet
}

func newCompiler(open func(from, name string) (string, []byte, error)) *compiler {
	return &compiler{open: open, types: map[string]*Type{}, files: map[string]*File{}}
}

func (c *compiler) report(e *Error) {
	if len(c.errs) == maxErrors {
		c.dropped++
		return
	}
	c.errs = append(c.errs, e)
}

func (c *compiler) errorf(at Pos, format string, a ...any) { c.report(errorAt(at, format, a...)) }

// err is what has been reported.
func (c *compiler) err() error {
	if c.dropped > 0 {
		return errors.Join(append(c.errs, fmt.Errorf("and %d errors more", c.dropped))...)
	}
	if len(c.errs) == 1 {
		return c.errs[0]
	}
	return errors.Join(c.errs...)
}

func (c *compiler) compile(path string, src []byte) (*File, error) {
	f := c.read(path, src, Pos{File: path, Line: 1, Col: 1})
	if len(c.errs) == 0 {
		c.finish(f)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// load gives the file that a statement imports; nil if that fails.
func (c *compiler) load(at Pos, from, name string) *File {
	path, src, err := c.open(from, name)
	if err != nil {
		c.errorf(at, "import %q: %v", name, err)
		return nil
	}
	for i, p := range c.loading {
		if p == path {
			c.errorf(at, "import %q: a cycle: %s", name, strings.Join(append(c.loading[i:len(c.loading):len(c.loading)], path), " imports "))
			return nil
		}
	}
	if f, ok := c.files[path]; ok {
		return f
	}
	if len(c.files) == maxFiles || len(c.loading) == maxNested {
		c.errorf(at, "import %q: too many files; want at most %d, nested at most %d deep", name, maxFiles, maxNested)
		return nil
	}
	return c.read(path, src, at)
}

// read parses a file and what it imports. at is where errors about the file as a whole belong.
func (c *compiler) read(path string, src []byte, at Pos) *File {
	f := &File{Name: moduleName(path), Path: path}
	c.files[path] = f
	c.loading = append(c.loading, path)
	defer func() { c.loading = c.loading[:len(c.loading)-1] }()
	switch {
	case len(src) > maxSource:
		c.errorf(at, "%s has more than %d bytes", path, maxSource)
		return f
	case !utf8.Valid(src):
		c.errorf(at, "%s is not UTF-8", path)
		return f
	}
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	c.parseFile(f, strings.ReplaceAll(text, "\r", "\n"))
	for _, s := range f.statements {
		if o, ok := s.(Option); ok {
			f.Options = setOption(f.Options, o)
		}
	}
	if f.weight = c.flatten(f) + len(src); f.weight > maxWhole {
		c.errorf(at, "%s has more than %d bytes with its imports, each as often as it is imported", path, maxWhole)
		f.Types, f.ImportNames = nil, nil
	}
	return f
}

// flatten collects the types and imports of a file and of those that it imports, in vppapigen's order. It returns the weight
// of the imports, and stops where that is too much.
func (c *compiler) flatten(f *File) (weight int) {
	for _, s := range f.statements {
		switch s := s.(type) {
		case *importStatement:
			if weight += s.file.weight; weight > maxWhole {
				return weight
			}
			f.ImportNames = append(append(f.ImportNames, s.name), s.file.ImportNames...)
			f.Types = append(f.Types, s.file.Types...)
		case *Type:
			f.Types = append(f.Types, s)
		}
	}
	return weight
}

// moduleName is a file's name without directory and suffix, with _ for dots.
func moduleName(name string) string {
	base := path.Base(filepath.ToSlash(name))
	if i := strings.LastIndexByte(base, '.'); strings.Trim(base[:max(i, 0)], ".") != "" {
		base = base[:i]
	}
	return strings.ReplaceAll(base, ".", "_")
}
