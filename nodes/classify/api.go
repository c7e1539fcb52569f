package classify

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// front serves the messages by the plugin's operations. What these have begun they end, also where the client goes meanwhile.
type front struct{ p *Plugin }

// all is a sw_if_index that means every interface, a rule that means none.
const all = ^uint32(0)

// rulesPerPage is how many rules a call of classify_rules_get gives: below a megabyte.
const rulesPerPage = 4096

// ClassifyRuleAdd implements wire.Service.
func (f front) ClassifyRuleAdd(ctx context.Context, m *wire.ClassifyRuleAdd) (*wire.ClassifyRuleAddReply, error) {
	r, err := fromMessage(&m.Rule)
	if err != nil {
		return nil, err
	}
	before := &m.Before
	if m.Before == all {
		before = nil
	}
	id, err := f.p.Add(context.WithoutCancel(ctx), r, before)
	return &wire.ClassifyRuleAddReply{RuleID: id}, err
}

// ClassifyRuleDel implements wire.Service.
func (f front) ClassifyRuleDel(ctx context.Context, m *wire.ClassifyRuleDel) (*wire.ClassifyRuleDelReply, error) {
	return &wire.ClassifyRuleDelReply{}, f.p.Delete(context.WithoutCancel(ctx), m.RuleID)
}

// ClassifyRulesAdd implements wire.Service.
func (f front) ClassifyRulesAdd(ctx context.Context, m *wire.ClassifyRulesAdd) (*wire.ClassifyRulesAddReply, error) {
	rules, err := rulesOf(m.Rules)
	if err != nil {
		return nil, err
	}
	ids, err := f.p.Replace(context.WithoutCancel(ctx), nil, rules)
	return &wire.ClassifyRulesAddReply{FirstRuleID: first(ids)}, err
}

// first is the first of ids, which rise by 1.
func first(ids []uint32) uint32 {
	if len(ids) == 0 {
		return all
	}
	return ids[0]
}

// ClassifyRulesDel implements wire.Service.
func (f front) ClassifyRulesDel(ctx context.Context, m *wire.ClassifyRulesDel) (*wire.ClassifyRulesDelReply, error) {
	_, err := f.p.Replace(context.WithoutCancel(ctx), m.RuleIds, nil)
	return &wire.ClassifyRulesDelReply{}, err
}

// ClassifyRulesReplace implements wire.Service.
func (f front) ClassifyRulesReplace(ctx context.Context, m *wire.ClassifyRulesReplace) (*wire.ClassifyRulesReplaceReply, error) {
	if err := f.p.known(uint32(m.SwIfIndex)); err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	rules, err := rulesOf(m.Rules)
	if err != nil {
		return nil, err
	}
	for i := range rules {
		if at := rules[i].Interface; at != uint32(m.SwIfIndex) {
			return nil, api.Wrap(api.InvalidValue, fmt.Errorf("classify: %ssw_if_index %d: the rules that are replaced are those of %d", nth(i, len(rules)), at, m.SwIfIndex))
		}
	}
	ids, removed, err := f.p.ReplaceAll(context.WithoutCancel(ctx), uint32(m.SwIfIndex), rules)
	return &wire.ClassifyRulesReplaceReply{FirstRuleID: first(ids), Removed: uint32(removed)}, err
}

// only is the interface that a message is about, or nil for all.
func (f front) only(swIf interface_types.InterfaceIndex) (*uint32, error) {
	if uint32(swIf) == all {
		return nil, nil
	}
	if err := f.p.known(uint32(swIf)); err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	return (*uint32)(&swIf), nil
}

// ClassifyRulesGet implements wire.Service.
func (f front) ClassifyRulesGet(_ context.Context, m *wire.ClassifyRulesGet, send func(*wire.ClassifyRulesDetails) error) (*wire.ClassifyRulesGetReply, error) {
	only, err := f.only(m.SwIfIndex)
	if err != nil {
		return nil, err
	}
	list, next, err := f.p.List(m.Cursor, only, rulesPerPage)
	if err != nil {
		return nil, err
	}
	for i := range list {
		l := &list[i]
		if err := send(&wire.ClassifyRulesDetails{RuleID: l.Rule.ID, Rule: l.Rule.wire(), Packets: l.Packets, Bytes: l.Bytes, Owner: l.Rule.Owner}); err != nil {
			return nil, err
		}
	}
	if next != LastPage {
		err = api.EAgain
	}
	return &wire.ClassifyRulesGetReply{Cursor: next}, err
}

// ClassifyRulesSetDefault implements wire.Service.
func (f front) ClassifyRulesSetDefault(ctx context.Context, m *wire.ClassifyRulesSetDefault) (*wire.ClassifyRulesSetDefaultReply, error) {
	return &wire.ClassifyRulesSetDefaultReply{}, f.p.SetDefault(context.WithoutCancel(ctx), uint32(m.SwIfIndex), Action(m.Action))
}

// ClassifyRulesSetNonIP implements wire.Service.
func (f front) ClassifyRulesSetNonIP(ctx context.Context, m *wire.ClassifyRulesSetNonIP) (*wire.ClassifyRulesSetNonIPReply, error) {
	return &wire.ClassifyRulesSetNonIPReply{}, f.p.SetNonIP(context.WithoutCancel(ctx), uint32(m.SwIfIndex), Action(m.Action))
}

// ClassifyRulesInterfaceDump implements wire.Service.
func (f front) ClassifyRulesInterfaceDump(_ context.Context, m *wire.ClassifyRulesInterfaceDump) iter.Seq2[*wire.ClassifyRulesInterfaceDetails, error] {
	return func(yield func(*wire.ClassifyRulesInterfaceDetails, error) bool) {
		only, err := f.only(m.SwIfIndex)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, s := range f.p.Interfaces(only) {
			if !yield(s.wire(), nil) {
				return
			}
		}
	}
}

// ClassifyEnableDisable implements wire.Service.
func (f front) ClassifyEnableDisable(ctx context.Context, m *wire.ClassifyEnableDisable) (*wire.ClassifyEnableDisableReply, error) {
	return &wire.ClassifyEnableDisableReply{}, f.p.Enable(context.WithoutCancel(ctx), uint32(m.SwIfIndex), m.Enable)
}

// ClassifyAddRule implements wire.Service.
func (f front) ClassifyAddRule(ctx context.Context, m *wire.ClassifyAddRule) (*wire.ClassifyAddRuleReply, error) {
	_, err := f.p.Add(context.WithoutCancel(ctx), plainRule(m), nil)
	return &wire.ClassifyAddRuleReply{}, err
}

// ClassifyRuleDump implements wire.Service.
func (f front) ClassifyRuleDump(context.Context, *wire.ClassifyRuleDump) iter.Seq2[*wire.ClassifyRuleDetails, error] {
	return func(yield func(*wire.ClassifyRuleDetails, error) bool) {
		for at := FirstPage; at != LastPage; {
			list, next, err := f.p.List(at, nil, rulesPerPage)
			if err != nil {
				yield(nil, errors.Join(err, errors.New("classify: rules have changed too quickly for a list: use classify_rules_get")))
				return
			}
			for i := range list {
				if d, ok := list[i].plain(); ok && !yield(d, nil) {
					return
				}
			}
			at = next
		}
	}
}

// ClassifyStatsGet implements wire.Service.
func (f front) ClassifyStatsGet(context.Context, *wire.ClassifyStatsGet) (*wire.ClassifyStatsGetReply, error) {
	t := f.p.Totals()
	return &wire.ClassifyStatsGetReply{NClassified: t.Passed + t.Dropped, NPassed: t.Passed, NDropped: t.Dropped}, nil
}
