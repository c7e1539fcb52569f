package flowtrack

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// front serves the messages by the plugin's operations; its other methods are in api_set.go and api_events.go. What these have begun
// they end, also where the client goes meanwhile.
type front struct{ p *Plugin }

// sessionsPerPage is how many sessions a call of flowtrack_session_get gives: a megabyte of them.
const sessionsPerPage = 8192

// unknown is a sw_if_index that nobody knows any more.
const unknown = ^uint32(0)

// FlowtrackSessionGet implements wire.Service.
func (f front) FlowtrackSessionGet(_ context.Context, m *wire.FlowtrackSessionGet, send func(*wire.FlowtrackSessionDetails) error) (*wire.FlowtrackSessionGetReply, error) {
	filter, err := f.filter(&m.Filter)
	if err != nil {
		return nil, err
	}
	list, next, err := f.p.Page(&filter, m.Cursor, sessionsPerPage)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := send(&wire.FlowtrackSessionDetails{Session: list[i].wire()}); err != nil {
			return nil, err
		}
	}
	if next != LastPage {
		err = api.EAgain
	}
	return &wire.FlowtrackSessionGetReply{Cursor: next}, err
}

// FlowtrackSessionClear implements wire.Service.
func (f front) FlowtrackSessionClear(_ context.Context, m *wire.FlowtrackSessionClear) (*wire.FlowtrackSessionClearReply, error) {
	filter, err := f.filter(&m.Filter)
	if err != nil {
		return nil, err
	}
	return &wire.FlowtrackSessionClearReply{Count: uint32(f.p.ClearMatching(&filter))}, nil
}

// FlowtrackStatsGet implements wire.Service.
func (f front) FlowtrackStatsGet(context.Context, *wire.FlowtrackStatsGet) (*wire.FlowtrackStatsGetReply, error) {
	s := f.p.Summarize()
	state := func(s4 State) uint32 { return uint32(s.States[s4.String()]) }
	return &wire.FlowtrackStatsGetReply{
		SessionsIP4: uint32(s.IPv4), SessionsIP6: uint32(s.IPv6), Capacity: uint32(s.Capacity),
		StateNew: state(StateNew), StateEstablished: state(StateEstablished), StateFinWait: state(StateFinWait), StateClosed: state(StateClosed),
		Unreplied: uint32(s.Unreplied), Assured: uint32(s.Assured), Expected: uint32(s.Expected),
		Created: s.Created, Expired: s.Expired, Rejected: s.Reset, Reopened: s.Reopened, Cleared: s.Cleared, Evicted: s.Evicted,
		Refused: s.Refused, Contended: s.Contended, Memory: s.Bytes, Watchers: uint32(s.Watchers),
	}, nil
}

// FlowtrackSave implements wire.Service. A client does not know where a path would begin that is not absolute.
func (f front) FlowtrackSave(_ context.Context, m *wire.FlowtrackSave) (*wire.FlowtrackSaveReply, error) {
	if m.Path != "" && !filepath.IsAbs(m.Path) {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: save %q: give an absolute path, or none for the configured file", m.Path))
	}
	s, err := f.p.Save(m.Path)
	return &wire.FlowtrackSaveReply{Count: s.Saved}, err
}
