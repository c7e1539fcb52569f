package gvpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	spanapi "github.com/gvpp/gvpp/api/binapi/span"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/span"
)

// MirrorReport is a line of show interface span: none, rx, tx or both.
type MirrorReport struct {
	From   string `json:"source"`
	To     string `json:"destination"`
	Device string `json:"device"`
	L2     string `json:"l2"`
}

// showSpan is VPP's form; of the interface that is named, or of all.
func (b base) showSpan(c *cli.Call) error {
	name, one := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return err
	}
	if one {
		if _, err := b.Interface(name); err != nil {
			return err
		}
	}
	list := []MirrorReport{}
	for _, m := range b.span.All() {
		if r := (MirrorReport{b.InterfaceName(m.From), b.InterfaceName(m.To), m.Device.String(), m.L2.String()}); !one || r.From == name {
			list = append(list, r)
		}
	}
	return c.Show(list, func(w io.Writer) {
		last := ""
		for i, m := range list {
			if i == 0 {
				fmt.Fprintf(w, "%-32s %-32s  %6s   %6s\n", "Source", "Destination", "Device", "L2")
			}
			from := m.From
			if from == last {
				from = ""
			}
			last = m.From
			fmt.Fprintf(w, "%-32s %-32s (%6s) (%6s)\n", from, m.To, m.Device, m.L2)
		}
	})
}

// spanAPI serves mirrors.
type spanAPI struct {
	spanapi.Unimplemented
	dp *Dataplane
}

// SwInterfaceSpanEnableDisable implements spanapi.Service.
func (a spanAPI) SwInterfaceSpanEnableDisable(ctx context.Context, m *spanapi.SwInterfaceSpanEnableDisable) (*spanapi.SwInterfaceSpanEnableDisableReply, error) {
	layer := span.Device
	if m.IsL2 {
		layer = span.L2
	}
	err := a.dp.span.Set(ctx, uint32(m.SwIfIndexFrom), uint32(m.SwIfIndexTo), layer, span.State(m.State))
	switch {
	case errors.Is(err, span.ErrState):
		err = api.Wrap(api.Unimplemented, err)
	case errors.Is(err, span.ErrInterface):
		err = api.Wrap(invalidInterface, err)
	}
	return nil, err
}

// SwInterfaceSpanDump implements spanapi.Service: of one layer.
func (a spanAPI) SwInterfaceSpanDump(_ context.Context, q *spanapi.SwInterfaceSpanDump) iter.Seq2[*spanapi.SwInterfaceSpanDetails, error] {
	return func(yield func(*spanapi.SwInterfaceSpanDetails, error) bool) {
		for _, m := range a.dp.span.All() {
			state := m.Device
			if q.IsL2 {
				state = m.L2
			}
			d := &spanapi.SwInterfaceSpanDetails{SwIfIndexFrom: interface_types.InterfaceIndex(m.From), SwIfIndexTo: interface_types.InterfaceIndex(m.To),
				State: spanapi.SpanState(state), IsL2: q.IsL2}
			if state != span.Off && !yield(d, nil) {
				return
			}
		}
	}
}
