package gvpp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gvpp/gvpp/cli"
)

// keptLog is how many of the newest log records are kept for show logging. More costs memory, some hundred bytes each.
const keptLog = 512

// logged keeps the newest log records, whatever becomes of them otherwise.
type logged struct {
	mu   sync.Mutex
	n    uint64             // guarded by mu: how many there have been
	ring [keptLog]LogRecord // guarded by mu
}

// LogRecord is something that the dataplane has logged.
type LogRecord struct {
	Time  time.Time  `json:"time"`
	Level slog.Level `json:"level"`
	Text  string     `json:"text"` // message and attributes
}

func (l *logged) add(r LogRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.n%keptLog] = r
	l.n++
}

// list is the records that are kept, oldest first.
func (l *logged) list() []LogRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []LogRecord{}
	for i := max(l.n, keptLog) - keptLog; i < l.n; i++ {
		out = append(out, l.ring[i%keptLog])
	}
	return out
}

// keeper is a handler that keeps records and hands them on.
type keeper struct {
	next  slog.Handler
	to    *logged
	attrs string // of With, as text
	group string // of WithGroup, with its dot
}

// Enabled implements slog.Handler. What is below info is kept only if next wants it.
func (k keeper) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || k.next.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (k keeper) Handle(ctx context.Context, r slog.Record) error {
	var s strings.Builder
	s.WriteString(r.Message + k.attrs)
	r.Attrs(func(a slog.Attr) bool {
		k.write(&s, a)
		return true
	})
	k.to.add(LogRecord{r.Time, r.Level, s.String()})
	if !k.next.Enabled(ctx, r.Level) {
		return nil
	}
	return k.next.Handle(ctx, r)
}

func (k keeper) write(s *strings.Builder, a slog.Attr) {
	fmt.Fprintf(s, " %s%s=%v", k.group, a.Key, a.Value)
}

// WithAttrs implements slog.Handler.
func (k keeper) WithAttrs(attrs []slog.Attr) slog.Handler {
	var s strings.Builder
	for _, a := range attrs {
		k.write(&s, a)
	}
	k.next, k.attrs = k.next.WithAttrs(attrs), k.attrs+s.String()
	return k
}

// WithGroup implements slog.Handler.
func (k keeper) WithGroup(name string) slog.Handler {
	k.next = k.next.WithGroup(name)
	if name != "" {
		k.group += name + "."
	}
	return k
}

func (b base) showLogging(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := b.logged.list()
	return c.Show(list, func(w io.Writer) {
		for _, r := range list {
			fmt.Fprintf(w, "%s %-6s %s\n", r.Time.Format("2006/01/02 15:04:05.000"), strings.ToLower(r.Level.String()), r.Text)
		}
	})
}
