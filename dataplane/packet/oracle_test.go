package packet

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/internal/packetline"
)

// randomLine is a well-formed packet without fragments, which gopacket does not look into.
func randomLine(rnd *rand.Rand) string {
	protos := []string{"tcp", "udp", "sctp", "udplite", "icmp", "icmpv6", "gre", "esp", "ah"}
	proto := protos[rnd.IntN(len(protos))]
	v6 := rnd.IntN(2) == 0 && proto != "icmp" || proto == "icmpv6"
	hasPorts := proto == "tcp" || proto == "udp" || proto == "sctp" || proto == "udplite"
	end := func() string {
		a := netip.AddrFrom4([4]byte{10, byte(rnd.Uint32()), byte(rnd.Uint32()), 1})
		if v6 {
			a = netip.AddrFrom16([16]byte{0x20, 1, 15: byte(rnd.Uint32())})
		}
		if hasPorts { // none that gopacket would decode further
			return netip.AddrPortFrom(a, uint16(20000+rnd.IntN(1000))).String()
		}
		return a.String()
	}
	words := []string{proto, end(), ">", end(), fmt.Sprintf("len %d ttl %d tos %d pad %d", rnd.IntN(1400), 1+rnd.IntN(255), rnd.IntN(256), rnd.IntN(20))}
	if proto == "tcp" {
		i := rnd.IntN(8)
		words = append(words, "["+"FSRPAUEC"[i:]+"]")
	}
	if strings.HasPrefix(proto, "icmp") {
		words = append(words, fmt.Sprintf("type %d code %d id %d", 150+rnd.IntN(50), rnd.IntN(4), rnd.IntN(1<<16)))
	}
	for range rnd.IntN(3) {
		words = append(words, fmt.Sprintf("vlan %d", rnd.IntN(4096)))
	}
	for range rnd.IntN(3) {
		if v6 {
			words = append(words, "ext dst")
		} else if !strings.Contains(strings.Join(words, " "), "opt") {
			words = append(words, "opt 0101010101010100")
		}
	}
	return strings.Join(words, " ")
}

func TestAgainstGopacket(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	n := 20000
	if testing.Short() {
		n = 2000
	}
	for range n {
		line := randomLine(rnd)
		p := packetline.MustBuild(line)
		var m buffer.Meta
		if f := parse(tight(p), &m); f != FaultNone {
			t.Fatalf("%s: %v", line, f)
		}
		got, want := flow(p, &m), gopacketFlow(p)
		if got != want {
			t.Fatalf("%s:\n%s, gopacket\n%s", line, got, want)
		}
	}
}

// flow is what identifies the packet's flow, by our parser.
func flow(p []byte, m *buffer.Meta) string {
	var b strings.Builder
	if m.IsIP4 {
		src, dst := Addrs4(p, m)
		fmt.Fprintf(&b, "%08x %08x %d", src, dst, m.Proto)
	} else {
		src, dst := Addrs6(p, m)
		fmt.Fprintf(&b, "%x %x %d", *src, *dst, m.Proto)
	}
	if m.HasPorts {
		fmt.Fprintf(&b, " ports %d %d", m.SrcPort, m.DstPort)
	}
	if m.HasTCPFlags {
		fmt.Fprintf(&b, " flags %02x", m.TCPFlags)
	}
	if m.HasICMP {
		id, _ := ICMPID(p, m)
		fmt.Fprintf(&b, " icmp %d %d id %d", m.ICMPType, m.ICMPCode, id)
	}
	fmt.Fprintf(&b, " vlans %d, %d bytes", m.VLANs, m.End-m.L4)
	return b.String()
}

// gopacketFlow is the same, by gopacket.
func gopacketFlow(p []byte) string {
	var b strings.Builder
	var proto layers.IPProtocol
	tags := 0
	var last []byte // the bytes of the layer whose header is the transport's
	head := ""
	for _, l := range gopacket.NewPacket(p, layers.LayerTypeEthernet, gopacket.NoCopy).Layers() {
		switch l := l.(type) {
		case *layers.Dot1Q:
			tags++
		case *layers.IPv4:
			if head != "" {
				continue // a tunnel's
			}
			head = fmt.Sprintf("%x %x", []byte(l.SrcIP.To4()), []byte(l.DstIP.To4()))
			proto, last = l.Protocol, l.LayerPayload()
		case *layers.IPv6:
			head = fmt.Sprintf("%x %x", []byte(l.SrcIP), []byte(l.DstIP))
			proto, last = l.NextHeader, l.LayerPayload()
		case *layers.IPv6Destination:
			proto, last = l.NextHeader, l.LayerPayload()
		case *layers.TCP:
			fmt.Fprintf(&b, " ports %d %d flags %02x", l.SrcPort, l.DstPort, l.Contents[13])
		case *layers.UDP:
			fmt.Fprintf(&b, " ports %d %d", l.SrcPort, l.DstPort)
		case *layers.UDPLite:
			fmt.Fprintf(&b, " ports %d %d", l.SrcPort, l.DstPort)
		case *layers.SCTP:
			fmt.Fprintf(&b, " ports %d %d", l.SrcPort, l.DstPort)
		case *layers.ICMPv4:
			fmt.Fprintf(&b, " icmp %d %d id %d", l.TypeCode.Type(), l.TypeCode.Code(), l.Id)
		case *layers.ICMPv6:
			fmt.Fprintf(&b, " icmp %d %d id %d", l.TypeCode.Type(), l.TypeCode.Code(), binary.BigEndian.Uint16(last[4:]))
		}
	}
	return fmt.Sprintf("%s %d%s vlans %d, %d bytes", head, proto, b.String(), tags, len(last))
}

// TestCorpus holds the parser against its twin over captures of real networks and of attempts to break parsers.
func TestCorpus(t *testing.T) {
	const dir = "../../../shared/data/pcap"
	files, _ := filepath.Glob(filepath.Join(dir, "*.pcap"))
	if len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	packets := 0
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pcapgo.NewReader(f)
		if err == nil && r.LinkType() == layers.LinkTypeEthernet {
			for p, _, err := r.ReadPacketData(); err == nil; p, _, err = r.ReadPacketData() {
				if len(p) < 1<<16 {
					checkPadding(t, tight(p), checkParse(t, tight(p)))
					packets++
				}
			}
		}
		f.Close()
	}
	t.Logf("%d packets", packets)
}
