package inacl

import (
	"context"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/classify"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
)

// front serves VPP's messages by the plugin's operations. Policers, flows, captures and traces are answered with
// api.Unimplemented.
type front struct {
	wire.Unimplemented
	*Plugin
}

// verdict reads the index of a next node: 0 is VPP's for dropping, None for going on.
func verdict(what string, index uint32) (deny bool, err error) {
	switch index {
	case None:
		return false, nil
	case 0:
		return true, nil
	}
	return false, api.Wrap(api.Unimplemented, fmt.Errorf("inacl: %s %d: want 0, which drops, or %#x, which lets pass", what, index, None))
}

// ClassifyAddDelTable implements classify.Service.
func (f front) ClassifyAddDelTable(ctx context.Context, m *wire.ClassifyAddDelTable) (*wire.ClassifyAddDelTableReply, error) {
	none := &wire.ClassifyAddDelTableReply{NewTableIndex: None, SkipNVectors: None, MatchNVectors: None}
	if uint64(len(m.Mask)) != uint64(m.MatchNVectors)*vectorSize {
		return none, api.Wrap(api.InvalidValue, fmt.Errorf("inacl: a mask of %d bytes for %d vectors: want %d each", len(m.Mask), m.MatchNVectors, vectorSize))
	}
	if !m.IsAdd {
		return none, f.Delete(ctx, m.TableIndex, m.DelChain)
	}
	deny, err := verdict("miss_next_index", m.MissNextIndex)
	if err != nil {
		return none, err
	}
	if old, err := f.Lookup(m.TableIndex); err == nil {
		return &wire.ClassifyAddDelTableReply{NewTableIndex: m.TableIndex, SkipNVectors: uint32(old.Skip), MatchNVectors: uint32(len(old.Mask) / vectorSize)},
			f.Update(ctx, m.TableIndex, m.NextTableIndex, deny)
	}
	if m.SkipNVectors > maxSkip {
		return none, api.Wrap(api.InvalidValue, fmt.Errorf("inacl: %d vectors to skip: at most %d", m.SkipNVectors, maxSkip))
	}
	index, err := f.Add(ctx, Table{
		Skip: int(m.SkipNVectors), Mask: m.Mask, Next: m.NextTableIndex, Deny: deny,
		Current: m.CurrentDataFlag == 1, Offset: int(m.CurrentDataOffset), Buckets: m.Nbuckets,
	})
	if err != nil {
		return none, err
	}
	return &wire.ClassifyAddDelTableReply{NewTableIndex: index, SkipNVectors: m.SkipNVectors, MatchNVectors: m.MatchNVectors}, nil
}

// ClassifyAddDelSession implements classify.Service.
func (f front) ClassifyAddDelSession(ctx context.Context, m *wire.ClassifyAddDelSession) (*wire.ClassifyAddDelSessionReply, error) {
	if !m.IsAdd {
		return nil, f.DeleteSession(ctx, m.TableIndex, m.Match)
	}
	if m.Action != wire.CLASSIFY_API_ACTION_NONE || m.Advance != 0 {
		return nil, api.Wrap(api.Unimplemented, fmt.Errorf("inacl: a session with action %v and advance %d: sessions drop or let pass", m.Action, m.Advance))
	}
	deny, err := verdict("hit_next_index", m.HitNextIndex)
	if err != nil {
		return nil, err
	}
	return nil, f.AddSession(ctx, m.TableIndex, m.Match, deny, m.OpaqueIndex)
}

// InputACLSetInterface implements classify.Service.
func (f front) InputACLSetInterface(ctx context.Context, m *wire.InputACLSetInterface) (*wire.InputACLSetInterfaceReply, error) {
	return nil, f.Set(ctx, In, uint32(m.SwIfIndex), [numKinds]uint32{IP4: m.IP4TableIndex, IP6: m.IP6TableIndex, L2: m.L2TableIndex}, m.IsAdd)
}

// OutputACLSetInterface implements classify.Service.
func (f front) OutputACLSetInterface(ctx context.Context, m *wire.OutputACLSetInterface) (*wire.OutputACLSetInterfaceReply, error) {
	return nil, f.Set(ctx, Out, uint32(m.SwIfIndex), [numKinds]uint32{IP4: m.IP4TableIndex, IP6: m.IP6TableIndex, L2: m.L2TableIndex}, m.IsAdd)
}

// PuntACLAddDel implements classify.Service.
func (f front) PuntACLAddDel(ctx context.Context, m *wire.PuntACLAddDel) (*wire.PuntACLAddDelReply, error) {
	return nil, f.Set(ctx, Punt, everywhere, [numKinds]uint32{IP4: m.IP4TableIndex, IP6: m.IP6TableIndex, L2: None}, m.IsAdd)
}

// PuntACLGet implements classify.Service.
func (f front) PuntACLGet(context.Context, *wire.PuntACLGet) (*wire.PuntACLGetReply, error) {
	return &wire.PuntACLGetReply{IP4TableIndex: f.Asked(Punt, IP4, everywhere), IP6TableIndex: f.Asked(Punt, IP6, everywhere)}, nil
}

// ClassifyTableIds implements classify.Service.
func (f front) ClassifyTableIds(context.Context, *wire.ClassifyTableIds) (*wire.ClassifyTableIdsReply, error) {
	r := &wire.ClassifyTableIdsReply{}
	for _, t := range f.Tables() {
		r.Ids = append(r.Ids, t.Index)
	}
	return r, nil
}

// ClassifyTableByInterface implements classify.Service.
func (f front) ClassifyTableByInterface(_ context.Context, m *wire.ClassifyTableByInterface) (*wire.ClassifyTableByInterfaceReply, error) {
	swIf := uint32(m.SwIfIndex)
	return &wire.ClassifyTableByInterfaceReply{
		SwIfIndex: interface_types.InterfaceIndex(swIf), L2TableID: f.Asked(In, L2, swIf), IP4TableID: f.Asked(In, IP4, swIf), IP6TableID: f.Asked(In, IP6, swIf),
	}, nil
}

// ClassifyTableInfo implements classify.Service.
func (f front) ClassifyTableInfo(_ context.Context, m *wire.ClassifyTableInfo) (*wire.ClassifyTableInfoReply, error) {
	t, err := f.Lookup(m.TableID)
	if err != nil {
		return nil, err
	}
	return &wire.ClassifyTableInfoReply{
		TableID: t.Index, Nbuckets: t.Buckets, MatchNVectors: uint32(len(t.Mask) / vectorSize), SkipNVectors: uint32(t.Skip),
		ActiveSessions: uint32(len(t.Sessions)), NextTableIndex: t.Next, MissNextIndex: nextIndex(t.Deny), Mask: t.Mask,
	}, nil
}

// nextIndex is verdict the other way round.
func nextIndex(deny bool) uint32 {
	if deny {
		return 0
	}
	return None
}

// ClassifySessionDump implements classify.Service.
func (f front) ClassifySessionDump(_ context.Context, m *wire.ClassifySessionDump) iter.Seq2[*wire.ClassifySessionDetails, error] {
	return func(yield func(*wire.ClassifySessionDetails, error) bool) {
		t, err := f.Lookup(m.TableID)
		if err != nil {
			return // a dump cannot say that there is no table
		}
		for _, e := range t.Sessions {
			if !yield(&wire.ClassifySessionDetails{TableID: t.Index, HitNextIndex: nextIndex(e.Deny), OpaqueIndex: e.Opaque, Match: e.Match}, nil) {
				return
			}
		}
	}
}
