package flowtrack

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

const monitorHelp = `Shows what happens to sessions, a line for each event, until Ctrl-C: new ones, updates (state, first answer, assured), and ends,
with the reason and what was counted. new, update and destroy ask for these only; count N ends after N events. With JSON, each
line is an object. Who reads too slowly loses events and is told how many.`

func (p *Plugin) registerMonitor(r *plugin.Registry) {
	r.CLI("flowtrack monitor", "flowtrack monitor "+filterUsage+" [new] [update] [destroy] [count N]\n"+monitorHelp+"\n"+filterHelp, p.monitorCommand)
	r.Complete(p.completeFilter("new", "update", "destroy", "count"))
}

func (p *Plugin) monitorCommand(c *cli.Call) error {
	f, kinds, count := filterReader{p: p}, []EventKind(nil), uint64(math.MaxUint64)
	for c.Args.Len() > 0 {
		ok, err := f.next(c.Args)
		word, _ := c.Args.Peek()
		switch kind := slices.Index(kindNames[:EventLost], word); {
		case ok:
		case kind >= 0:
			kinds = append(kinds, EventKind(kind))
			c.Args.Next()
		case c.Args.Keyword("count"):
			count, err = c.Args.Uint("a number of events", 1, math.MaxUint32)
		default:
			return c.Args.Unknown()
		}
		if err != nil {
			return err
		}
	}
	if count == math.MaxUint64 && !c.Live() {
		return c.Args.Errorf("nobody could end it here: give count N, or run it from gvpp ctl")
	}
	return p.monitor(c, f.Filter, kinds, count)
}

func (p *Plugin) monitor(c *cli.Call, f Filter, kinds []EventKind, count uint64) error {
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	for e := range p.Events(ctx, f, kinds...) {
		if err := c.Item(e, e.text); err != nil {
			return err
		}
		if count--; count == 0 {
			break
		}
	}
	return nil
}

// text is the event in a line, as much like `conntrack -E` as our words allow.
func (e Event) text(w io.Writer) {
	at := e.Time.Format("15:04:05.000")
	if e.Kind == EventLost {
		fmt.Fprintf(w, "%s [LOST]    %d events\n", at, e.Lost)
		return
	}
	s := &e.Session
	state := s.Detail
	if state == "" {
		state = s.State
	}
	fmt.Fprintf(w, "%s %-9s %s %s > %s %s", at, [...]string{"[NEW]", "[UPDATE]", "[DESTROY]"}[e.Kind], s.Protocol, s.end(s.Src, s.SrcPort), s.end(s.Dst, s.DstPort), state)
	if s.Zone != 0 {
		fmt.Fprintf(w, " zone %d", s.Zone)
	}
	if marks := s.marks(); marks != "" {
		fmt.Fprintf(w, " %s", marks)
	}
	if e.Kind == EventDestroy {
		fmt.Fprintf(w, " %s packets %d/%d bytes %d/%d age %v", e.Reason, s.Packets[0], s.Packets[1], s.Bytes[0], s.Bytes[1], duration(s.AgeSeconds))
	} else {
		fmt.Fprintf(w, " timeout %v", duration(s.TimeoutLeft))
	}
	fmt.Fprintf(w, " flow %d %s\n", s.Flow, s.Interface)
}
