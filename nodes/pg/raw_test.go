package pg_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
)

// rawRig is a rig whose pg0, with Ethernet, and pg4 and pg6, without, route to each other.
func rawRig(t testing.TB) *rig {
	r := newRig(t, gvpp.Config{})
	for _, line := range []string{
		"set interface l3 pg0", "create packet-generator interface pg4 mode ip4", "create packet-generator interface pg6 mode ip6",
		"set interface state pg4 up", "set interface state pg6 up",
		"set interface ip address pg0 10.0.0.1/24", "set interface ip address pg0 2001:db8::1/64",
		"set interface ip address pg4 10.4.0.1/24", "set interface ip address pg6 2001:db8:6::1/64",
		"ip neighbor pg0 10.0.0.2 02:00:00:00:00:02", "ip neighbor pg0 2001:db8::2 02:00:00:00:00:02",
		"ip route add 20.0.0.0/8 via 10.4.0.9 pg4",
	} {
		r.cli(line)
	}
	r.drain()
	return r
}

// lines is packets that begin with the IP header, as lines.
func lines(list [][]byte) (out []string) {
	for _, p := range list {
		ether := make([]byte, 14, 14+len(p))
		binary.BigEndian.PutUint16(ether[12:], map[byte]uint16{4: 0x0800, 6: 0x86dd}[p[0]>>4])
		line, _, _ := strings.Cut(packetline.String(append(ether, p...)), " data ")
		line, _, _ = strings.Cut(line, " len ")
		out = append(out, line)
	}
	return out
}

// An interface without Ethernet receives what begins with the IP header, and sends what is routed there so, whoever it is for.
func TestRaw(t *testing.T) {
	r := rawRig(t)
	ether, raw4, raw6 := r.captured("pg0"), r.captured("pg4"), r.captured("pg6")
	for _, line := range []string{
		"packet-generator new { name a limit 2 size 64-64 source pg0 data { IP4: 02:00:00:00:00:02 -> 02:00:00:00:00:aa UDP: 10.0.0.2 -> 10.4.0.7 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator new { name b limit 2 size 64-64 source pg0 data { IP4: 02:00:00:00:00:02 -> 02:00:00:00:00:aa UDP: 10.0.0.2 -> 20.0.0.1 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator new { name c limit 2 size 90-90 source pg0 data { IP6: 02:00:00:00:00:02 -> 02:00:00:00:00:aa UDP: 2001:db8::2 -> 2001:db8:6::7 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator new { name d limit 2 size 64-64 source pg4 node ip4-input data { UDP: 10.4.0.7 -> 10.0.0.2 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator new { name e limit 2 size 90-90 source pg6 data { UDP: 2001:db8:6::7 -> 2001:db8::2 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator new { name f limit 1 source pg4 data { ICMP: 10.4.0.7 -> 10.4.0.1 ICMP echo_request incrementing 36 } }",
		"packet-generator new { name g limit 1 size 64-64 source pg4 data { UDP: 10.4.0.7 -> 10.0.0.2 ttl 1 UDP: 1 -> 2 incrementing 9 } }",
		"packet-generator enable",
	} {
		r.cli(line)
	}
	r.drain()
	want := map[*[][]byte][]string{
		raw4: {
			"icmp 10.4.0.1 > 10.4.0.7 type 11", "icmp 10.4.0.1 > 10.4.0.7 type 0 id 1 seq 515", "udp 10.0.0.2:1 > 10.4.0.7:2", "udp 10.0.0.2:1 > 10.4.0.7:2",
			"udp 10.0.0.2:1 > 20.0.0.1:2", "udp 10.0.0.2:1 > 20.0.0.1:2",
		},
		raw6: {"udp [2001:db8::2]:1 > [2001:db8:6::7]:2", "udp [2001:db8::2]:1 > [2001:db8:6::7]:2"},
	}
	for list, want := range want {
		got := lines(*list)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if len(*ether) != 4 {
		t.Errorf("%d packets with Ethernet", len(*ether))
	}
	for _, p := range *ether {
		if len(p) != 14+64 && len(p) != 14+90 || string(p[:12]) != "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\xaa" {
			t.Errorf("%x", p)
		}
	}
	if out := r.cli("show adjacency"); !strings.Contains(out, "ipv4 via 10.4.0.9 pg4: mtu:") {
		t.Errorf("%q", out)
	}
	if s, _ := r.InterfaceStatus(3); s.Packets.RxPackets != 4 || s.Packets.RxBytes < 3*64 || s.Packets.RxBytes > 3*64+84 {
		t.Errorf("%+v", s.Packets)
	}
}

// What has no Ethernet does not get where that is looked at.
func TestRawRefused(t *testing.T) {
	r := rawRig(t)
	for line, want := range map[string]string{
		"create packet-generator interface pg4":            "with mode ip4: delete it first",
		"create packet-generator interface pg7 mode token": "token",
		"set interface l2 xconnect pg4 pg0":                "pg4 has no Ethernet",
		"set interface l2 bridge pg4 1":                    "pg4 has no Ethernet",
		"create sub-interfaces pg4 10":                     "no Ethernet",
		"packet-generator new { source pg4 node ethernet-input data { UDP: 10.4.0.7 -> 10.0.0.2 UDP: 1 -> 2 } }": "begins at ip4-input or ip6-input",
		"packet-generator new { source pg4 data { IP4: 1.2.3 -> 4.5.6 UDP: 10.4.0.7 -> 10.0.0.2 UDP: 1 -> 2 } }": "leave an Ethernet header out",
	} {
		r.refused(line, want)
	}
	r.cli("create packet-generator interface pg4 mode ip4")
	if out := r.cli("show packet-generator interface pg6"); !strings.Contains(out, "mode: ip6\n") || strings.Contains(out, "hw-addr") {
		t.Errorf("%q", out)
	}
}

// A capture without Ethernet is sent as it is, and what is captured there is one.
func TestRawCaptures(t *testing.T) {
	r := rawRig(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "out.pcap")
	p := []byte("\x45\x00\x00\x1d\x00\x01\x00\x00\x40\x11\x66\xb9\x0a\x04\x00\x07\x0a\x04\x00\x08\x00\x01\x00\x02\x00\x09\x00\x00x")
	le := binary.LittleEndian
	file := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 0xa1b2c3d4), 2|4<<16), 0)
	for _, word := range []uint32{0, 65535, 101, 0, 0, uint32(len(p)), uint32(len(p))} {
		file = le.AppendUint32(file, word)
	}
	if err := os.WriteFile(in, append(file, p...), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator capture pg4 pcap " + out)
	r.cli("packet-generator new pcap " + in + " source pg4 name x")
	r.cli("packet-generator enable")
	r.drain()
	r.cli("packet-generator capture pg4 disable")
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := 24 + 16 + len(p); len(got) != want || got[20] != 12 || got[24+16+8] != 0x3f {
		t.Errorf("%x", got)
	}
	r.refused("packet-generator new pcap testdata/none.pcap source pg4 name y", "none.pcap")
	file[20] = 1
	if err := os.WriteFile(in, append(file, p...), 0o600); err != nil {
		t.Fatal(err)
	}
	r.refused("packet-generator new pcap "+in+" source pg4 name z", "has Ethernet headers")
}

// A stream that claims that checksums are left to an offload shows it, with the places of the headers, where it begins and is sent.
func TestOffloadWords(t *testing.T) {
	r := rawRig(t)
	r.cli("trace add pg-input 10")
	const flags = "buffer-flags ip4 offload buffer-offload-flags offload-ip-cksum offload-udp-cksum"
	r.cli("packet-generator new { name a limit 1 source pg0 " + flags + " data { IP4: 02:00:00:00:00:02 -> 02:00:00:00:00:aa UDP: 10.0.0.2 -> 10.4.0.7 UDP: 1 -> 2 incrementing 9 } }")
	r.cli("packet-generator new { name b limit 1 source pg6 " + flags + " data { UDP: 2001:db8:6::7 -> 2001:db8::2 UDP: 1 -> 2 incrementing 9 } }")
	r.cli("packet-generator enable")
	r.drain()
	out := r.cli("show trace")
	for _, want := range []string{
		"\n  ip4 offload-ip-cksum offload-udp-cksum  l2-hdr-offset 0 l3-hdr-offset 14 l4-hdr-offset 34\n", "\n  ip4 l2-hdr-offset 0 l3-hdr-offset 14 l4-hdr-offset 34\n",
		"\n  ip6 offload-ip-cksum offload-udp-cksum  l2-hdr-offset 0 l3-hdr-offset 0 l4-hdr-offset 40\n", "\n  ip6 l2-hdr-offset 0 l3-hdr-offset 0 l4-hdr-offset 40\n",
	} {
		if strings.Count(out, want) != 1 {
			t.Errorf("%s\nhas not %q once", out, want)
		}
	}
}
