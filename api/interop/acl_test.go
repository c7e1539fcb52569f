package interop

import (
	"errors"
	"slices"
	"testing"

	"go.fd.io/govpp/adapter/statsclient"
	govppapi "go.fd.io/govpp/api"
	"go.fd.io/govpp/binapi/acl"
	"go.fd.io/govpp/binapi/acl_types"
	"go.fd.io/govpp/binapi/ip_types"

	"go.fd.io/govpp/adapter"
)

// A control plane that knows VPP's ACL plugin, with GoVPP's own bindings.
func TestACL(t *testing.T) {
	r := newRig(t)
	client := acl.NewServiceClient(r.connect())
	anywhere, err := ip_types.ParsePrefix("0.0.0.0/0")
	r.ok(err)
	all := acl_types.ACLRule{IsPermit: acl_types.ACL_ACTION_API_PERMIT_REFLECT, SrcPrefix: anywhere, DstPrefix: anywhere, Proto: ip_types.IP_API_PROTO_UDP,
		SrcportOrIcmptypeLast: 65535, DstportOrIcmpcodeFirst: 1000, DstportOrIcmpcodeLast: 1010}
	made, err := client.ACLAddReplace(t.Context(), &acl.ACLAddReplace{ACLIndex: ^uint32(0), Tag: "udp out", Count: 1, R: []acl_types.ACLRule{all}})
	r.ok(err)
	_, err = client.ACLInterfaceSetACLList(t.Context(), &acl.ACLInterfaceSetACLList{SwIfIndex: 1, Count: 1, NInput: 1, Acls: []uint32{made.ACLIndex}})
	r.ok(err)
	_, err = client.ACLStatsIntfCountersEnable(t.Context(), &acl.ACLStatsIntfCountersEnable{Enable: true})
	r.ok(err)
	for port := range uint16(20) {
		r.a.Inject(0, udp(1000+port))
	}
	stats := statsclient.NewStatsClient(r.path("stats"))
	r.ok(stats.Connect())
	defer stats.Disconnect()
	await(t, "11 packets that the rule has matched", func() bool {
		entries, err := stats.DumpStats("/acl/0/matches")
		if errors.Is(err, adapter.ErrStatsDataBusy) { // something has just been added
			return false
		}
		r.ok(err)
		return len(entries) == 1 && matched(entries[0].Data) == 11
	})

	dump, err := client.ACLDump(t.Context(), &acl.ACLDump{ACLIndex: made.ACLIndex})
	r.ok(err)
	d, err := dump.Recv()
	if err != nil || d.Tag != "udp out" || !slices.Equal(d.R, []acl_types.ACLRule{all}) {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := client.ACLDel(t.Context(), &acl.ACLDel{ACLIndex: made.ACLIndex}); !errors.Is(err, govppapi.ACL_IN_USE_INBOUND) {
		t.Errorf("in use: %v", err)
	}
	if _, err := client.ACLInterfaceSetACLList(t.Context(), &acl.ACLInterfaceSetACLList{SwIfIndex: 1, Count: 1, NInput: 1, Acls: []uint32{9}}); !errors.Is(err, govppapi.NO_SUCH_ENTRY) {
		t.Errorf("list 9: %v", err)
	}
	if _, err := client.MacipACLDel(t.Context(), &acl.MacipACLDel{}); !errors.Is(err, govppapi.NO_SUCH_ENTRY) {
		t.Errorf("MAC lists: %v", err)
	}
	_, err = client.ACLInterfaceSetACLList(t.Context(), &acl.ACLInterfaceSetACLList{SwIfIndex: 1})
	r.ok(err)
	_, err = client.ACLDel(t.Context(), &acl.ACLDel{ACLIndex: made.ACLIndex})
	r.ok(err)
}

// matched adds up a counter of packets and bytes over threads and rules.
func matched(data adapter.Stat) (packets uint64) {
	counters, _ := data.(adapter.CombinedCounterStat)
	for _, thread := range counters {
		for _, c := range thread {
			packets += c.Packets()
		}
	}
	return packets
}
