package classify_test

import (
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/nodes/classify"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/plugin"
)

// What is wrong gives VPP's number for it, and changes nothing.
func TestWrongRulesByMessages(t *testing.T) {
	r := newRig(t, "a", "b")
	c, ctx := r.client(), t.Context()
	r.cli("classify add rule b drop")
	add := func(change func(*wire.ClassifyRuleAdd)) error {
		m := &wire.ClassifyRuleAdd{Before: ^uint32(0), Rule: wire.ClassifyRule{SwIfIndex: 1}}
		change(m)
		_, err := c.ClassifyRuleAdd(ctx, m)
		return err
	}
	rule := func(change func(*wire.ClassifyRule)) error {
		return add(func(m *wire.ClassifyRuleAdd) { change(&m.Rule) })
	}
	for name, got := range map[string]struct {
		err  error
		want api.Errno
	}{
		"local0":             {rule(func(m *wire.ClassifyRule) { m.SwIfIndex = 0 }), api.InvalidSwIfIndex},
		"interface":          {rule(func(m *wire.ClassifyRule) { m.SwIfIndex = everyInterface }), api.InvalidSwIfIndex},
		"redirect":           {rule(func(m *wire.ClassifyRule) { m.Action, m.RedirectSwIfIndex = 2, 9 }), api.InvalidSwIfIndex},
		"no redirect":        {rule(func(m *wire.ClassifyRule) { m.RedirectSwIfIndex = everyInterface }), 0},
		"direction":          {rule(func(m *wire.ClassifyRule) { m.Direction = 2 }), api.InvalidValue},
		"action":             {rule(func(m *wire.ClassifyRule) { m.Action = 3 }), api.InvalidValue},
		"match":              {rule(func(m *wire.ClassifyRule) { m.Match = 0x8000 }), api.InvalidValue},
		"states":             {rule(func(m *wire.ClassifyRule) { m.States = 32 }), api.InvalidValue},
		"family":             {rule(func(m *wire.ClassifyRule) { m.Match, m.Src.Address.Af = wire.CLASSIFY_RULE_API_MATCH_SRC, 2 }), api.InvalidValue},
		"length":             {rule(func(m *wire.ClassifyRule) { m.Match, m.Dst.Len = wire.CLASSIFY_RULE_API_MATCH_DST, 33 }), api.InvalidValue},
		"port without proto": {rule(func(m *wire.ClassifyRule) { m.Match = wire.CLASSIFY_RULE_API_MATCH_SPORT }), api.InvalidValue},
		"before":             {add(func(m *wire.ClassifyRuleAdd) { m.Before = 77 }), api.NoSuchEntry},
		"before of another":  {add(func(m *wire.ClassifyRuleAdd) { m.Before = 0 }), api.InvalidValue},
		"del":                {refused(c.ClassifyRuleDel(ctx, &wire.ClassifyRuleDel{RuleID: 77})), api.NoSuchEntry},
		"del many":           {refused(c.ClassifyRulesDel(ctx, &wire.ClassifyRulesDel{RuleIds: []uint32{0, 77}})), api.NoSuchEntry},
		"replace":            {refused(c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 9})), api.InvalidSwIfIndex},
		"replace another's":  {refused(c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1, Rules: []wire.ClassifyRule{{SwIfIndex: 2}}})), api.InvalidValue},
		"enable":             {refused(c.ClassifyEnableDisable(ctx, &wire.ClassifyEnableDisable{SwIfIndex: 9})), api.InvalidSwIfIndex},
		"default":            {refused(c.ClassifyRulesSetDefault(ctx, &wire.ClassifyRulesSetDefault{SwIfIndex: 1, Action: 2})), api.InvalidValue},
		"default of none":    {refused(c.ClassifyRulesSetDefault(ctx, &wire.ClassifyRulesSetDefault{SwIfIndex: 9})), api.InvalidSwIfIndex},
		"non-ip":             {refused(c.ClassifyRulesSetNonIP(ctx, &wire.ClassifyRulesSetNonIP{SwIfIndex: 1, Action: 2})), api.InvalidValue},
		"cursor":             {refused(c.ClassifyRulesGet(ctx, &wire.ClassifyRulesGet{Cursor: 1000, SwIfIndex: everyInterface}, nil)), api.InvalidValue},
		"get":                {refused(c.ClassifyRulesGet(ctx, &wire.ClassifyRulesGet{SwIfIndex: 9}, nil)), api.InvalidSwIfIndex},
		"plain":              {refused(c.ClassifyAddRule(ctx, &wire.ClassifyAddRule{SwIfIndex: 9})), api.InvalidSwIfIndex},
		"plain action":       {refused(c.ClassifyAddRule(ctx, &wire.ClassifyAddRule{SwIfIndex: 1, Action: 3})), api.InvalidValue},
		"plain port":         {refused(c.ClassifyAddRule(ctx, &wire.ClassifyAddRule{SwIfIndex: 1, DstPort: 3})), api.InvalidValue},
	} {
		if api.ErrnoOf(got.err) != got.want {
			t.Errorf("%s: %v, want retval %d", name, got.err, got.want)
		}
	}
	if list := r.list(c, everyInterface); len(list) != 2 {
		t.Errorf("rules: %+v", list)
	}
}

// refused is the error of a call.
func refused[M any](_ M, err error) error { return err }

// keep-state and states need a tracker.
func TestKeepStateByMessageNeedsATracker(t *testing.T) {
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{classify.New(nil)}, Interfaces: []gvpp.Interface{port.NewMemory("a", 1)}})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close() //nolint:errcheck // a test's
	c := wire.NewClient(api.Direct(dp.API()...))
	for _, m := range []wire.ClassifyRule{{SwIfIndex: 1, KeepState: true}, {SwIfIndex: 1, States: wire.CLASSIFY_RULE_API_STATE_NEW}} {
		if _, err := c.ClassifyRuleAdd(t.Context(), &wire.ClassifyRuleAdd{Before: ^uint32(0), Rule: m}); api.ErrnoOf(err) != api.FeatureDisabled {
			t.Error(err)
		}
	}
}
