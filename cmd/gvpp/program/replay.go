package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/gvpp/gvpp/internal/replay"
)

type replayCommand struct {
	In        []string `placeholder:"IF=FILE" sep:"none" help:"A capture (pcap or pcapng) and the interface that receives it; several are merged by time."`
	Out       []string `placeholder:"IF=FILE" sep:"none" help:"The capture to write what an interface sends to."`
	Interface []string `placeholder:"IF" sep:"none" help:"A further interface, without captures."`
	Exec      string   `placeholder:"FILE" help:"CLI lines to run first; - is standard input."`
	Then      []string `placeholder:"LINE" sep:"none" help:"A CLI line to run at the end, such as \"show classify\"."`
	Conf      string   `short:"c" placeholder:"FILE" help:"startup.conf; only the stanzas classify and flowtrack are used."`
	Verdicts  string   `placeholder:"FILE" help:"Write a line of JSON for each packet; - is standard output."`
	Output    string   `short:"o" enum:"text,json" default:"text" help:"text or json, for the summary and what CLI lines print."`
}

// Help is the part of --help that goes beyond the flags.
func (c *replayCommand) Help() string {
	return `Packets go through the very graph that serves live traffic, one at a time, by their timestamps over all inputs; sessions age by
these. The result is the same each time. Exactly two interfaces are cross-connected; with more, say "set interface l2
xconnect A B" in the file of --exec. Rule ids start at 0.

  gvpp replay --in a=client.pcap --in b=server.pcap --exec rules.txt --out b=passed.pcap --verdicts verdicts.jsonl

A verdict: {"n":1,"ts":1700000000.000000000,"in":"a","verdict":"pass","out":"b","node":"pkt-classify","reason":"rule","rule":3,
"flow":7,"dir":"orig","state":"ESTABLISHED"}; fields that do not apply are absent.`
}

// Run replays.
func (c *replayCommand) Run(ctx context.Context, s *streams) (err error) {
	o := replay.Options{Interfaces: c.Interface, Then: c.Then, Plugins: (&startup{extra: s.plugins}).extras(), Output: s.out, JSON: c.Output == "json"}
	if o.In, err = files("--in", c.In); err != nil {
		return err
	}
	if o.Out, err = files("--out", c.Out); err != nil {
		return err
	}
	if len(o.In) == 0 {
		return usageError{errors.New("replay needs at least one --in IF=FILE")}
	}
	if err := c.checkOutputs(o); err != nil {
		return err
	}
	if c.Conf != "" {
		if o.Stanzas, err = pluginStanzas(c.Conf, s.err, s.plugins); err != nil {
			return usageError{err}
		}
	}
	if c.Exec != "" {
		r, err := openInput(c.Exec, s.in)
		if err != nil {
			return err
		}
		defer r.Close()
		o.Exec, o.ExecName = r, c.Exec
	}
	summary := s.out
	if c.Verdicts != "" {
		w, err := openOutput(c.Verdicts, s.out)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close()) }()
		o.Verdicts = w
		if c.Verdicts == "-" {
			summary, o.Output = s.err, s.err
		}
	}
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.Progress = func(p replay.Summary) { fmt.Fprintf(s.err, "\r%d packets…", p.Packets) }
	}
	o.Notice = func(text string) { fmt.Fprintln(s.err, "gvpp: replay:", text) }
	start := time.Now()
	sum, err := replay.Run(ctx, o)
	if o.Progress != nil {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("replay: %w: %w", errInterrupted, err)
	}
	if c.Output == "json" {
		return errors.Join(writeJSON(summary, sum), err)
	}
	fmt.Fprintf(summary, "%d packets over %.3f s of capture: %d passed, %d dropped, %d redirected (took %v)\n",
		sum.Packets, sum.Seconds, sum.Passed, sum.Dropped, sum.Redirected, time.Since(start).Round(time.Millisecond))
	return err
}

// checkOutputs refuses to write over what is read, and to write two things to one file.
func (c *replayCommand) checkOutputs(o replay.Options) error {
	read := map[string]bool{}
	for _, path := range []string{c.Exec, c.Conf} {
		if path != "" && path != "-" {
			read[path] = true
		}
	}
	for _, f := range o.In {
		read[f.Path] = true
	}
	outputs := []string{c.Verdicts}
	for _, f := range o.Out {
		outputs = append(outputs, f.Path)
	}
	for i, path := range outputs {
		if path == "" || path == "-" {
			continue
		}
		for in := range read {
			if sameFile(path, in) {
				return usageError{fmt.Errorf("%q would be written over while it is read: name another file", path)}
			}
		}
		for _, other := range outputs[:i] {
			if sameFile(path, other) {
				return usageError{fmt.Errorf("%q is to be written twice: name two files", path)}
			}
		}
	}
	return nil
}

// sameFile reports whether two paths are one, by name or as files that exist.
func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return filepath.Clean(a) == filepath.Clean(b) || err1 == nil && err2 == nil && os.SameFile(x, y) && x.Mode().IsRegular()
}

// files reads IF=FILE pairs.
func files(flag string, list []string) (out []replay.File, err error) {
	for _, s := range list {
		name, path, ok := strings.Cut(s, "=")
		if !ok || name == "" || path == "" {
			return nil, usageError{fmt.Errorf("%s %q: want IF=FILE, as in %s a=x.pcap", flag, s, flag)}
		}
		out = append(out, replay.File{Interface: name, Path: path})
	}
	return out, nil
}

func openInput(path string, stdin io.Reader) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(path)
}

// keepOpen is a writer that somebody else closes.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

func openOutput(path string, stdout io.Writer) (io.WriteCloser, error) {
	if path == "-" {
		return keepOpen{stdout}, nil
	}
	return os.Create(path)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
