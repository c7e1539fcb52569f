// Package program is gvpp as a program: its command line, startup.conf, and the one list of compiled-in plugins. A program of
// one's own is a main function that calls Main with further plugins; `gvpp new plugin` writes one.
//
// It assembles and prints; what it tells the dataplane to do are operations of packages below. `gvpp --help` teaches its use.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/cmd/apigen/compile"
	"github.com/gvpp/gvpp/config"
)

const about = `gvpp processes packets as FD.io VPP does, in pure Go: workers take batches from AF_XDP, run them as vectors through a graph of
nodes, classify them by rules, and track sessions.

  gvpp demo                 makes hosts out of network namespaces and filters their traffic, as a story
  gvpp doctor eth1          says whether AF_XDP will work on an interface, and what to do if not
  gvpp run af_xdp { interface eth1 interface eth2 }     takes two interfaces over, then:
  gvpp ctl set interface l2 xconnect eth1 eth2
  gvpp ctl classify add rule eth1 proto tcp dport 22 keep-state pass
  gvpp ctl                  the same with history and completion
  gvpp replay --in a=x.pcap --in b=y.pcap --exec rules.txt --verdicts -     the same graph on captures, without privilege
  gvpp apigen --go . flow.api     messages, service and client in Go from VPP's .api language
  gvpp api-json /tmp/api          descriptions of the binary API, for vpp_papi and GoVPP
  gvpp new plugin limit           a plugin of your own: compiles, passes its tests, runs

Exit codes: 0 done; 1 it failed, the reason is on standard error; 2 the command line is wrong; 130 interrupted.`

// commandLine is the program's grammar.
type commandLine struct {
	Run        runCommand        `cmd:"" help:"Run the dataplane until SIGINT or SIGTERM."`
	Ctl        ctlCommand        `cmd:"" help:"Give commands to a running gvpp: one, a pipe of them, or interactively."`
	Replay     replayCommand     `cmd:"" help:"Run packets from captures through the graph; no privilege needed."`
	Demo       demoCommand       `cmd:"" help:"Show gvpp at work between network namespaces, in under 20 seconds."`
	Doctor     doctorCommand     `cmd:"" help:"Check whether AF_XDP will work here and on an interface."`
	HostFilter hostFilterCommand `cmd:"" help:"Filter this host's own traffic on an interface; undo everything at the end."`
	Apigen     apigenCommand     `cmd:"" help:"Compile .api files: JSON for VPP's tools, Go code, CRCs."`
	APIJSON    apiJSONCommand    `cmd:"" name:"api-json" help:"Write the descriptions of the binary API for VPP's clients."`
	New        newCommand        `cmd:"" help:"Write a plugin of your own that compiles, passes its tests and runs."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// Main is the whole program, with plugins besides gvpp's own. It does not return.
func Main(plugins ...Plugin) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args, ok := vppArgs(os.Args)
	if !ok {
		args = os.Args[1:]
	}
	os.Exit(run(ctx, args, os.Stdout, os.Stderr, plugins...))
}

// streams is where a subcommand reads and writes, and what the program is made of.
type streams struct {
	in       io.Reader
	out, err io.Writer
	plugins  []Plugin // besides gvpp's own
}

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, plugins ...Plugin) int {
	if err := checkPlugins(plugins); err != nil {
		fmt.Fprintln(stderr, "gvpp:", err)
		return 1
	}
	var cl commandLine
	exit := -1
	parser, err := kong.New(&cl, kong.Name("gvpp"), kong.Description(about), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code; panic(exitNow{}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&streams{os.Stdin, stdout, stderr, plugins}))
	if err != nil {
		fmt.Fprintln(stderr, "gvpp:", err)
		return 1
	}
	k, err := parse(parser, args, &exit)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "gvpp: %v; see `gvpp --help`\n", err)
		return 2
	}
	ignorePipe(k.Selected().Name)
	if err := k.Run(); err != nil {
		return report(stderr, err)
	}
	return 0
}

// exitNow is how kong's --help leaves the parser.
type exitNow struct{}

func parse(p *kong.Kong, args []string, exit *int) (k *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitNow); !ok {
				panic(r)
			}
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	} else if args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	return p.Parse(arrows(args))
}

// arrows keeps the arrows of the packet generator's language, as in `gvpp ctl packet-generator new { … 10.0.0.1 -> 10.0.0.2 … }`, from
// being taken for flags: in a command with arrows all is words, and flags stand in front of it.
func arrows(args []string) []string {
	if !slices.Contains(args, "->") || args[0] != "ctl" || slices.Contains(args, "--") {
		return args
	}
	at := 1
	for at < len(args) && strings.HasPrefix(args[at], "-") {
		if slices.Contains([]string{"-s", "--socket", "-o", "--output"}, args[at]) {
			at++ // its value
		}
		at++
	}
	return slices.Insert(slices.Clone(args), min(at, len(args)), "--")
}

// errInterrupted is the error of a command that the user broke off.
var errInterrupted = errors.New("interrupted")

// usageError is a command line that is wrong in a way that the parser does not see.
type usageError struct{ error }

func report(w io.Writer, err error) int {
	if plain := (compile.Plain{}); errors.As(err, &plain) {
		fmt.Fprintln(w, plain)
		return 1
	}
	fmt.Fprintln(w, "gvpp:", strings.TrimPrefix(err.Error(), "gvpp: ")) // the package of that name says it too
	var usage usageError
	var compiling compile.Usage
	var startup *config.Error // a plugin's stanza, read when all are known
	switch {
	case errors.As(err, &usage), errors.As(err, &compiling), errors.As(err, &startup):
		return 2
	case errors.Is(err, errInterrupted):
		return 130
	}
	return 1
}

type versionCommand struct {
	Output string `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Run prints the version.
func (c *versionCommand) Run(s *streams) error {
	v := gvpp.ProgramVersion()
	if c.Output == "json" {
		return writeJSON(s.out, v)
	}
	fmt.Fprintln(s.out, v)
	return nil
}
