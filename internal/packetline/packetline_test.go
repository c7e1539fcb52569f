package packetline

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// canonical are lines that String gives back as they are.
var canonical = []string{
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 []",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [SA] seq 7 ack 8 win 1024 len 100",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [FRPUEC] data 47455420",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] badl4sum",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] partial",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] mss 1460 sackok ts 5:0 nop wscale 7",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] ack 9 nop nop sack 20-30,40-4294967295 len 3",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] wscale 255 len 3",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] tcpopt fe040102",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] tcpopt 00000000",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] doff 4",
	"tcp 10.0.0.1:1000 > 10.0.0.2:80 [A] doff 15 len 39",
	"udp 10.0.0.1:1000 > 10.0.0.2:53",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 udplen 7 len 3",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 udplen 12 len 3",
	"udplite 10.0.0.1:1000 > 10.0.0.2:53 udplen 12 len 30",
	"udplite 10.0.0.1:1000 > 10.0.0.2:53 udplen 12 len 30 badl4sum",
	"sctp 10.0.0.1:1000 > 10.0.0.2:80 chunk init,tag=7",
	"sctp 10.0.0.1:1000 > 10.0.0.2:80 id 7 chunk init-ack,body=01 chunk abort,flags=1 chunk 99",
	"sctp 10.0.0.1:1000 > 10.0.0.2:80 id 7 chunk data,body=010203 chunk cookie-ack badl4sum",
	"sctp [::1]:1 > [::2]:2 chunk shutdown-complete nosum",
	"tcp [::1]:1 > [::2]:2 [S] ext hbh,ah,dst",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 nosum",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 partial len 7",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 frag 0+ ipid 9 len 1472",
	"udp 10.0.0.1 > 10.0.0.2 frag 185",
	"udp 10.0.0.1 > 10.0.0.2 frag 185+ len 16",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 ttl 1 tos 184 badsum vlan 5 vlan 6 pad 18",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 opt 01010101",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 vlan 5 dmac ff:ff:ff:ff:ff:ff smac 02:00:00:00:00:09 pad 18",
	"eth 0x0806 data 0800 smac 00:00:00:00:00:00",
	"udp 10.0.0.1:1000 > 10.0.0.2:53 len 100 cut 60",
	"udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 3",
	"udp [2001:db8::1]:1000 > [2001:db8::2]:53 ext hbh,rt,dst,frag ipid 77",
	"udp [2001:db8::1]:1000 > [2001:db8::2]:53 ext frag,dst frag 0+ len 16",
	"tcp 2001:db8::1 > 2001:db8::2 ext dst,frag frag 3 len 10",
	"tcp [::1]:1 > [::2]:2 [R] ttl 3 tos 9",
	"icmp 10.0.0.1 > 10.0.0.2",
	"icmp 10.0.0.1 > 10.0.0.2 type 0 id 7 seq 9 len 56",
	"icmpv6 fe80::1 > ff02::1 type 135 data fe80",
	"icmpv6 fe80::1 > fe80::2 id 4 seq 5",
	"sctp 10.0.0.1:1000 > 10.0.0.2:80 id 5 len 16",
	"dccp 10.0.0.1:1000 > 10.0.0.2:80",
	"udplite 10.0.0.1:1000 > 10.0.0.2:80 len 9",
	"gre 10.0.0.1 > 10.0.0.2 len 20",
	"esp 10.0.0.1 > 10.0.0.2 id 256 seq 1 len 40",
	"ah 2001:db8::1 > 2001:db8::2 id 256 seq 1",
	"ip proto 89 10.0.0.1 > 224.0.0.5 ttl 1 data 0201",
	"ip proto 6 10.0.0.1 > 224.0.0.5 data 0201",
	"ip proto 17 ::1 > ::2 len 7",
	"eth 0x0800 data 45000108000604",
	"eth 0x0806 data 000108000604",
	"eth 0x0000 cut 13",
	"eth 0x88cc len 46 vlan 7",
}

func TestCanonical(t *testing.T) {
	for _, line := range canonical {
		p, err := Build(line)
		if err != nil {
			t.Error(err)
			continue
		}
		got := String(p)
		if sorted(got) != sorted(line) { // words may come in another order
			t.Errorf("built of %q, it reads %q", line, got)
		}
		if !bytes.Equal(MustBuild(got), p) {
			t.Errorf("%q and %q are not the same bytes", line, got)
		}
	}
}

func sorted(line string) string {
	head, tail, _ := strings.Cut(line, " > ")
	words := strings.Fields(tail)
	for i := range words {
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return head + " > " + strings.Join(words, " ")
}

func TestOtherWaysToSay(t *testing.T) {
	for line, want := range map[string]string{
		"udp 10.0.0.1:1000 > 10.0.0.2:53 frag 185":                             "udp 10.0.0.1 > 10.0.0.2 frag 185",
		"tcp [::1]:1 > [::2]:2 [S] frag 0+ ext hbh":                            "tcp [::1]:1 > [::2]:2 [S] ext hbh,frag frag 0+",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 [S] mss 5 doff 5":                           "tcp 1.1.1.1:1 > 2.2.2.2:2 [S] data 02040005",
		"sctp 1.1.1.1:1 > 2.2.2.2:2 chunk data,len=0":                          "sctp 1.1.1.1:1 > 2.2.2.2:2 data 00000000",
		"udp 1.1.1.1:1 > 2.2.2.2:2 data ff len 3":                              "udp 1.1.1.1:1 > 2.2.2.2:2 data ff0001",
		"icmp 9.9.9.9 > 1.1.1.1 type 3 code 1 quote { esp 1.1.1.1 > 2.2.2.2 }": "icmp 9.9.9.9 > 1.1.1.1 type 3 code 1 data 4500001c00000000403274ab010101010202020200000000" + "00000000",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 [S] cut 40":                                 "ip proto 6 1.1.1.1 > 2.2.2.2 data 000100020000 len 20 cut 40",
	} {
		p, err := Build(line)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := String(p); got != want {
			t.Errorf("%q reads\n %s, want\n %s", line, got, want)
		}
	}
}

func TestErrorsNameTheWord(t *testing.T) {
	for line, want := range map[string]string{
		"":                                                            "want a protocol",
		"tcq 1.1.1.1:1 > 2.2.2.2:2":                                   `"tcq"`,
		"tcp 1.1.1.1:1 < 2.2.2.2:2":                                   `"<"`,
		"tcp 1.1.1.1:1 > 2.2.2.2":                                     "2.2.2.2: want a port",
		"icmp 1.1.1.1:1 > 2.2.2.2":                                    "1.1.1.1:1",
		"tcp 1.1.1.1:1 > [::1]:2":                                     "one family",
		"tcp 1.1.1.1:1 > 2.2.2.2:99999":                               `"2.2.2.2:99999"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 [X]":                               `"[X]"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 [S":                                `"[S"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 syn":                               `"syn"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 win 65536":                         `win "65536"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 win":                               "win",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 sack 5":                            `sack "5"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 sack 5-x":                          `sack "x"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 ts 1:2,3:4":                        "ts",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 doff 16":                           `doff "16"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 ts 1:2 ts 1:2 ts 1:2 ts 1:2 mss 3": "44 bytes",
		"sctp 1.1.1.1:1 > 2.2.2.2:2 chunk ini":                        `chunk "ini"`,
		"sctp 1.1.1.1:1 > 2.2.2.2:2 chunk init,tag=x":                 `tag "x"`,
		"sctp 1.1.1.1:1 > 2.2.2.2:2 chunk init,tug=5":                 `"tug=5"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 data xx":                           `data "xx"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 frag 8192":                         `frag "8192"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 ext hbh":                           "ext",
		"tcp [::1]:1 > [::2]:2 ext esp":                               `ext "esp"`,
		"tcp [::1]:1 > [::2]:2 opt 01010101":                          "opt",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 opt 01":                            "opt",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 cut 100":                           "cut 100",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 len 65500":                         "len 65500",
		"tcp 1.1.1.1:1 > 2.2.2.2:2 }":                                 `"}"`,
		"tcp 1.1.1.1:1 > 2.2.2.2:2 quote { ":                          "want a protocol",
		"ip 89 1.1.1.1 > 2.2.2.2":                                     `"89"`,
		"ip proto 256 1.1.1.1 > 2.2.2.2":                              `proto "256"`,
		"icmp 1.1.1.1 > 2.2.2.2 quote icmp":                           `"icmp"`,
		"tcp [fe80::1%eth0]:1 > [fe80::2]:2":                          `"[fe80::1%eth0]:1"`,
	} {
		_, err := Build(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %s", line, err, want)
		}
	}
}

// TestGopacketAgrees decodes the frames and serializes them again, lengths and checksums computed: nothing may change.
func TestGopacketAgrees(t *testing.T) {
	for _, line := range []string{
		"tcp 10.0.0.1:1000 > 10.0.0.2:80 [SA] seq 7 ack 8 win 1024 len 101",
		"udp 10.0.0.1:1000 > 10.0.0.2:4000 vlan 5 ttl 3 tos 4 ipid 6 data 0102030405",
		"udp [2001:db8::1]:1000 > [2001:db8::2]:4000 len 33",
		"tcp [2001:db8::1]:1000 > [2001:db8::2]:53 [R] tos 7",
		"icmp 10.0.0.1 > 10.0.0.2 type 8 id 7 seq 9 len 56",
		"icmpv6 fe80::1 > ff02::1 id 6 seq 5",
		"sctp 10.0.0.1:1000 > 10.0.0.2:80 id 5",
		"tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] mss 1460 sackok ts 5:0 nop wscale 7 len 3",
		"tcp [::1]:1000 > [::2]:80 [A] nop nop sack 20-30,40-50",
	} {
		want := MustBuild(line)
		p := gopacket.NewPacket(want, layers.LayerTypeEthernet, gopacket.Default)
		if p.ErrorLayer() != nil {
			t.Errorf("%q: %v", line, p.ErrorLayer().Error())
			continue
		}
		var parts []gopacket.SerializableLayer
		for _, l := range p.Layers() {
			if tr, ok := l.(interface {
				SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
			}); ok {
				if err := tr.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
					t.Fatal(err)
				}
			}
			parts = append(parts, l.(gopacket.SerializableLayer))
		}
		buf := gopacket.NewSerializeBuffer()
		opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		if err := gopacket.SerializeLayers(buf, opts, parts...); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(buf.Bytes(), want) { // behind SCTP's header, gopacket leaves zeros
			t.Errorf("%q:\n%x, gopacket\n%x", line, want, buf.Bytes())
		}
	}
}

func FuzzBuild(f *testing.F) {
	for _, line := range canonical {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		p, err := Build(line)
		if err != nil {
			return
		}
		again, err := Build(String(p))
		if err != nil {
			t.Fatal(err)
		}
		if len(again) != len(p) {
			t.Fatalf("%q has %d bytes, %q %d", line, len(p), String(p), len(again))
		}
	})
}

func FuzzString(f *testing.F) {
	for _, line := range canonical {
		f.Add(MustBuild(line))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) > 1<<16 {
			return
		}
		line := String(p)
		q, err := Build(line)
		if err != nil {
			t.Fatalf("%x: %v", p, err)
		}
		if len(q) != len(p) {
			t.Fatalf("%x: %d bytes became %q, of %d bytes", p, len(p), line, len(q))
		}
		if again := String(q); !bytes.Equal(MustBuild(again), q) {
			t.Fatalf("%q became %q, which is not the same bytes", line, again)
		}
	})
}
