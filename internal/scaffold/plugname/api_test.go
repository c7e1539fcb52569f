package plugname

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/internal/scaffold/plugname/plugnameapi"
)

func dstOf(t testing.TB, prefix string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a client of the API socket does, in the same process.
func TestMessages(t *testing.T) {
	ctx := context.Background()
	_, h, a, b := newHarness(t, "")
	client := plugnameapi.NewClient(h.API())
	rule := plugnameapi.PlugnameRuleAdd{Dst: ip_types.PrefixOf(dstOf(t, "10.0.0.2/32")), Proto: 17, Port: 53, Action: plugnameapi.PLUGNAME_API_ACTION_DROP}
	added, err := client.PlugnameRuleAdd(ctx, &rule)
	if err != nil {
		t.Fatal(err)
	}
	h.SendAndAssertNoReplies(a, dns4)
	rules := 0
	for d, err := range client.PlugnameRuleDump(ctx, &plugnameapi.PlugnameRuleDump{}) {
		if err != nil {
			t.Fatal(err)
		}
		if rules++; d.RuleID != added.RuleID || d.Dst != rule.Dst || d.Proto != 17 || d.Port != 53 || d.Action != rule.Action || d.Packets != 1 {
			t.Errorf("%+v", d)
		}
	}
	stats, err := client.PlugnameStatsGet(ctx, &plugnameapi.PlugnameStatsGet{})
	if err != nil || rules != 1 || stats.Dropped != 1 || stats.Counted != 0 {
		t.Errorf("%d rules, %+v: %v", rules, stats, err)
	}
	if _, err := client.PlugnameEnableDisable(ctx, &plugnameapi.PlugnameEnableDisable{SwIfIndex: 1}); err != nil {
		t.Error(err)
	}
	h.SendAndExpect(a, dns4, b)
	if _, err := client.PlugnameRuleDel(ctx, &plugnameapi.PlugnameRuleDel{RuleID: added.RuleID}); err != nil {
		t.Error(err)
	}
}

func TestWrongMessages(t *testing.T) {
	ctx := context.Background()
	_, h, _, _ := newHarness(t, "")
	client := plugnameapi.NewClient(h.API())
	_, noInterface := client.PlugnameEnableDisable(ctx, &plugnameapi.PlugnameEnableDisable{SwIfIndex: 99, EnableDisable: true})
	_, noRule := client.PlugnameRuleDel(ctx, &plugnameapi.PlugnameRuleDel{RuleID: 7})
	_, action := client.PlugnameRuleAdd(ctx, &plugnameapi.PlugnameRuleAdd{Action: 2})
	_, family := client.PlugnameRuleAdd(ctx, &plugnameapi.PlugnameRuleAdd{Dst: ip_types.Prefix{Address: ip_types.Address{Af: 9}}})
	for _, c := range []struct {
		what      string
		got, want error
	}{
		{"an interface that is not there", noInterface, api.InvalidSwIfIndex},
		{"a rule that is not there", noRule, api.NoSuchEntry},
		{"an action that is none", action, api.InvalidValue},
		{"an address family that is none", family, api.InvalidValue},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}
