package gvpp

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

// Interface is a recipe for an interface: afxdp.Interface("eth1"), port.NewMemory("a", 1), …
type Interface = port.Interface

// Config says what a dataplane is made of. The zero value of each field means its default.
type Config struct {
	Workers    int             // default 1
	Cores      []int           // by worker: the CPU to pin it to; default: not pinned
	Interfaces []Interface     // opened by New, in order: sw_if_index 1, 2, …
	Plugins    []plugin.Plugin // registered in order, behind the nodes that every graph has
	Buffers    int             // packets that can be in the program at once; default 16384
	BufferSize int             // bytes of one, a power of two; default 2048; AF_XDP takes 2048 and 4096
	Stanzas    []config.Stanza // the plugins' parts of startup.conf
	Log        *slog.Logger    // default: slog.Default()
	Stats      StatsConfig     // of the statistics segment

	// Clock gives nanoseconds since some start and never goes back; default: time since New. A dataplane with a clock
	// of its own is deterministic: equal input gives equal output.
	Clock func() int64
	// Dropped sees each packet that is dropped in the graph, on its worker, before the buffer is freed. It must not call
	// an operation of the Dataplane: operations wait for the workers.
	Dropped func(w *graph.Worker, b buffer.Index)
	// Check, for tests of plugins, watches what the nodes do and tells of their mistakes; package gvpptest uses it.
	Check *graph.Check
}

// StatsConfig says what the statistics segment is like. The zero value of each field means its default.
type StatsConfig struct {
	Size     int           // bytes; default stats.DefaultSize; what is not used takes no memory
	Interval time.Duration // how often what workers do not count in the segment themselves is brought up to date; default 1 s
	NoNodes  bool          // leaves out what the nodes cost
	NoMain   bool          // worker w has row w, and the control side no row of its own: what clients of a VPP without workers expect
}

// Defaults of Config.
const (
	DefaultBuffers    = 16384
	DefaultBufferSize = 2048
)

func (c *Config) fill() {
	if c.Workers == 0 {
		c.Workers = 1
	}
	if c.Buffers == 0 {
		c.Buffers = DefaultBuffers
	}
	if c.BufferSize == 0 {
		c.BufferSize = DefaultBufferSize
	}
	if c.Stats.Interval == 0 {
		c.Stats.Interval = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

// clock is the configured clock, or the mover's.
func (c *Config) clock(m *mover) func() int64 {
	if c.Clock != nil {
		return c.Clock
	}
	return m.now
}

// stanzas gives each plugin its part of startup.conf; what nobody wants is an error.
func (c *Config) stanzas(known []plugin.Stanza) error {
	for i := range c.Stanzas {
		s := &c.Stanzas[i]
		var parse func(*config.Cursor) error
		for _, k := range known {
			if k.Name == s.Name {
				parse = k.Parse
			}
		}
		if parse == nil {
			return fmt.Errorf("%v: unknown stanza %q: no plugin of this program has it", s.Pos, s.Name)
		}
		if err := parse(s.Cursor()); err != nil {
			return err
		}
	}
	return nil
}
