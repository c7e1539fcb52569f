package linuxcp_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/lcp"
	"github.com/gvpp/gvpp/dataplane/tap"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/linuxcp"
)

// taps gives out an interface in memory as the tap.
type taps struct {
	h    *gvpptest.Harness
	made []tap.Config
}

// Create returns the tap, and, as the dataplane does, that nobody waited for it if so.
func (t *taps) Create(ctx context.Context, c tap.Config, _ bool) (uint32, error) {
	t.made = append(t.made, c)
	return t.h.Interface("tap").Index, ctx.Err()
}

func (t *taps) HostDevice(uint32) (name, ns string, index int) {
	c := t.made[len(t.made)-1]
	return c.HostIf, c.HostNS, 42
}

// rig is a router with a paired interface: phy has 10.0.0.1/24 and fd00::1/64.
type rig struct {
	*gvpptest.Harness
	*taps
	phy, tap, other *gvpptest.Interface
	pairs           *linuxcp.Plugin
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{taps: new(taps)}
	r.pairs = linuxcp.New(r.taps)
	r.Harness = gvpptest.New(t, gvpptest.Config{Interfaces: []string{"phy", "tap", "other"}, Plugins: []plugin.Plugin{r.pairs}})
	r.taps.h = r.Harness
	r.phy, r.tap, r.other = r.Interface("phy"), r.Interface("tap"), r.Interface("other")
	r.Exec("set interface ip address phy 10.0.0.1/24\nset interface ip address phy fd00::1/64\nset interface ip address other 10.0.1.1/24\nset ip neighbor static phy 10.0.0.2 02:00:00:00:00:01")
	return r
}

const mac = " dmac 02:fe:00:00:00:01" // phy's

// toUs is what gvpp does not answer itself.
var toUs = gvpptest.Lines(
	"tcp 10.0.0.2:1000 > 10.0.0.1:22 [S]"+mac, "udp 10.0.0.2:1000 > 10.0.0.1:53"+mac, "udp 10.0.0.2:1000 > 10.0.1.1:53"+mac, "udp 10.0.0.2:1000 > 10.0.0.1:53 frag 185"+mac,
	"tcp [fd00::2]:1000 > [fd00::1]:22 [S]"+mac, "udp [fd00::2]:1000 > [fd00::1]:53"+mac,
)

func TestPunt(t *testing.T) {
	r := newRig(t)
	if got := r.Send(gvpptest.From(r.phy, toUs)); len(got[r.tap]) != 0 {
		t.Error("punted without a pair")
	}
	r.Exec("lcp default netns blue\nlcp create phy host-if e0")
	if c := r.made[0]; c.HostIf != "e0" || c.HostNS != "blue" || c.HostMAC.String() != "02:fe:00:00:00:01" || c.HostMTU != 1500 {
		t.Errorf("made %+v", c)
	}
	r.SendAndExpectSame(r.phy, toUs, r.tap)
	r.ExpectCounter("linux-cp-punt", "packets punted to the host", 6)
	ping := gvpptest.Lines("icmp 10.0.0.2 > 10.0.0.1" + mac)
	r.SendAndExpect(r.phy, ping, r.phy) // gvpp's own
	r.SendAndAssertNoReplies(r.other, gvpptest.Lines("tcp 10.0.1.2:1000 > 10.0.1.1:22 [S] dmac 02:fe:00:00:00:03"))
	r.ExpectNoAllocs(r.phy, toUs[:1])
	want := "lcp default netns 'blue'\nitf-pair: [0] phy tap e0 42 type tap netns blue\n  punted "
	if got := r.Exec("show lcp"); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := r.Exec("show lcp phy other"); strings.Contains(got, "pair") {
		t.Error(got)
	}
	r.Exec("lcp delete phy")
	if got := r.Send(gvpptest.From(r.phy, toUs[1:2])); len(got[r.phy]) != 1 { // a port unreachable
		t.Errorf("deleted: %v", got)
	}
	if strings.Contains(r.Exec("show interface"), "tap") {
		t.Error("the tap is still there")
	}
}

// What the host sends leaves by the phy as it is, whatever it is.
func TestFromTheHost(t *testing.T) {
	r := newRig(t)
	r.Exec("lcp create 1 host-if e0")
	frames := gvpptest.Lines(
		"tcp 10.0.0.1:22 > 10.0.0.2:1000 [SA] ttl 1", "tcp [fd00::1]:22 > [fd00::2]:1000 [SA]", "udp 10.0.0.1:53 > 10.0.0.2:1000 vlan 7", "udp 10.9.9.9:1 > 224.0.0.5:1 dmac 01:00:5e:00:00:05",
	)
	frames = append(frames, arp("ffffffffffff", 1, "0a000001", "0a000002"))
	r.SendAndExpectSame(r.tap, frames, r.phy)
	r.ExpectNoAllocs(r.tap, frames[:1])
}

// arp is a message of host 02:00:00:00:00:01.
func arp(dst string, op byte, from, to string) gvpptest.Packet {
	b, err := hex.DecodeString(dst + "020000000001" + "0806" + "0001080006040000" + "020000000001" + from + "000000000000" + to)
	if err != nil {
		panic(err)
	}
	b[21] = op
	return append(b, make([]byte, 18)...)
}

// Answers to the host's questions about neighbours reach gvpp and the host.
func TestNeighbours(t *testing.T) {
	r := newRig(t)
	r.Exec("lcp create phy host-if e0")
	reply := []gvpptest.Packet{arp("02fe00000001", 2, "0a000002", "0a000001"), arp("ffffffffffff", 1, "0a000002", "0a000002")}
	r.SendAndExpectSame(r.phy, reply, r.tap)
	r.ExpectCounter("linux-cp-arp-phy", "ARP replies copied to host", 2)
	r.ExpectCounter("arp-input", "ARP replies, taken note of", 2)
	for n := 14; n < 14+28; n++ { // what is cut off is no answer
		r.SendAndAssertNoReplies(r.phy, []gvpptest.Packet{reply[0][:n]})
	}
	r.SendAndExpect(r.phy, []gvpptest.Packet{arp("ffffffffffff", 1, "0a000002", "0a000001")}, r.phy) // answered by gvpp
	advertisement := gvpptest.Lines("icmpv6 fd00::2 > fd00::1 type 136 id 24576 data fd0000000000000000000000000000020201020000000001 ttl 255" + mac)
	r.SendAndExpectSame(r.phy, advertisement, r.tap)
	r.ExpectCounter("icmp6-neighbor-advertisement", "neighbour advertisements, taken note of", 1)
}

// Packets of sub-interfaces go to their parent's tap, tags and all, whenever the sub-interface was made.
func TestSubInterfaces(t *testing.T) {
	r := newRig(t)
	sub := func(vlan string) {
		r.Exec("create sub-interfaces phy " + vlan + "\nset interface state phy." + vlan + " up\nset interface ip address phy." + vlan + " 10." + vlan + ".0.1/24")
	}
	sub("5")
	r.Exec("lcp create phy host-if e0")
	sub("6")
	frames := gvpptest.Lines("tcp 10.5.0.2:1 > 10.5.0.1:22 [S] vlan 5"+mac, "tcp 10.6.0.2:1 > 10.6.0.1:22 [S] vlan 6"+mac)
	r.SendAndExpectSame(r.phy, frames, r.tap)
	r.Exec("delete sub-interface phy.5")
	r.SendAndExpectSame(r.phy, frames[1:], r.tap)
	r.Refused("lcp create phy.6 host-if e6", "pair phy")
}

// A flood is cut down to the limit, and the burst comes back with time.
func TestLimit(t *testing.T) {
	r := newRig(t)
	r.Exec("lcp create phy host-if e0\nlcp punt-limit phy rate 1000 burst 50")
	flood := gvpptest.Repeat(3000, "udp 10.0.0.2:%d > 10.0.0.1:53"+mac)
	for _, want := range []int{50, 0, 10, 50} {
		if got := len(r.Send(gvpptest.From(r.phy, flood))[r.tap]); got != want {
			t.Errorf("%d of a flood were punted, want %d", got, want)
		}
		if want == 0 {
			r.Advance(10 * time.Millisecond)
		} else if want == 10 {
			r.Advance(time.Hour)
		}
	}
	r.ExpectCounter("linux-cp-punt", "beyond the pair's limit", 4*3000-110)
	if got := r.Exec("show lcp"); !strings.Contains(got, "punted 110, 11890 beyond the limit of 1000 a second, 50 at once") {
		t.Error(got)
	}
	replies := make([]gvpptest.Packet, 100)
	for i := range replies {
		replies[i] = arp("02fe00000001", 2, "0a000002", "0a000001")
	}
	if got := len(r.Send(gvpptest.From(r.phy, replies))[r.tap]); got != 0 {
		t.Errorf("%d ARP replies beyond the limit", got)
	}
	r.Exec("lcp punt-limit phy rate 0")
	r.SendAndExpectSame(r.phy, flood[:500], r.tap)
	if got := r.Exec("show lcp"); !strings.Contains(got, "punted 610, no limit") { // counted on
		t.Error(got)
	}
	r.Refused("lcp punt-limit other rate 1", "show lcp")
}

func TestRefused(t *testing.T) {
	r := newRig(t)
	r.Exec("lcp create phy host-if e0")
	for line, want := range map[string]string{
		"lcp create phy host-if e1": "delete it first", "lcp create tap host-if e1": "tap of a pair", "lcp create other": "host-if NAME", "lcp create other host-if x tun": "TAP",
		"lcp create 77 host-if e1": "sw_if_index 77", "lcp delete other": "no pair", "lcp default netns " + strings.Repeat("x", 32): "31 characters",
	} {
		r.Refused(line, want)
	}
}

// A pair does not outlive its ends.
func TestEndsRemoved(t *testing.T) {
	for _, end := range []string{"phy", "tap"} {
		r := newRig(t)
		r.Exec("lcp create phy host-if e0\ndelete interface " + end)
		if got := r.Exec("show lcp"); strings.Contains(got, "pair") {
			t.Errorf("without %s: %s", end, got)
		}
		if end == "tap" {
			if got := r.Send(gvpptest.From(r.phy, toUs[1:2])); len(got[r.phy]) != 1 {
				t.Errorf("no port unreachable: %v", got)
			}
		} else if strings.Contains(r.Exec("show interface"), "tap") {
			t.Error("the tap is still there")
		}
	}
}

// Who goes away in the middle leaves a pair or none, and no tap without one.
func TestCallerGoesAway(t *testing.T) {
	for _, made := range []bool{false, true} {
		r := newRig(t)
		ctx, leave := context.WithCancel(t.Context())
		leave()
		var err error
		if made {
			r.Exec("lcp create phy host-if e0")
			err = r.pairs.Delete(ctx, r.phy.Index)
		} else {
			_, err = r.pairs.Create(ctx, r.phy.Index, "e0", "")
		}
		if list := r.pairs.All(); len(list) != 0 || strings.Contains(r.Exec("show interface"), "tap") {
			t.Errorf("%v; pairs %+v, and\n%s", err, list, r.Exec("show interface"))
		}
	}
}

func TestMessages(t *testing.T) {
	r := newRig(t)
	c, ctx := lcp.NewClient(r.API()), t.Context()
	phy, none := interface_types.InterfaceIndex(r.phy.Index), ^interface_types.InterfaceIndex(0)
	if _, err := c.LcpDefaultNsSet(ctx, &lcp.LcpDefaultNsSet{Netns: "red"}); err != nil {
		t.Error(err)
	}
	add := &lcp.LcpItfPairAddDelV3{IsAdd: true, SwIfIndex: phy, HostIfName: "e0"}
	made, err := c.LcpItfPairAddDelV3(ctx, add)
	if err != nil || made.VifIndex != 42 || uint32(made.HostSwIfIndex) != r.tap.Index {
		t.Errorf("%+v, %v", made, err)
	}
	for want, m := range map[api.Errno]*lcp.LcpItfPairAddDelV3{
		api.ValueExist: add, api.InvalidSwIfIndex: {IsAdd: true, SwIfIndex: none, HostIfName: "x"}, api.InvalidArgument: {IsAdd: true, SwIfIndex: phy + 2},
		api.Unimplemented: {IsAdd: true, SwIfIndex: phy + 2, HostIfName: "x", HostIfType: lcp.LCP_API_ITF_HOST_TUN},
	} {
		if _, err := c.LcpItfPairAddDelV3(ctx, m); api.ErrnoOf(err) != want {
			t.Errorf("%+v: %v, want %v", m, err, want)
		}
	}
	for only, want := range map[interface_types.InterfaceIndex]int{none: 1, phy: 1, phy + 1: 0} {
		n := 0
		_, err := c.LcpItfPairGetV2(ctx, &lcp.LcpItfPairGetV2{SwIfIndex: only}, func(d *lcp.LcpItfPairDetails) error {
			if d.PhySwIfIndex != phy || uint32(d.HostSwIfIndex) != r.tap.Index || d.HostIfName != "e0" || d.Netns != "red" || d.VifIndex != 42 {
				t.Errorf("%+v", d)
			}
			n++
			return nil
		})
		if err != nil || n != want {
			t.Errorf("%d: %d pairs, %v", only, n, err)
		}
	}
	if _, err := c.LcpItfPairAddDelV2(ctx, &lcp.LcpItfPairAddDelV2{SwIfIndex: phy}); err != nil {
		t.Error(err)
	}
	if _, err := c.LcpItfPairAddDel(ctx, &lcp.LcpItfPairAddDel{SwIfIndex: phy}); api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Error(err)
	}
}
