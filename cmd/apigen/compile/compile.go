// Package compile is the command `gvpp apigen`, which is a program of its own, too: cmd/apigen, for `go generate` in this tree. That one
// compiles no plugins, so that it can be run while a plugin's messages and their handlers do not fit together.
package compile

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/gvpp/gvpp/api/apigen"
	"github.com/gvpp/gvpp/api/apigen/gogen"
	"github.com/gvpp/gvpp/api/binapi"
	"github.com/gvpp/gvpp/internal/wholefile"
)

// Usage is an error of the command line.
type Usage struct{ error }

// Plain is an error to print as it is, so that editors find file:line:column at the beginning of its lines.
type Plain struct{ error }

// Unwrap gives the errors of the files.
func (p Plain) Unwrap() error { return p.error }

// Command is the command line, for kong.
type Command struct {
	JSON    string   `name:"json" placeholder:"FILE" help:"Write the .api.json here, as vppapigen would; a directory takes one of each file's name; - is standard output."`
	Go      string   `name:"go" placeholder:"DIR" help:"Write Go code to DIR/FILE.api.go; - is standard output."`
	Include []string `short:"I" placeholder:"DIR" sep:"none" help:"Look for imported files here; repeatable, the first match counts."`
	Package string   `placeholder:"NAME" help:"The package of the Go code (default: that of DIR's Go files, else DIR's name)."`
	Import  []string `placeholder:"MODULE=PATH" sep:"none" help:"The Go import path of an imported file's package (default: gvpp's own api/binapi/MODULE)."`
	Files   []string `arg:"" name:"file.api" help:"What to compile."`
}

// Help is the part of --help that goes beyond the flags.
func (c *Command) Help() string {
	return `The language is VPP's: what its vppapigen takes gives the same .api.json and the same CRCs. Without --json and --go the messages
are listed with their CRCs, which are what clients and gvpp compare.

  gvpp apigen flow.api                          what is in it
  gvpp apigen --json - flow.api                 for GoVPP's binapi-generator and vpp_papi
  gvpp apigen --go . flow.api                   flow.api.go: messages, service interface, client
  gvpp apigen --json json -I vpp/src vpp/src/vnet/*/*.api

In a package, for go generate:

  //go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . flow.api

An import "vnet/ip/ip_types.api" is looked for in each -I as vnet/ip/ip_types.api, then as ip_types.api and
ip_types/ip_types.api, then beside the file that imports it, and at last among the modules that gvpp has itself.

A small flow.api:

  option version = "1.0.0";
  autoreply define flow_enable { u32 client_index; u32 context; u32 sw_if_index; bool enable; };
  define flow_dump { u32 client_index; u32 context; };
  define flow_details { u32 context; u32 sw_if_index; u64 packets; string name[64]; };

Nothing is written unless all files compile, and each file is replaced whole. Errors are file:line:column: what is wrong;
what vppapigen takes, and cannot work, is a warning.`
}

// Compile does what the command line says. Its error is of type Usage or Plain, or one that the operating system gave.
func (c *Command) Compile(stdout, stderr io.Writer) error {
	if err := c.check(); err != nil {
		return Usage{err}
	}
	var compiled []*apigen.File
	var errs []error
	for _, path := range c.Files {
		f, err := apigen.Compile(path, c.Include, binapi.Sources)
		if err != nil {
			if at := (*apigen.Error)(nil); !errors.As(err, &at) { // it has no place in a file
				err = fmt.Errorf("gvpp: %w", err)
			}
			errs = append(errs, err)
			continue
		}
		for _, w := range f.Warnings {
			fmt.Fprintf(stderr, "%v: warning: %s\n", w.Pos, w.Msg)
		}
		compiled = append(compiled, f)
	}
	if len(errs) > 0 {
		return Plain{errors.Join(errs...)}
	}
	out, err := c.outputs(compiled)
	if err != nil {
		return Plain{err}
	}
	for _, o := range out {
		if o.path == "-" {
			_, err = stdout.Write(o.data)
		} else {
			err = wholefile.Replace(o.path, o.data)
		}
		if err != nil {
			return err
		}
	}
	if c.JSON == "" && c.Go == "" {
		return c.summary(stdout, compiled)
	}
	return nil
}

// check finds what is wrong in the command line beyond its grammar.
func (c *Command) check() error {
	if c.Go != "" && len(c.Files) > 1 {
		return errors.New("--go takes one file, because each has a package of its own")
	}
	if c.JSON == "-" && c.Go == "-" {
		return errors.New("--json - and --go - would mix on standard output")
	}
	if info, err := os.Stat(c.JSON); c.JSON != "" && len(c.Files) > 1 && (err != nil || !info.IsDir()) {
		return fmt.Errorf("--json %s: for several files, want a directory that is there", c.JSON)
	}
	for _, i := range c.Import {
		if module, path, ok := strings.Cut(i, "="); !ok || module == "" || path == "" {
			return fmt.Errorf("--import %q: want MODULE=PATH", i)
		}
	}
	if c.Go == "" && (c.Package != "" || c.Import != nil) {
		return errors.New("--package and --import say something about Go code, and there is no --go")
	}
	return nil
}

// output is a file to write; "-" is standard output.
type output struct {
	path string
	data []byte
}

func (c *Command) outputs(files []*apigen.File) (out []output, err error) {
	for i, f := range files {
		base := strings.TrimSuffix(filepath.Base(c.Files[i]), ".api") + ".api"
		if c.JSON != "" {
			path := c.JSON
			if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
				path = filepath.Join(path, base+".json")
			}
			out = append(out, output{path, f.JSON()})
		}
		if c.Go != "" {
			code, err := c.generate(f)
			if err != nil {
				return nil, err
			}
			path := c.Go
			if path != "-" {
				path = filepath.Join(path, base+".go")
			}
			out = append(out, output{path, code})
		}
	}
	return out, distinct(out, c.Files)
}

// distinct refuses outputs that would be written over one another, or over an input.
func distinct(out []output, inputs []string) error {
	taken := map[string]bool{}
	for _, in := range inputs {
		taken[filepath.Clean(in)] = true
	}
	for _, o := range out {
		if path := filepath.Clean(o.path); o.path != "-" {
			if taken[path] {
				return fmt.Errorf("%s would be written over", path)
			}
			taken[path] = true
		}
	}
	return nil
}

func (c *Command) generate(f *apigen.File) ([]byte, error) {
	o := gogen.Options{Package: c.Package, Imports: map[string]string{}}
	for _, i := range c.Import {
		module, path, _ := strings.Cut(i, "=")
		o.Imports[module] = path
	}
	if o.Package == "" && c.Go != "-" {
		o.Package = packageOf(c.Go)
	}
	return gogen.Generate(f, o)
}

// packageOf is the Go package of a directory: what its files say, else its name; "" if that cannot be a package's.
func packageOf(dir string) string {
	if files, err := filepath.Glob(filepath.Join(dir, "*.go")); err == nil {
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			if f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly); err == nil {
				return f.Name.Name
			}
		}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	if name := filepath.Base(abs); token.IsIdentifier(name) && name != "main" {
		return name
	}
	return ""
}

// summary lists what clients see: the modules and their messages.
func (c *Command) summary(w io.Writer, files []*apigen.File) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, f := range files {
		if i > 0 {
			fmt.Fprintln(t)
		}
		v := f.Version()
		fmt.Fprintf(t, "%s_%08x\tversion %d.%d.%d, %s, %s\n", f.Name, f.CRC, v[0], v[1], v[2], count(len(f.Messages), "message"), count(len(f.Types), "type"))
		how := roles(f)
		for _, m := range f.Messages {
			fmt.Fprintf(t, "  %s_%08x\t%s\n", m.Name, m.CRC, how[m.Name])
		}
	}
	return t.Flush()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// roles says of each message who answers it, or what it answers.
func roles(f *apigen.File) map[string]string {
	how := map[string]string{}
	for _, s := range f.Services {
		answer := "answered by " + s.Reply
		switch {
		case s.StreamMessage != "":
			answer = fmt.Sprintf("answered by %s after any number of %s", s.Reply, s.StreamMessage)
			how[s.StreamMessage] = "details"
		case s.Stream:
			answer = "answered by any number of " + s.Reply
			how[s.Reply] = "details"
		case s.Reply == "null":
			answer = "not answered"
		}
		if !s.Stream || s.StreamMessage != "" {
			how[s.Reply] = "reply"
		}
		if len(s.Events) > 0 {
			answer += ", subscribes to " + strings.Join(s.Events, ", ")
		}
		for _, e := range s.Events {
			how[e] = "event"
		}
		how[s.Caller] = answer
	}
	for _, m := range f.Messages {
		if how[m.Name] == "" {
			how[m.Name] = "reply" // of an rpc that names another one, or none
		}
	}
	return how
}
