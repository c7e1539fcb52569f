package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

// self serves memclnt's messages: what the API tells of itself. Those of the transport through shared memory answer that
// there is none.
type self struct {
	memclnt.Unimplemented
	server *Server
}

// noSuchID is the id in an answer that has none, as in VPP.
const noSuchID = 1<<16 - 1

func caller(ctx context.Context) (*client, error) {
	if c, ok := api.CallerOf(ctx).(*client); ok {
		return c, nil
	}
	return nil, api.Wrap(api.InvalidRegistration, fmt.Errorf("server: the message is for clients of the socket"))
}

// SockclntCreate names the client and tells it the table. VPP accepts it again on the same connection, and so do we.
func (s *self) SockclntCreate(ctx context.Context, m *memclnt.SockclntCreate) (*memclnt.SockclntCreateReply, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	name := strings.ToValidUTF8(m.Name, "?")
	c.name.Store(&name)
	return &memclnt.SockclntCreateReply{Index: c.index, MessageTable: s.server.table.clients}, nil
}

// SockclntDelete ends the connection behind its reply, whose response is 1, as VPP's is.
func (s *self) SockclntDelete(ctx context.Context, m *memclnt.SockclntDelete) (*memclnt.SockclntDeleteReply, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if m.Index != c.index {
		err := fmt.Errorf("server: sockclnt_delete: index %#x is not the client's own, %#x", m.Index, c.index)
		return &memclnt.SockclntDeleteReply{Response: int32(api.InvalidRegistration)}, api.Wrap(api.InvalidRegistration, err)
	}
	c.leaving = true
	return &memclnt.SockclntDeleteReply{Response: 1}, nil
}

// ControlPing answers those pings that have not overtaken anything.
func (s *self) ControlPing(ctx context.Context, _ *memclnt.ControlPing) (*memclnt.ControlPingReply, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return c.pong(), nil
}

func (s *self) MemclntKeepalive(context.Context, *memclnt.MemclntKeepalive) (*memclnt.MemclntKeepaliveReply, error) {
	return &memclnt.MemclntKeepaliveReply{}, nil
}

func (s *self) GetFirstMsgID(_ context.Context, m *memclnt.GetFirstMsgID) (*memclnt.GetFirstMsgIDReply, error) {
	if id, ok := s.server.table.first[m.Name]; ok {
		return &memclnt.GetFirstMsgIDReply{FirstMsgID: id}, nil
	}
	err := fmt.Errorf("server: no module %q", m.Name)
	return &memclnt.GetFirstMsgIDReply{FirstMsgID: noSuchID}, api.Wrap(api.InvalidValue, err)
}

func (s *self) APIVersions(context.Context, *memclnt.APIVersions) (*memclnt.APIVersionsReply, error) {
	r := &memclnt.APIVersionsReply{}
	for _, f := range s.server.table.files {
		r.APIVersions = append(r.APIVersions, memclnt.ModuleVersion{Major: f.Version[0], Minor: f.Version[1], Patch: f.Version[2], Name: f.Name + ".api"})
	}
	return r, nil
}

// GetAPIJSON gives the descriptions of all modules, so that a client needs no files.
func (s *self) GetAPIJSON(context.Context, *memclnt.GetAPIJSON) (*memclnt.GetAPIJSONReply, error) {
	return &memclnt.GetAPIJSONReply{JSON: s.server.table.json()}, nil
}

// What follows says to threads of shared memory, or to an API trace, what nobody here needs to know.

func (s *self) MemclntRxThreadSuspend(context.Context, *memclnt.MemclntRxThreadSuspend) error {
	return nil
}

func (s *self) MemclntReadTimeout(context.Context, *memclnt.MemclntReadTimeout) error { return nil }

func (s *self) RxThreadExit(context.Context, *memclnt.RxThreadExit) error { return nil }

func (s *self) TracePluginMsgIds(context.Context, *memclnt.TracePluginMsgIds) error { return nil }

// A reply to one of these that says 0 where others have their retval would be a registration.

func (s *self) MemclntCreate(context.Context, *memclnt.MemclntCreate) (*memclnt.MemclntCreateReply, error) {
	return &memclnt.MemclntCreateReply{Response: int32(api.Unimplemented)}, api.Unimplemented
}

func (s *self) MemclntCreateV2(context.Context, *memclnt.MemclntCreateV2) (*memclnt.MemclntCreateV2Reply, error) {
	return &memclnt.MemclntCreateV2Reply{Response: int32(api.Unimplemented)}, api.Unimplemented
}

func (s *self) MemclntDelete(context.Context, *memclnt.MemclntDelete) (*memclnt.MemclntDeleteReply, error) {
	return &memclnt.MemclntDeleteReply{Response: int32(api.Unimplemented)}, api.Unimplemented
}
