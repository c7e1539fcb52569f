package plugname

import (
	"context"
	"iter"

	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/internal/scaffold/plugname/plugnameapi"
)

// front serves the messages of plugname.api by the plugin's operations. An error is answered with the retval that the operation
// has wrapped into it; `show api errors` has its text.
type front struct{ *Plugin }

// PlugnameEnableDisable implements plugnameapi.Service.
func (f front) PlugnameEnableDisable(ctx context.Context, m *plugnameapi.PlugnameEnableDisable) (*plugnameapi.PlugnameEnableDisableReply, error) {
	return nil, f.Enable(ctx, uint32(m.SwIfIndex), m.EnableDisable)
}

// PlugnameRuleAdd implements plugnameapi.Service.
func (f front) PlugnameRuleAdd(ctx context.Context, m *plugnameapi.PlugnameRuleAdd) (*plugnameapi.PlugnameRuleAddReply, error) {
	dst, err := m.Dst.Netip()
	if err != nil {
		return nil, err
	}
	id, err := f.Add(ctx, Rule{Dst: dst, Proto: uint8(m.Proto), Port: m.Port, Action: Action(m.Action)})
	return &plugnameapi.PlugnameRuleAddReply{RuleID: id}, err
}

// PlugnameRuleDel implements plugnameapi.Service.
func (f front) PlugnameRuleDel(ctx context.Context, m *plugnameapi.PlugnameRuleDel) (*plugnameapi.PlugnameRuleDelReply, error) {
	return nil, f.Delete(ctx, m.RuleID)
}

// PlugnameRuleDump implements plugnameapi.Service.
func (f front) PlugnameRuleDump(context.Context, *plugnameapi.PlugnameRuleDump) iter.Seq2[*plugnameapi.PlugnameRuleDetails, error] {
	return func(yield func(*plugnameapi.PlugnameRuleDetails, error) bool) {
		for _, r := range f.Report() {
			if !yield(&plugnameapi.PlugnameRuleDetails{
				RuleID: r.ID, Dst: ip_types.PrefixOf(r.rule.Dst), Proto: ip_types.IPProto(r.rule.Proto), Port: r.rule.Port,
				Action: plugnameapi.PlugnameAction(r.rule.Action), Packets: r.Packets, Bytes: r.Bytes,
			}, nil) {
				return
			}
		}
	}
}

// PlugnameStatsGet implements plugnameapi.Service.
func (f front) PlugnameStatsGet(context.Context, *plugnameapi.PlugnameStatsGet) (*plugnameapi.PlugnameStatsGetReply, error) {
	t := f.Totals()
	return &plugnameapi.PlugnameStatsGetReply{Counted: t.Counted, Dropped: t.Dropped, Rate: f.rate.Load()}, nil
}
