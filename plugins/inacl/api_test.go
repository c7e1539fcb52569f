package inacl_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/classify"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/plugins/inacl"
)

// TestMessages: what VPP's clients do, and what is refused.
func TestMessages(t *testing.T) {
	r := newRig(t)
	mask := vectors(t, beforeSrc+full)
	made, err := r.c.ClassifyAddDelTable(r.ctx, &wire.ClassifyAddDelTable{IsAdd: true, TableIndex: inacl.None, Nbuckets: 8, MatchNVectors: 1, NextTableIndex: inacl.None, CurrentDataFlag: 1, Mask: mask})
	r.ok(err)
	if made.NewTableIndex != 0 || made.MatchNVectors != 1 {
		t.Errorf("%+v", made)
	}
	match := vectors(t, beforeSrc+tenOne)
	_, err = r.c.ClassifyAddDelSession(r.ctx, &wire.ClassifyAddDelSession{IsAdd: true, HitNextIndex: inacl.None, OpaqueIndex: 5, Match: match})
	r.ok(err)
	_, err = r.c.InputACLSetInterface(r.ctx, &wire.InputACLSetInterface{SwIfIndex: 1, IP4TableIndex: 0, IP6TableIndex: inacl.None, L2TableIndex: inacl.None, IsAdd: true})
	r.ok(err)
	r.want("+ "+udpLine, "- "+otherLine)
	info, err := r.c.ClassifyTableInfo(r.ctx, &wire.ClassifyTableInfo{})
	r.ok(err)
	if info.ActiveSessions != 1 || info.Nbuckets != 8 || info.MissNextIndex != 0 || !bytes.Equal(info.Mask, mask) {
		t.Errorf("%+v", info)
	}
	n := 0
	for d, err := range r.c.ClassifySessionDump(r.ctx, &wire.ClassifySessionDump{}) {
		if n++; err != nil || d.OpaqueIndex != 5 || d.HitNextIndex != inacl.None || !bytes.Equal(d.Match, match) {
			t.Errorf("%+v, %v", d, err)
		}
	}
	by, err := r.c.ClassifyTableByInterface(r.ctx, &wire.ClassifyTableByInterface{SwIfIndex: 1})
	r.ok(err)
	ids, err := r.c.ClassifyTableIds(r.ctx, &wire.ClassifyTableIds{})
	r.ok(err)
	if n != 1 || by.IP4TableID != 0 || by.L2TableID != inacl.None || len(ids.Ids) != 1 {
		t.Errorf("%d sessions, %+v, %+v", n, by, ids)
	}
	_, err = r.c.ClassifyAddDelTable(r.ctx, &wire.ClassifyAddDelTable{IsAdd: true, TableIndex: 0, MatchNVectors: 1, NextTableIndex: inacl.None, MissNextIndex: inacl.None, Mask: mask})
	r.ok(err)
	r.want("+ " + otherLine)

	session := func(change func(*wire.ClassifyAddDelSession)) error {
		m := &wire.ClassifyAddDelSession{IsAdd: true, HitNextIndex: inacl.None, Match: match}
		change(m)
		_, err := r.c.ClassifyAddDelSession(r.ctx, m)
		return err
	}
	table := func(m *wire.ClassifyAddDelTable) error {
		_, err := r.c.ClassifyAddDelTable(r.ctx, m)
		return err
	}
	set := func(swIf interface_types.InterfaceIndex, index uint32, add bool) error {
		_, err := r.c.OutputACLSetInterface(r.ctx, &wire.OutputACLSetInterface{SwIfIndex: swIf, IP4TableIndex: index, IP6TableIndex: inacl.None, L2TableIndex: inacl.None, IsAdd: add})
		return err
	}
	for what, c := range map[string]struct {
		err  error
		want api.Errno
	}{
		"no table":          {session(func(m *wire.ClassifyAddDelSession) { m.TableIndex = 9 }), -65},
		"short match":       {session(func(m *wire.ClassifyAddDelSession) { m.Match = m.Match[1:] }), -7},
		"next node":         {session(func(m *wire.ClassifyAddDelSession) { m.HitNextIndex = 3 }), -9},
		"FIB":               {session(func(m *wire.ClassifyAddDelSession) { m.Action = 1 }), -9},
		"no such session":   {session(func(m *wire.ClassifyAddDelSession) { m.IsAdd, m.Match = false, make([]byte, 16) }), -6},
		"mask and vectors":  {table(&wire.ClassifyAddDelTable{IsAdd: true, TableIndex: inacl.None, MatchNVectors: 2, Mask: mask}), -7},
		"no mask":           {table(&wire.ClassifyAddDelTable{IsAdd: true, TableIndex: inacl.None}), -7},
		"too much to skip":  {table(&wire.ClassifyAddDelTable{IsAdd: true, TableIndex: inacl.None, MatchNVectors: 1, SkipNVectors: 1 << 31, Mask: mask}), -7},
		"delete of none":    {table(&wire.ClassifyAddDelTable{TableIndex: 9, MatchNVectors: 1, Mask: mask}), -65},
		"delete in use":     {table(&wire.ClassifyAddDelTable{TableIndex: 0, MatchNVectors: 1, Mask: mask}), -147},
		"interface":         {set(99, 0, true), -2},
		"table":             {set(1, 9, true), -65},
		"not there to take": {set(1, 0, false), -65},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", what, c.err, c.want)
		}
	}
}
