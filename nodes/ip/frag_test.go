package ip_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/internal/packetline"
)

func TestFragmentsAsText(t *testing.T) {
	r := routed(t)
	r.cli("set interface mtu ip4 600 b")
	udp := "udp 10.0.1.2:1 > 10.0.2.2:2 ipid 7 len 1000"
	r.expect("two", r.send("a", udp), "b: 22 "+udp+" udplen 1008 badl4sum frag 0+ len 568 ttl 63", "b: 22 udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 72 len 432 ttl 63")
	r.expect("as long as may be", r.send("a", "udp 10.0.1.2:1 > 10.0.2.2:2 len 572"), "b: 22 udp 10.0.1.2:1 > 10.0.2.2:2 len 572 ttl 63")
	r.expect("a fragment", r.send("a", "udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 9+ len 600"), "b: 22 udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 9+ len 576 ttl 63",
		"b: 22 udp 10.0.1.2 > 10.0.2.2 ipid 7 frag 81+ data 404142434445464748494a4b4c4d4e4f5051525354555657 ttl 63")
	r.expect("TTL", r.send("a", udp+" ttl 1")[:0])
	r.counted("ip4-frag: fragments sent", 4)
	r.cli("set interface mtu ip4 68 b")
	if got := len(r.send("a", udp)); got != 21 {
		t.Errorf("%d fragments", got)
	}
}

// Whatever the length, the options and the MTU, the pieces are no longer than that and come to the datagram that was sent.
func TestFragmentsComeTogether(t *testing.T) {
	r := routed(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		mtu := 68 + rng.IntN(1400)
		r.cli(fmt.Sprintf("set interface mtu ip4 %d b", mtu))
		line := fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.2:2 len %d", rng.IntN(1400))
		options := [][]byte{nil, {0x83, 3, 4, 0}, {1, 0x07, 3, 4}, {0x07, 3, 4, 0x83, 3, 4, 1, 0}, {0x83, 9, 0, 0}, {0x83, 0, 1, 1}, {0x83, 1, 1, 1}}[rng.IntN(7)]
		if options != nil {
			line += fmt.Sprintf(" opt %x", options)
		}
		sent := packetline.MustBuild(line)
		copy(sent, r.mems["a"].MAC)
		r.mems["a"].Inject(0, sent)
		for r.Step() {
		}
		pieces := r.mems["b"].Sent()
		if size := len(sent) - 14; (size > mtu) != (len(pieces) > 1) {
			t.Fatalf("%s, MTU %d: %d pieces of %d bytes", line, mtu, len(pieces), size)
		}
		head := 20 + len(options)
		var data []byte
		for i, p := range pieces {
			h := p[14:]
			own := int(h[0]&15) * 4
			total, word := int(binary.BigEndian.Uint16(h[2:])), binary.BigEndian.Uint16(h[6:])
			more := i < len(pieces)-1
			if total > mtu || total > len(h) || packet.Checksum(h[:own], 0) != 0 || int(word&0x1fff)*8 != len(data) || word&0x2000 != 0 != more || h[8] != 63 || i == 0 && own != head {
				t.Fatalf("%s, MTU %d, piece %d: %x", line, mtu, i, h[:own])
			}
			if at := bytes.IndexByte(h[20:own], 7); i > 0 && at >= 0 {
				t.Fatalf("%s, piece %d has an option that is the first one's only: %x", line, i, h[:own])
			}
			if i > 0 && len(options) == 4 && options[0] == 0x83 && options[1] == 3 && !bytes.Equal(h[20:own], options) {
				t.Fatalf("%s, piece %d lacks an option: %x", line, i, h[:own])
			}
			data = append(data, h[own:total]...)
		}
		if !bytes.Equal(data, sent[14+head:14+int(binary.BigEndian.Uint16(sent[16:]))]) {
			t.Fatalf("%s, MTU %d: the data is another", line, mtu)
		}
	}
}

// More datagrams than can wait are dropped, and counted; none is lost otherwise.
func TestFragmentsBounded(t *testing.T) {
	r := routed(t)
	r.cli("set interface mtu ip4 600 b")
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("udp 10.0.1.2:1 > 10.0.2.2:2 ipid %d len 1000", i))
	}
	if got := len(r.send("a", lines...)); got != 128 {
		t.Errorf("%d fragments", got)
	}
	r.counted("ip4-frag: too many datagrams to be cut at once", 36)
}

func TestPathMTU(t *testing.T) {
	r := routed(t)
	c, ctx := ipapi.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(a string, mtu uint16) error {
		_, err := c.IPPathMtuUpdate(ctx, &ipapi.IPPathMtuUpdate{Pmtu: ipapi.IPPathMtu{Nh: ip_types.AddressOf(netip.MustParseAddr(a)), PathMtu: mtu}})
		return err
	}
	sends := func(to string, want int) {
		t.Helper()
		if got := len(r.send("a", "udp 10.0.1.2:1 > "+to+":2 len 1000")); got != want {
			t.Errorf("%s: %d pieces, want %d", to, got, want)
		}
	}
	sends("10.0.2.2", 1)
	retval(t, "set", set("10.0.2.2", 600), 0)
	retval(t, "one who is not there yet", set("10.0.2.3", 400), 0)
	retval(t, "IPv6", set("2001:db8:2::2", 1280), 0)
	sends("10.0.2.2", 2)
	r.cli("set ip neighbor static b 10.0.2.3 02:00:00:00:00:23")
	sends("10.0.2.3", 3)
	r.cli("set interface mtu ip4 300 b")
	sends("10.0.2.2", 4)
	r.cli("set interface mtu ip4 0 b")
	if got := r.cli("show ip pmtu"); got != "table_id:0 10.0.2.2 pmtu:600\ntable_id:0 10.0.2.3 pmtu:400\ntable_id:0 2001:db8:2::2 pmtu:1280\n" {
		t.Error(got)
	}
	if out := r.send("a", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 len 1400"); len(out) != 1 || out[0][:5] != "a: 12" {
		t.Errorf("%q", out)
	}
	n := 0
	if _, err := c.IPPathMtuGet(ctx, &ipapi.IPPathMtuGet{}, func(d *ipapi.IPPathMtuDetails) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("%d listed, %v", n, err)
	}
	if _, err := c.IPPathMtuReplaceBegin(ctx, &ipapi.IPPathMtuReplaceBegin{}); err != nil {
		t.Error(err)
	}
	retval(t, "again", set("10.0.2.3", 400), 0)
	if _, err := c.IPPathMtuReplaceEnd(ctx, &ipapi.IPPathMtuReplaceEnd{}); err != nil {
		t.Error(err)
	}
	sends("10.0.2.2", 1)
	sends("10.0.2.3", 3)
	r.cli("set ip pmtu 10.0.2.3 del")
	sends("10.0.2.3", 1)
	retval(t, "beyond links", set("20.0.0.1", 600), api.Unimplemented)
	retval(t, "too small", set("10.0.2.2", 67), api.InvalidValue)
}

// What goes to a neighbour is counted where that is wanted, pieces each for itself.
func TestAdjacenciesCounted(t *testing.T) {
	r := routed(t)
	udp := "udp 10.0.1.2:1 > 10.0.2.2:2"
	r.send("a", udp)
	r.cli("adjacency counters enable\nset interface mtu ip4 600 b")
	r.send("a", udp, udp, "udp 10.0.1.2:1 > 10.0.3.2:2", udp+" ttl 1", udp+" len 1000", "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2")
	got := r.cli("show adj")
	for _, want := range []string{"10.0.2.2 b: mtu:600 02000000002202aa000000020800\n     counts:[4:1160]", "10.0.3.2 c: mtu:1500 02000000003202aa000000030800\n     counts:[1:42]",
		"ipv6 via 2001:db8:2::2 b: mtu:1500 02000000002202aa0000000286dd\n     counts:[1:62]", "10.0.1.2 a"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	index := got[strings.LastIndex(got[:strings.Index(got, "10.0.3.2 c")], "@")+1:]
	index = index[:strings.Index(index, "]")]
	if one := r.cli("show adjacency " + index); strings.Count(one, "\n") != 2 || !strings.Contains(one, "10.0.3.2 c") {
		t.Errorf("%s: %s", index, one)
	}
	r.cli("set ip neighbor del c 10.0.3.2\nset ip neighbor c 10.0.3.7 02:00:00:00:00:37")
	if got := r.cli("show adj"); !strings.Contains(got, "10.0.3.7 c") || strings.Contains(got, "[1:42]") {
		t.Error(got)
	}
	r.cli("adj counters disable")
	if got := r.cli("show adj"); strings.Contains(got, "counts") {
		t.Error(got)
	}
}
