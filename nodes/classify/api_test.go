package classify_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/nodes/classify"
	wire "github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// everyInterface is the sw_if_index of all.
const everyInterface = ^interface_types.InterfaceIndex(0)

// client is the messages, through the services of the dataplane.
func (r *rig) client() wire.Client { return wire.NewClient(api.Direct(r.dp.API()...)) }

// word is a rule's message for words as the CLI takes them, by way of the CLI: the rule that it makes is read and deleted.
func (r *rig) word(c wire.Client, line string) wire.ClassifyRule {
	r.t.Helper()
	r.cli("classify add rule " + line)
	list := r.list(c, everyInterface)
	last := list[len(list)-1]
	r.cli(fmt.Sprint("classify del rule ", last.RuleID))
	return last.Rule
}

// list is all rules.
func (r *rig) list(c wire.Client, swIf interface_types.InterfaceIndex) (list []*wire.ClassifyRulesDetails) {
	r.t.Helper()
	for d, err := range c.ClassifyRulesAll(context.Background(), &wire.ClassifyRulesGet{SwIfIndex: swIf}) {
		if err != nil {
			r.t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// What a client sets holds for packets, and reads back as it was set.
func TestRulesByMessages(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	c, ctx := r.client(), t.Context()
	prefix := func(s string) ip_types.Prefix { return ip_types.PrefixOf(netip.MustParsePrefix(s)) }
	web := wire.ClassifyRule{
		SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_REDIRECT, RedirectSwIfIndex: 3,
		Match: wire.CLASSIFY_RULE_API_MATCH_DST | wire.CLASSIFY_RULE_API_MATCH_PROTO | wire.CLASSIFY_RULE_API_MATCH_DPORT,
		Dst:   prefix("2001:db8::/32"), Proto: 6, Dport: wire.ClassifyRulePorts{First: 80, Last: 90},
	}
	added, err := c.ClassifyRuleAdd(ctx, &wire.ClassifyRuleAdd{Before: ^uint32(0), Rule: web})
	r.ok(err)
	drop := wire.ClassifyRule{
		SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP, Match: wire.CLASSIFY_RULE_API_MATCH_DPORT | wire.CLASSIFY_RULE_API_MATCH_PROTO,
		Proto: 6, Dport: wire.ClassifyRulePorts{First: 85, Last: 85},
	}
	first, err := c.ClassifyRuleAdd(ctx, &wire.ClassifyRuleAdd{Before: added.RuleID, Rule: drop})
	r.ok(err)
	r.passes("a", "c", "tcp [2001:db8::1]:1000 > [2001:db8::2]:84 [S]", int(added.RuleID))
	r.drops("a", "tcp [2001:db8::1]:1000 > [2001:db8::2]:85 [S]", int(first.RuleID))
	list := r.list(c, 1)
	if len(list) != 2 || list[0].RuleID != first.RuleID || list[0].Rule != drop || list[1].Rule != web || list[1].Packets != 1 || list[1].Bytes == 0 {
		t.Errorf("%+v", list)
	}
	if list := r.list(c, 2); len(list) != 0 {
		t.Errorf("rules of another interface: %+v", list)
	}
	_, err = c.ClassifyRuleDel(ctx, &wire.ClassifyRuleDel{RuleID: first.RuleID})
	r.ok(err)
	r.passes("a", "c", "tcp [2001:db8::1]:1000 > [2001:db8::2]:85 [S]", int(added.RuleID))
}

// Whatever the CLI can say, a message can, and a rule that has been read and sent back is the same.
func TestEveryRuleHasItsMessage(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	c, rnd := r.client(), rand.New(rand.NewPCG(5, 5))
	index := map[string]uint32{}
	for _, n := range r.names {
		index[n] = r.index(n)
	}
	var rules []wire.ClassifyRule
	for range 400 {
		_, words := randomRule(rnd, r.names, index)
		rules = append(rules, r.word(c, words))
	}
	rules = append(rules, r.word(c, "b out src ::ffff:0.0.0.0/96 state new,untracked pass"), r.word(c, "b proto icmpv6 icmp 3/1 keep-state pass"))
	before, err := c.ClassifyRulesAdd(t.Context(), &wire.ClassifyRulesAdd{Rules: rules})
	r.ok(err)
	for i, d := range r.list(c, everyInterface) {
		if d.Rule != rules[i] || d.RuleID != before.FirstRuleID+uint32(i) {
			t.Fatalf("rule %d: %+v, was %+v", d.RuleID, d.Rule, rules[i])
		}
	}
}

// Rules that another plugin has made of its own settings are told, and nobody else's to change.
func TestOwnedRulesByMessage(t *testing.T) {
	r := newRig(t, "a", "b")
	c, ctx := r.client(), t.Context()
	rule := classify.Any()
	rule.Interface, rule.Action = 1, classify.Drop
	_, err := r.cls.ReplaceOwned(ctx, "lists", nil, []classify.Rule{rule})
	r.ok(err)
	r.cli("classify add rule a pass")
	if err := refused(c.ClassifyRuleDel(ctx, &wire.ClassifyRuleDel{})); api.ErrnoOf(err) != api.InvalidValue {
		t.Error(err)
	}
	got, err := c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1})
	if list := r.list(c, 1); err != nil || got.Removed != 1 || len(list) != 1 || list[0].Owner != "lists" {
		t.Errorf("%+v, %v; %+v", got, err, list)
	}
}

func TestReplaceByMessage(t *testing.T) {
	r := newRig(t, "a", "b")
	c, ctx := r.client(), t.Context()
	r.cli("classify add rule a pass", "classify add rule b pass", "classify add rule a out pass")
	drop := wire.ClassifyRule{SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP}
	wrong := drop
	wrong.Direction = 2
	if _, err := c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1, Rules: []wire.ClassifyRule{drop, wrong}}); api.ErrnoOf(err) != api.InvalidValue {
		t.Error(err)
	}
	if n := len(r.list(c, everyInterface)); n != 3 {
		t.Errorf("%d rules after a transaction that failed", n)
	}
	got, err := c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1, Rules: []wire.ClassifyRule{drop, drop}})
	r.ok(err)
	list := r.list(c, 1)
	if got.Removed != 2 || len(list) != 2 || list[0].RuleID != got.FirstRuleID || list[1].RuleID != got.FirstRuleID+1 {
		t.Errorf("%+v, then %+v", got, list)
	}
	_, err = c.ClassifyRulesDel(ctx, &wire.ClassifyRulesDel{RuleIds: []uint32{list[0].RuleID, list[1].RuleID}})
	r.ok(err)
	if got, err = c.ClassifyRulesReplace(ctx, &wire.ClassifyRulesReplace{SwIfIndex: 1}); err != nil || got.Removed != 0 || got.FirstRuleID != ^uint32(0) {
		t.Errorf("%+v, %v", got, err)
	}
}

// The rules of clients that were made for the classify plugin.
func TestPlainRules(t *testing.T) {
	r := newRig(t, "a", "b", "c", "d")
	c, ctx := r.client(), t.Context()
	_, err := c.ClassifyEnableDisable(ctx, &wire.ClassifyEnableDisable{SwIfIndex: 1, Enable: true})
	r.ok(err)
	plain := []wire.ClassifyAddRule{
		{SwIfIndex: 1, SrcIP: 0x0a000064, DstIP: 0x0a000002, SrcPort: 1000, DstPort: 80, Protocol: 6, Action: 1},
		{SwIfIndex: 1, DstPort: 53, Protocol: 17, Action: 2, RedirectSwIfIndex: 3},
		{SwIfIndex: 1, DstIP: 0x0a000009, Action: 1},
		{SwIfIndex: 1},
	}
	for i := range plain {
		_, err := c.ClassifyAddRule(ctx, &plain[i])
		r.ok(err)
	}
	r.cli("classify add rule a src 10.0.0.0/8 drop", "classify add rule a out dst 10.0.0.1 drop", "classify add rule a dst fd00::1 drop", "classify add rule a pass",
		"classify default a drop")
	r.drops("a", "tcp 10.0.0.100:1000 > 10.0.0.2:80 [S]", 0)
	r.passes("a", "c", "udp 10.0.0.1:1 > 10.0.0.2:53", 1)
	r.drops("a", "udp 10.0.0.1:1 > 10.0.0.9:2", 2)
	r.passes("a", "b", "tcp 10.0.0.101:1000 > 10.0.0.2:80 [S]", 3)
	r.passes("a", "b", "udp [fd00::2]:1 > [fd00::3]:53", 7) // a plain rule is for IPv4
	var got []wire.ClassifyRuleDetails
	for d, err := range c.ClassifyRuleDump(ctx, &wire.ClassifyRuleDump{}) {
		r.ok(err)
		got = append(got, *d)
	}
	if len(got) != len(plain) {
		t.Fatalf("%+v", got)
	}
	for i, d := range got {
		p := plain[i]
		if d.RuleIndex != uint32(i) || d.SwIfIndex != 1 || d.SrcIP != p.SrcIP || d.DstIP != p.DstIP || d.SrcPort != p.SrcPort || d.DstPort != p.DstPort ||
			d.Protocol != p.Protocol || d.Action != p.Action || d.PacketCount != 1 || d.ByteCount == 0 {
			t.Errorf("%+v of %+v", d, p)
		}
	}
	_, err = c.ClassifyEnableDisable(ctx, &wire.ClassifyEnableDisable{SwIfIndex: 1})
	r.ok(err)
	r.passes("a", "b", "tcp 10.0.0.100:1000 > 10.0.0.2:80 [S]", -1)
}

func TestInterfacesByMessages(t *testing.T) {
	r := newRig(t, "a", "b")
	c, ctx := r.client(), t.Context()
	_, err := c.ClassifyRulesSetDefault(ctx, &wire.ClassifyRulesSetDefault{SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP})
	r.ok(err)
	_, err = c.ClassifyRulesSetNonIP(ctx, &wire.ClassifyRulesSetNonIP{SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP})
	r.ok(err)
	r.cli("classify add rule a src 10.0.0.9 pass", "classify add rule a out pass", "classify add rule a out pass")
	r.line("a", "udp 10.0.0.1:1 > 10.0.0.2:2")
	read := func(swIf interface_types.InterfaceIndex) (list []wire.ClassifyRulesInterfaceDetails) {
		for d, err := range c.ClassifyRulesInterfaceDump(ctx, &wire.ClassifyRulesInterfaceDump{SwIfIndex: swIf}) {
			r.ok(err)
			list = append(list, *d)
		}
		return list
	}
	list := read(everyInterface)
	if len(list) != 1 || !slices.Equal(list, read(1)) {
		t.Fatalf("%+v", list)
	}
	if s := list[0]; s.SwIfIndex != 1 || !s.Enabled || s.DefaultAction != 1 || s.NonIPAction != 1 || s.RulesIn != 1 || s.RulesOut != 2 || s.DefaultIn.Packets != 1 || s.DefaultIn.Bytes == 0 {
		t.Errorf("%+v", s)
	}
	if list := read(2); len(list) != 1 || list[0] != (wire.ClassifyRulesInterfaceDetails{SwIfIndex: 2}) {
		t.Errorf("%+v", list)
	}
	for _, err := range c.ClassifyRulesInterfaceDump(ctx, &wire.ClassifyRulesInterfaceDump{SwIfIndex: 9}) {
		if !errors.Is(err, api.InvalidSwIfIndex) {
			t.Error(err)
		}
	}
}

// Bits of an address behind its prefix's length mean nothing.
func TestHostBitsOfAPrefix(t *testing.T) {
	r := newRig(t, "a", "b")
	c := r.client()
	m := wire.ClassifyRule{SwIfIndex: 1, Action: wire.CLASSIFY_RULE_API_DROP, Match: wire.CLASSIFY_RULE_API_MATCH_SRC | wire.CLASSIFY_RULE_API_MATCH_DST,
		Src: ip_types.Prefix{Address: ip_types.AddressOf(netip.MustParseAddr("10.1.2.3")), Len: 8},
		Dst: ip_types.Prefix{Address: ip_types.AddressOf(netip.MustParseAddr("10.9.9.9")), Len: 31}}
	_, err := c.ClassifyRuleAdd(t.Context(), &wire.ClassifyRuleAdd{Before: ^uint32(0), Rule: m})
	r.ok(err)
	list := r.list(c, everyInterface)
	if len(list) != 1 || list[0].Rule.Src != ip_types.PrefixOf(netip.MustParsePrefix("10.0.0.0/8")) || list[0].Rule.Dst != ip_types.PrefixOf(netip.MustParsePrefix("10.9.9.8/31")) {
		t.Errorf("%+v", list[0])
	}
}
