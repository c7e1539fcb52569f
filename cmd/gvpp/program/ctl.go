package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/gvpp/gvpp/cli"
)

type ctlCommand struct {
	Socket  string   `short:"s" placeholder:"PATH" help:"The CLI socket of the gvpp to talk to (default: where gvpp run listens)."`
	Wait    patience `placeholder:"SECONDS" help:"Wait for a gvpp that is just starting; --wait alone is 10 seconds."`
	Output  string   `short:"o" enum:"text,json" default:"text" help:"text or json."`
	Command []string `arg:"" optional:"" help:"The command; none: read commands from the terminal or from a pipe."`
}

// Help is the part of --help that goes beyond the flags.
func (c *ctlCommand) Help() string {
	return `Words may be abbreviated as long as they are unambiguous: "sh int" is "show interface". "help" lists all commands.

  gvpp ctl show interface
  gvpp ctl show flowtrack summary -o json
  gvpp ctl flowtrack monitor proto tcp destroy      until Ctrl-C
  gvpp run … & gvpp ctl --wait show version        waits until gvpp run listens
  gvpp ctl < rules.txt          stops at the first line that fails, and names it`
}

// Run gives commands to a running gvpp.
func (c *ctlCommand) Run(ctx context.Context, s *streams) error {
	if c.Socket == "" {
		c.Socket = defaultSocket()
		if err := ownDir(filepath.Dir(c.Socket), false); err != nil {
			return err
		}
	}
	client, err := cli.Await(ctx, c.Socket, time.Duration(c.Wait))
	if err != nil {
		return err
	}
	defer client.Close()
	json := c.Output == "json"
	switch {
	case len(c.Command) > 0:
		err = client.ExecTo(ctx, strings.Join(c.Command, " "), json, s.out)
	case term.IsTerminal(int(os.Stdin.Fd())):
		var stop func()
		ctx, stop = withoutInterrupt(ctx)
		defer stop()
		err = cli.Interact(ctx, client, cli.Options{JSON: json, History: historyFile(), Out: s.out, Err: s.err})
	default:
		err = cli.Pipe(ctx, client, "stdin", s.in, json, s.out)
	}
	if err != nil && ctx.Err() != nil {
		if errors.Is(err, context.Canceled) {
			return errInterrupted
		}
		return errors.Join(errInterrupted, err)
	}
	return err
}

// patience is a flag that may stand alone, or have a number of seconds behind =.
type patience time.Duration

// The default of --wait, and the most that it takes.
const (
	defaultWait = 10 * time.Second
	maxWait     = 24 * time.Hour
)

// Decode implements kong.MapperValue.
func (p *patience) Decode(c *kong.DecodeContext) error {
	*p = patience(defaultWait)
	if c.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	text := c.Scan.Pop().String()
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s <= maxWait.Seconds()) {
		return fmt.Errorf("%q: want seconds, 0 to %.0f", text, maxWait.Seconds())
	}
	*p = patience(s * float64(time.Second))
	return nil
}

// withoutInterrupt is ctx for somebody who types: Ctrl-C, which ends the program's own context, is for the command that
// runs, and cli.Interact's to take. SIGTERM ends both.
func withoutInterrupt(ctx context.Context) (context.Context, func()) {
	return signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
}

// historyFile is where interactive lines are kept; "" where there is no home.
func historyFile() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, ".gvpp_history")
}
