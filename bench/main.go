// Command bench runs named scenarios and tells what they cost, each beside baselines measured in the same run.
//
// Terms are those of bench/measure: a scenario is a question, a group one setting of its parameters, a subject what is
// measured (gvpp, or a baseline), a round asks each subject of a group once. A figure is the median of the rounds.
//
//	main.go           the command line: run (the default), list, compare
//	scenarios.go      the one list of scenarios, each in a file of its own
//	runner.go         rounds: one group open at a time, subjects in rotating order
//	machine.go        what is written about the machine
//	memory.go, cost.go  the graph in memory, for the scenarios that measure it
//
// Time is the measured thread's processor time, since machines are shared. Results are bench/report's.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

const about = `Runs named scenarios and writes what they cost, each beside baselines measured in the same run.

  go run ./bench list                    the scenarios, and whether this machine can run them
  go run ./bench                         all of them: about 15 minutes
  go run ./bench --short --rounds 1      a try of all of them, in under a minute: no result to publish
  go run ./bench graph table             two of them
  go run ./bench --json - graph | jq -r 'select(.metric == "sum of nodes") | [.params, .subject, .median] | @tsv'
  go run ./bench compare A.json B.json   what has become slower, beyond the noise

A run prints tables and leaves three files in bench/results: lines of JSON, Markdown, and a page with plots. Subjects take
turns within each round, so that a machine that changes its speed changes it for all. Where root, a compiler, a library or
a vpp binary is missing, what needs it is listed as not measured, with the remedy.

Exit codes: 0 done; 1 something failed, or compare found a regression; 2 the command line is wrong; 130 interrupted: what
had been measured by then is written, marked incomplete.`

// commandLine is the program's grammar.
type commandLine struct {
	Run     runCommand     `cmd:"" default:"withargs" help:"Run scenarios: those named, or all. The default: the word run may be left out."`
	List    listCommand    `cmd:"" help:"List the scenarios and whether this machine can run them."`
	Compare compareCommand `cmd:"" help:"Compare two reports; fails if there is a regression."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.Sleep(secondSignal); stop() })
	os.Exit(run(ctx, os.Args[1:], &streams{os.Stdout, os.Stderr}))
}

// secondSignal is how long after a signal another one ends the program at once. Less, and two that were meant as one do.
const secondSignal = time.Second

// streams is where the program writes.
type streams struct{ out, err io.Writer }

// usageError is a command line that is wrong in a way that the parser does not see.
type usageError struct{ error }

// The errors of a run that has told the rest already.
var (
	errInterrupted = errors.New("interrupted: what had been measured is written, marked incomplete")
	errFailed      = errors.New("not all could be measured; the reasons are above")
	errRegressed   = errors.New("there are regressions")
)

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, s *streams) int {
	var cl commandLine
	exit := -1
	parser, err := kong.New(&cl, kong.Name("bench"), kong.Description(about), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exit = code; panic(exitNow{}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "bench:", err)
		return 1
	}
	k, err := parse(parser, args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "bench: %v; see `go run ./bench --help`\n", err)
		return 2
	}
	return code(s.err, k.Run())
}

// exitNow is how kong's --help leaves the parser.
type exitNow struct{}

func parse(p *kong.Kong, args []string) (k *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitNow); !ok {
				panic(r)
			}
		}
	}()
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	return p.Parse(args)
}

// code is the exit code of an error, which it tells.
func code(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(w, "bench:", err)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		return 2
	case errors.Is(err, errInterrupted):
		return 130
	}
	return 1
}
