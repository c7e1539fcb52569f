package interop

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api/interop/binapi/classify_rules"
	"github.com/gvpp/gvpp/api/interop/binapi/interface_types"
	"github.com/gvpp/gvpp/api/interop/binapi/ip_types"
)

// traffic goes from a to b all the time.
type traffic struct {
	r      *rig
	in     uint64 // the sender's
	out    atomic.Uint64
	quit   atomic.Bool
	sender sync.WaitGroup
}

// window is how many packets are under way: fewer than any queue has room for.
const window = 256

// flow starts traffic of 64 flows. Call it before any other packet.
func (r *rig) flow() *traffic {
	f := &traffic{r: r}
	count := func() { f.out.Add(1) }
	r.onTx.Store(&count)
	packets := make([][]byte, 64)
	for i := range packets {
		packets[i] = udp(uint16(1000 + i))
	}
	f.sender.Go(func() {
		for !f.quit.Load() {
			if f.in-f.out.Load() > window-uint64(len(packets)) {
				time.Sleep(20 * time.Microsecond)
				continue
			}
			f.in += uint64(r.a.Inject(0, packets...))
		}
	})
	return f
}

// end stops the traffic and reports how many packets were sent; each that has not arrived fails the test.
func (f *traffic) end() uint64 {
	f.r.t.Helper()
	f.quit.Store(true)
	f.sender.Wait()
	for end := time.Now().Add(10 * time.Second); f.out.Load() < f.in && time.Now().Before(end); {
		runtime.Gosched()
	}
	if got := f.out.Load(); got != f.in {
		f.r.t.Errorf("%d of %d packets are lost", f.in-got, f.in)
	}
	return f.in
}

// campaignRule is the rule with a number: none matches the traffic.
func campaignRule(i int) classify_rules.ClassifyRule {
	p := ip_types.Prefix{Len: 32}
	p.Address.Un.SetIP4(ip_types.IP4Address{11, byte(i >> 16), byte(i >> 8), byte(i)})
	return classify_rules.ClassifyRule{
		SwIfIndex: 1, Action: classify_rules.CLASSIFY_RULE_API_DROP, Proto: 17, Dst: p,
		Dport: classify_rules.ClassifyRulePorts{First: uint16(i), Last: uint16(i)},
		Match: classify_rules.CLASSIFY_RULE_API_MATCH_DST | classify_rules.CLASSIFY_RULE_API_MATCH_PROTO | classify_rules.CLASSIFY_RULE_API_MATCH_DPORT,
	}
}

// 100,000 rules, one by one and in one transaction, lose no packet of the traffic that they do not match.
func TestCampaign(t *testing.T) {
	r := newRig(t)
	client := classify_rules.NewServiceClient(r.connect())
	const n = 100_000
	f := r.flow()
	begin := time.Now()
	for i := range n {
		rep, err := client.ClassifyRuleAdd(t.Context(), &classify_rules.ClassifyRuleAdd{Before: ^uint32(0), Rule: campaignRule(i)})
		if err != nil {
			t.Fatalf("rule %d: %v, %+v", i, err, rep)
		}
	}
	t.Logf("%d rules one by one: %v; %d packets passed meanwhile", n, time.Since(begin).Round(time.Millisecond), f.end())
	r.count(n)

	all := &classify_rules.ClassifyRulesReplace{SwIfIndex: 1}
	for i := range n {
		all.Rules = append(all.Rules, campaignRule(n+i))
	}
	f = r.flow()
	begin = time.Now()
	rep, err := client.ClassifyRulesReplace(t.Context(), all)
	r.ok(err)
	t.Logf("%d rules by %d others in one transaction: %v; %d packets passed meanwhile", rep.Removed, n, time.Since(begin).Round(time.Millisecond), f.end())
	r.count(n)
}

// count checks that interface a has as many rules.
func (r *rig) count(n uint32) {
	r.t.Helper()
	dump, err := classify_rules.NewServiceClient(r.connect()).ClassifyRulesInterfaceDump(r.t.Context(), &classify_rules.ClassifyRulesInterfaceDump{SwIfIndex: 1})
	r.ok(err)
	d, err := dump.Recv()
	r.ok(err)
	if d.RulesIn != n {
		r.t.Errorf("%d rules, want %d", d.RulesIn, n)
	}
}

// The messages that the course's plugin has, with its CRCs.
func TestCourse(t *testing.T) {
	r := newRig(t)
	ch := r.channel()
	r.ok(ch.CheckCompatiblity(&classify_rules.ClassifyAddRule{}, &classify_rules.ClassifyRuleDump{}, &classify_rules.ClassifyRuleDetails{}))
	if crc := (&classify_rules.ClassifyAddRule{}).GetCrcString(); crc != "ccc89f5a" {
		t.Errorf("classify_add_rule_%s", crc)
	}
	rules := []classify_rules.ClassifyAddRule{
		{SwIfIndex: 1, SrcIP: 0x0a000001, DstIP: 0x0a000002, SrcPort: 1024, DstPort: 80, Protocol: 17, Action: 1},
		{SwIfIndex: 1, Protocol: 6},
	}
	for i := range rules {
		r.ok(ch.SendRequest(&rules[i]).ReceiveReply(&classify_rules.ClassifyAddRuleReply{}))
	}
	f := r.flow() // 64 flows, none of them to port 80
	await(t, "packets", func() bool { return f.out.Load() >= 64 })
	f.end()
	r.a.Inject(0, udp(80))
	await(t, "the packet to port 80 is counted", func() bool {
		d := dumpRules(t, r)
		return len(d) == 2 && d[0].PacketCount == 1 && d[0].DstPort == 80 && d[0].SrcIP == 0x0a000001 && d[0].Action == 1 && d[1].PacketCount == 0
	})
	stats := &classify_rules.ClassifyStatsGetReply{}
	r.ok(ch.SendRequest(&classify_rules.ClassifyStatsGet{}).ReceiveReply(stats))
	if stats.NDropped != 1 || stats.NPassed < 64 || stats.NClassified != stats.NPassed+1 {
		t.Errorf("%+v", stats)
	}
	wrong := &classify_rules.ClassifyEnableDisable{SwIfIndex: interface_types.InterfaceIndex(9), Enable: true}
	if err := ch.SendRequest(wrong).ReceiveReply(&classify_rules.ClassifyEnableDisableReply{}); err == nil {
		t.Error("interface 9 is enabled")
	}
}

func dumpRules(t *testing.T, r *rig) (list []classify_rules.ClassifyRuleDetails) {
	t.Helper()
	dump, err := classify_rules.NewServiceClient(r.connect()).ClassifyRuleDump(t.Context(), &classify_rules.ClassifyRuleDump{})
	r.ok(err)
	for {
		d, err := dump.Recv()
		if err != nil {
			return slices.Clip(list)
		}
		list = append(list, *d)
	}
}
