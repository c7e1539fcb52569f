package program

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gvpp/gvpp/internal/scaffold"
	"github.com/gvpp/gvpp/internal/wholefile"
)

// newCommand is gvpp new.
type newCommand struct {
	Plugin newPluginCommand `cmd:"" help:"Write a plugin that compiles, passes its tests and runs."`
}

// Help is the part of --help that goes beyond the flags.
func (c *newCommand) Help() string {
	return `The first version of something, to be changed: see gvpp new plugin --help.`
}

type newPluginCommand struct {
	Name   string `arg:"" help:"The plugin's name: its Go package, node, commands, and what its messages begin with."`
	Dir    string `placeholder:"D" help:"The folder to write to (default: plugins/NAME in gvpp's tree, NAME for a module of its own)."`
	Module string `placeholder:"PATH" help:"Make a module of its own with this path, as example.com/me/NAME."`
	GVPP   string `name:"gvpp" placeholder:"DIR" help:"With --module: the checkout of gvpp to use (default: the one around you, else the one this gvpp was built from)."`
	Output string `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Help is the part of --help that goes beyond the flags.
func (c *newPluginCommand) Help() string {
	return `A plugin is compiled into a program. In a checkout of gvpp that is gvpp itself:

  gvpp new plugin limit                                    plugins/limit, and a line in cmd/gvpp/main.go

Anywhere else it is a module of its own, with a main function that makes a gvpp with the plugin:

  gvpp new plugin limit --module example.com/me/limit      limit/, with cmd/limit

It counts or drops packets by rules: a node on three arcs with counters and trace, commands (limit enable-disable, limit add rule, show
limit), messages (limit_rule_add, …) with Go code, a stanza of startup.conf, statistics, periodic work, tests of all that which need
neither root nor a network card, a packet generator's script, a benchmark, and README.md, which says where to change what.

NAME is lower case letters and digits, a letter first. A name that Go, VPP's messages or this program has taken is refused. Nothing is
written over, and where something is in the way, nothing is written.`
}

// made is what gvpp new plugin has written.
type made struct {
	Dir   string   `json:"dir"`
	Files []string `json:"files"` // below Dir
	List  string   `json:"list,omitempty"`
	Add   []string `json:"add,omitempty"` // lines that the list in List wants by hand
	Next  []string `json:"next"`          // commands to type
}

// Run writes the plugin.
func (c *newPluginCommand) Run(s *streams) error {
	if err := c.check(s.plugins); err != nil {
		return usageError{err}
	}
	p, err := c.place()
	if err != nil {
		return err
	}
	files, err := scaffold.Files(p.options)
	if err != nil {
		return err
	}
	undo, err := scaffold.Write(p.dir, files)
	if err != nil {
		return err
	}
	m := made{Dir: p.dir, Next: p.next()}
	for _, f := range files {
		m.Files = append(m.Files, f.Path)
	}
	if p.list != "" {
		if err := p.addToList(&m); err != nil {
			return errors.Join(err, undo())
		}
	}
	if c.Output == "json" {
		return writeJSON(s.out, m)
	}
	m.print(s.out)
	return nil
}

// check finds what is wrong in the command line.
func (c *newPluginCommand) check(extra []Plugin) error {
	if err := scaffold.CheckName(c.Name); err != nil {
		return err
	}
	if c.Module != "" {
		if err := scaffold.CheckModule(c.Module); err != nil {
			return err
		}
	} else if c.GVPP != "" {
		return errors.New("--gvpp says what a module of its own uses, and there is no --module")
	}
	return taken(c.Name, extra)
}

// addToList edits the list of plugins, whole or not at all. Where the list is not as it was, somebody has made it theirs: then m says
// what it wants.
func (p *place) addToList(m *made) error {
	m.List = p.list
	src, err := os.ReadFile(p.list)
	if err != nil {
		return err
	}
	out, err := p.options.AddToList(src)
	if errors.Is(err, scaffold.ErrListed) {
		return fmt.Errorf("%s: %w", p.list, err)
	}
	if err != nil {
		m.Add = []string{"import " + p.options.ImportName() + `"` + p.options.Import + `"`, p.options.Line() + ","}
		return nil
	}
	return wholefile.Replace(p.list, out)
}

// inside says what is in a file, by its name behind the plugin's.
var inside = map[string]string{
	"api/doc.go":   "the package of the messages",
	"packets.pcap": "packets for gvpp replay", "rules.cli": "and commands for it",
	"doc.go": "what it is, its terms, its invariants", "plugin.go": "what it declares", "rules.go": "rules, and the operations on them",
	"match.go": "which rule a packet matches", "node.go": "the node: what happens to packets", "trace.go": "what traces and captures say of a packet", "stats.go": "counters, statistics, periodic work",
	"parse.go": "a rule as words", "cli.go": "the commands", "config.go": "startup.conf", "api.go": "the messages' handlers",
	".api": "the messages", ".api.go": "made of them by go generate", "node_test.go": "what it does, by packets", "api_test.go": "the messages",
	"bench_test.go": "ns a packet", "setup.pg": "a script for the packet generator", "README.md": "how to use, test and change it",
	"main.go": "gvpp with the plugin", "go.mod": "the module, and where gvpp is",
}

func (m *made) print(w io.Writer) {
	fmt.Fprintf(w, "In %s:\n", m.Dir)
	for _, f := range m.Files {
		base := path.Base(f)
		if base == "doc.go" && base != f {
			base = "api/doc.go"
		}
		if _, kind, ok := strings.Cut(base, ".api"); ok {
			base = ".api" + kind
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-32s %s", f, inside[base]), " "))
	}
	if m.List != "" && m.Add == nil {
		fmt.Fprintf(w, "In %s: its line in the list of plugins\n", m.List)
	}
	if m.Add != nil {
		fmt.Fprintf(w, "\n%s is not as it was written: add this to its imports and to its list of program.Plugin\n\n  %s\n", m.List, strings.Join(m.Add, "\n  "))
	}
	fmt.Fprintf(w, "\nNext:\n\n  %s\n", strings.Join(m.Next, "\n  "))
}

// shown is a path as short as it can be told to somebody in the working directory.
func shown(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return dir
}
