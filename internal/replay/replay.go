// Package replay runs packets from captures through the very graph that serves live traffic, and says of each packet what
// became of it.
//
// One worker, one packet a pass, in the order of the packets' times over all inputs; the dataplane's clock is the
// packets' time, so sessions age as they did when the capture was taken. Equal input gives equal output, byte for byte.
// Time stands still for packets whose times go back. No privilege is needed.
//
// The package neither parses command lines nor opens sockets.
package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
)

// File is a capture and the interface that it belongs to.
type File struct{ Interface, Path string }

// Options say what to replay.
type Options struct {
	In         []File          // read in parallel, merged by time
	Out        []File          // what an interface sends goes to its capture
	Interfaces []string        // interfaces besides those that In and Out name
	Exec       io.Reader       // CLI lines to run first; may be nil
	ExecName   string          // what to call Exec in errors
	Then       []string        // CLI lines to run at the end
	Plugins    []plugin.Plugin // besides the tracker and the rules
	Stanzas    []config.Stanza // the plugins' parts of startup.conf
	Verdicts   io.Writer       // a JSON line for each packet; may be nil
	Output     io.Writer       // what the CLI lines print
	JSON       bool            // print it as JSON
	Progress   func(Summary)   // called about every second; may be nil
	Notice     func(string)    // called with what the user should know before the first packet; may be nil
}

// Summary is what a replay did.
type Summary struct {
	Packets    uint64  `json:"packets"`
	Passed     uint64  `json:"passed"`
	Dropped    uint64  `json:"dropped"`
	Redirected uint64  `json:"redirected"`
	Seconds    float64 `json:"seconds"` // between the first packet's time and the last one's
}

// Packet memory of a replay: a packet is the only one in the graph besides fragments that wait for others, and may be as long
// as IP allows.
const (
	buffers    = 2048
	bufferSize = buffer.MaxSize
)

// player is a replay under way.
type player struct {
	Options
	dp      *gvpp.Dataplane
	tracker *flowtrack.Plugin
	names   []string
	swIf    map[string]uint32
	down    map[string]uint64 // by interface: packets that found it down
	ports   []*port.Memory
	writers map[string]*pcapport.Writer
	out     *bufio.Writer // of verdicts
	line    []byte

	first, now int64 // nanoseconds since 1970: of the first packet, of the latest
	clock      int64 // the dataplane's: nanoseconds since the first packet, long gaps shortened
	started    bool
	v          verdict             // of the latest packet
	ends       int                 // how many it has come to: 1, or 0 and it is held, or the graph is broken
	held       map[uint32]*verdict // by number, as far as Meta.User tells: of packets that wait in the graph
	sum        Summary
	err        error
}

// Run replays. A broken capture is an error that names the offset; all packets before it have been processed by then.
func Run(ctx context.Context, o Options) (s Summary, err error) {
	p := &player{Options: o, writers: map[string]*pcapport.Writer{}, swIf: map[string]uint32{}, held: map[uint32]*verdict{}, down: map[string]uint64{}}
	if p.Output == nil {
		p.Output = io.Discard
	}
	merger, closeInputs, err := p.open()
	defer closeInputs()
	if err != nil {
		return s, err
	}
	if err := p.assemble(); err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, p.dp.Close()) }()
	if err := p.createOutputs(); err != nil {
		return s, errors.Join(err, p.close())
	}
	if err := p.configure(ctx); err != nil {
		return s, errors.Join(err, p.close())
	}
	if !p.dp.CrossConnected() && p.Notice != nil {
		p.Notice(fmt.Sprintf("no two of the interfaces %s are cross-connected, so only redirected packets pass; say \"set interface l2 xconnect A B\" in the lines to execute", strings.Join(p.names, ", ")))
	}
	err = p.play(ctx, merger)
	err = errors.Join(err, p.giveUp())
	for _, line := range o.Then {
		if e := p.dp.CLI().Run(ctx, line, o.JSON, p.Output); e != nil {
			err = errors.Join(err, fmt.Errorf("%q: %w", line, e))
		}
	}
	p.sum.Seconds = (float64(p.now) - float64(p.first)) / 1e9
	return p.sum, errors.Join(err, p.close())
}

// open opens the inputs and collects the interfaces' names.
func (p *player) open() (*pcapport.Merger, func(), error) {
	var inputs []pcapport.Input
	var readers []*pcapport.Reader
	closeAll := func() {
		for _, r := range readers {
			r.Close()
		}
	}
	for _, f := range p.In {
		r, err := pcapport.Open(f.Path)
		if err != nil {
			return nil, closeAll, err
		}
		readers = append(readers, r)
		inputs = append(inputs, pcapport.Input{Name: f.Interface, Source: r})
		p.addName(f.Interface)
	}
	for _, f := range p.Out {
		p.addName(f.Interface)
	}
	for _, name := range p.Interfaces {
		p.addName(name)
	}
	return pcapport.Merge(inputs), closeAll, nil
}

func (p *player) addName(name string) {
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
}

// assemble makes the dataplane: a memory interface per name, classify, flowtrack and reassembly.
func (p *player) assemble() (err error) {
	p.tracker = flowtrack.New()
	c := gvpp.Config{
		Plugins: append([]plugin.Plugin{p.tracker, classify.New(p.tracker)}, p.Plugins...), Stanzas: p.Stanzas,
		Buffers: buffers, BufferSize: bufferSize, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Clock:   func() int64 { return p.clock },
		Dropped: func(_ *graph.Worker, b buffer.Index) { p.dropped(b) },
	}
	for i, name := range p.names {
		m := port.NewMemory(name, 1)
		m.OnRx = func(pool *buffer.Pool, b buffer.Index) { p.received(pool.Meta(b)) }
		m.OnTx = func(pool *buffer.Pool, b buffer.Index) { p.sent(i, pool, b) }
		p.ports = append(p.ports, m)
		c.Interfaces = append(c.Interfaces, m)
	}
	c.Plugins = append(c.Plugins, reassembly.New(p.tracker))
	if p.dp, err = gvpp.New(c); err != nil {
		return err
	}
	for _, name := range p.names {
		if p.swIf[name], err = p.dp.Interface(name); err != nil {
			return errors.Join(err, p.dp.Close())
		}
	}
	return nil
}

func (p *player) createOutputs() error {
	for _, f := range p.Out {
		if p.writers[f.Interface] != nil {
			return fmt.Errorf("interface %q has two output captures", f.Interface)
		}
		for _, in := range p.In {
			if sameFile(in.Path, f.Path) {
				return fmt.Errorf("output capture %q is also an input: it would be overwritten", f.Path)
			}
		}
		for _, other := range p.Out {
			if p.writers[other.Interface] != nil && sameFile(other.Path, f.Path) {
				return fmt.Errorf("output capture %q is given twice", f.Path)
			}
		}
		w, err := pcapport.Create(f.Path, time.Nanosecond)
		if err != nil {
			return err
		}
		p.writers[f.Interface] = w
	}
	if p.Verdicts != nil {
		p.out = bufio.NewWriterSize(p.Verdicts, 1<<16)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// configure cross-connects two interfaces, then runs the lines, which may undo that.
func (p *player) configure(ctx context.Context) error {
	if len(p.names) == 2 {
		if err := p.dp.CrossConnect(ctx, p.names[0], p.names[1]); err != nil {
			return err
		}
	}
	if p.Exec == nil {
		return nil
	}
	return p.dp.CLI().RunScript(ctx, p.ExecName, p.Exec, p.JSON, p.Output)
}

// close finishes the outputs.
func (p *player) close() error {
	var errs []error
	if p.out != nil {
		errs = append(errs, p.out.Flush())
	}
	for _, f := range p.Out {
		if w := p.writers[f.Interface]; w != nil {
			errs = append(errs, w.Close())
		}
	}
	return errors.Join(errs...)
}
