package pg_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/pg"
)

// A stream of VPP's text goes from one interface to the other, with the CLI telling of it.
func TestStream(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	for _, word := range []string{"enable", "enable-stream", "disable", "disable-stream"} { // no error: scripts for VPP go on
		if out, want := r.cli("packet-generator "+word), "no streams to "+strings.TrimSuffix(word, "-stream")+": `packet-generator new` makes one\n"; out != want {
			t.Errorf("%s: %q, want %q", word, out, want)
		}
	}
	if out := r.cli("show packet-generator"); out != "no streams currently defined\n" {
		t.Errorf("%q", out)
	}
	r.cli("packet-generator new { name x limit 300 size 60-60 interface pg0 node ethernet-input" +
		" data { IP4: 1.2.3 -> 4.5.6 UDP: 10.0.0.1 - 10.0.0.5 -> 20.0.0.1 UDP: 1000 -> 53 incrementing 18 } }")
	const head = "Name              Enabled        Count      Parameters\n"
	if out := r.cli("show packet-generator"); out != head+"x                    No            0        limit 300, rate 0.00e+00 pps, size 60-60, worker 0, \n" {
		t.Errorf("%q", out)
	}
	r.drain()
	r.cli("packet-generator enable")
	if out := r.cli("show packet-generator"); !strings.Contains(out, "Yes") {
		t.Errorf("%q", out)
	}
	r.drain()
	if out := r.cli("show packet-generator"); strings.Contains(out, "Yes") || !strings.Contains(out, " 300 ") {
		t.Errorf("%q", out)
	}
	if !r.pg.Idle(context.Background()) {
		t.Error("not idle")
	}
	if len(*got) != 300 {
		t.Fatalf("%d packets", len(*got))
	}
	for i, p := range *got {
		if want := fmt.Sprintf("udp 10.0.0.%d:1000 > 20.0.0.1:53 len 18 ", i%5+1); !strings.HasPrefix(packetline.String(p), want) {
			t.Fatalf("packet %d: %s, want %s", i, packetline.String(p), want)
		}
	}
	s, _ := r.InterfaceStatus(1)
	if s.Packets.RxPackets != 300 || s.Packets.RxBytes != 300*60 {
		t.Errorf("%+v", s.Packets)
	}
	if out := r.cli("show packet-generator verbose"); !strings.Contains(out, "interface pg0, node ethernet-input, maxframe 256") {
		t.Errorf("%q", out)
	}
	var out bytes.Buffer
	if err := r.CLI().Run(context.Background(), "show packet-generator", true, &out); err != nil {
		t.Error(err)
	}
	var list []pg.Status
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != 1 || list[0].Node != "ethernet-input" || list[0].Count != 300 || list[0].Enabled ||
		!strings.HasPrefix(list[0].Data, "IP4: ") {
		t.Errorf("%v, %s", err, out.String())
	}
	r.cli("packet-generator delete x")
	if len(r.pg.Streams()) != 0 {
		t.Error("not deleted")
	}
}

// What the scaffold of VPP's plugins calls setup.pg runs as it is, line by line.
func TestSetupPg(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	path := filepath.Join(t.TempDir(), "setup.pg")
	script := `
comment { simple debug CLI setup script w/ packet generator test vector }
set term page off
loop create
set int ip address loop0 192.168.1.1/24
set int state loop0 up

comment { Packet generator script. Src MAC 00:de:ad:be:ef:01 }
comment { Dst mac 01:ba:db:ab:be:01 ethtype 0800 }
packet-generator new {
    name simple
    limit 1
    size 128-128
    interface loop0
    node l2-xconnect
    data {
        hex 0x00deadbeef0001badbabbe010800
        incrementing 30
    }
}
`
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cli("exec " + path)
	r.cli("set interface l2 xconnect loop0 pg1")
	got := r.captured("pg1")
	r.cli("trace add pg-input 10")
	r.cli("packet-generator enable simple")
	r.drain()
	if len(*got) != 1 || !strings.HasPrefix(hex.EncodeToString((*got)[0]), "00deadbeef0001badbabbe010800000102030405") || len((*got)[0]) != 128 {
		t.Errorf("%x", *got)
	}
	if out := r.cli("show trace"); !strings.Contains(out, "stream simple, 128 bytes, sw_if_index 3, next_node l2-xconnect") {
		t.Errorf("%s", out)
	}
}

// A rate is exact on average by the clock, whatever the steps in which that goes on.
func TestRate(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	r.cli("packet-generator new { name x rate 1e4 interface pg0 data { UDP: 10.0.0.1 -> 20.0.0.1 UDP: 1000 -> 53 } }")
	r.cli("packet-generator enable x")
	r.drain()
	for _, d := range []time.Duration{time.Millisecond, 7 * time.Microsecond, 93 * time.Microsecond, 900 * time.Microsecond, time.Second, 3 * time.Second} {
		r.now += int64(d)
		r.drain()
		if want := int(r.now / 1e5); len(*got) != want {
			t.Errorf("after %v: %d packets, want %d", time.Duration(r.now), len(*got), want)
		}
	}
	before := len(*got)
	r.cli("packet-generator configure x rate 1 limit 50000")
	r.now += 5e9
	r.drain()
	r.now += 5e9
	r.drain()
	if n := len(*got) - before; n != 5 { // it counts from the first pass on
		t.Errorf("%d packets at another rate, want 5", n)
	}
	r.cli("packet-generator disable x")
	r.now += 5e9
	r.drain()
	if n := len(*got) - before; n != 5 {
		t.Errorf("%d packets once disabled", n)
	}
}

// Scripts replay identically: in another dataplane, and in the same one once the stream is made anew. One that is only enabled
// again goes on with its ranges where they were, as in VPP.
func TestReplaysIdentically(t *testing.T) {
	script := []string{
		"packet-generator new { name x limit 700 size 60+90 interface pg0 data { UDP: 10.0.0.1 + 10.9.9.9 -> 20.0.0.1 - 20.0.0.5 UDP: 1 + 65535 -> 53 incrementing 30 } }",
		"packet-generator new { name y limit 500 size 60-90 interface pg1 node ip4-input maxframe 7 data { TCP: 10.0.0.1 + 10.9.9.9 -> 20.0.0.1 TCP: 1 -> 53 + 60 SYN } }",
		"packet-generator enable",
	}
	once := func(r *rig) []byte {
		a, b := r.captured("pg0"), r.captured("pg1")
		for _, line := range script {
			r.cli(line)
		}
		r.drain()
		if len(*a) != 500 || len(*b) != 700 {
			t.Errorf("%d and %d packets", len(*a), len(*b))
		}
		return bytes.Join(append(*a, *b...), nil)
	}
	r := newRig(t, gvpp.Config{})
	first := once(r)
	if !bytes.Equal(first, once(r)) || !bytes.Equal(first, once(newRig(t, gvpp.Config{}))) {
		t.Error("it is not the same")
	}
	got := r.captured("pg1")
	r.cli("packet-generator enable x")
	r.drain()
	if len(*got) != 700 || bytes.Contains(first, (*got)[0]) {
		t.Errorf("%d packets of the stream that was enabled again", len(*got))
	}
}

// Streams of two kinds and a Go source share the frames; all come through.
func TestStreamsShare(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	p := packetline.MustBuild("udp 10.0.0.1:1 > 10.0.0.2:2 len 10")
	left := 1000
	source := next(func() []byte {
		if left == 0 {
			return nil
		}
		left--
		return p
	})
	if err := r.pg.Add(context.Background(), pg.Stream{Name: "go", Interface: "pg0", Packets: source}); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator new { name x limit 1000 interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator new { name y limit 1000 interface pg0 node ip4-input data { UDP: 10.0.0.1 -> 20.0.0.1 UDP: 1 -> 53 } }")
	r.cli("packet-generator enable")
	r.drain()
	kinds := map[int]int{}
	for _, p := range *got {
		kinds[len(p)]++
	}
	if kinds[len(p)] != 1000 || kinds[64] != 1000 || kinds[78] != 1000 {
		t.Errorf("by length: %v", kinds)
	}
	for _, s := range r.pg.Streams() {
		if s.Enabled || s.Count != 1000 {
			t.Errorf("%+v", s)
		}
	}
}

// next makes a source of a function.
type next func() []byte

func (n next) Next() []byte { return n() }

// Where packets begin: any node; the kinds that it does not take are dropped and counted, and so is what a down interface has.
func TestNodes(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	send := func(words, data string) int {
		t.Helper()
		*got = nil
		r.cli("packet-generator new { name x limit 2 interface pg0 " + words + " data { " + data + " } }")
		r.cli("packet-generator enable x")
		r.drain()
		return len(*got)
	}
	const udp4, udp6 = "UDP: 10.0.0.1 -> 20.0.0.1 UDP: 1 -> 53", "UDP: ::1 -> ::2 UDP: 1 -> 53"
	for _, c := range []struct {
		words, data string
		want        int
	}{
		{"node ip4-input", udp4, 2}, {"node ip6-input", udp6, 2}, {"node ip4-input", udp6, 0}, {"node l2-xconnect", udp4, 2},
		{"node l2-xconnect", "hex 0x00", 2}, {"node pg1", "hex 0x00", 2}, {"node interface-output tx-interface pg1", udp6, 2},
		{"node ip4-lookup", udp4, 0}, {"node error-drop", udp4, 0}, {"", udp4, 2},
		{"node ip4-input", "hex 0x4500001400000000401100000a00000114000001", 0}, // its checksum is wrong
	} {
		if n := send(c.words, c.data); n != c.want {
			t.Errorf("%s, %s: %d packets, want %d\n%v", c.words, c.data, n, c.want, r.Errors())
		}
	}
	if n := r.count("node of the stream does not take packets of this kind"); n != 0 {
		t.Errorf("%d of the wrong kind", n)
	}
	if send("node ip4-lookup", udp6); r.count("node of the stream does not take packets of this kind") != 2 {
		t.Errorf("%v", r.Errors())
	}
	r.cli("set interface state pg0 down")
	if n := send("", udp4); n != 0 || r.count("interface of the stream is down") != 2 {
		t.Errorf("%d packets, %v", n, r.Errors())
	}
	if s, _ := r.InterfaceStatus(1); s.Packets.RxDown != 2 || s.Packets.Drops < 2 {
		t.Errorf("%+v", s.Packets)
	}
	if n := send("size 5-5", "hex 0x00"); n != 0 {
		t.Errorf("%d packets", n)
	}
	r.cli("set interface state pg0 up")
	if send("size 5-5 node l2-xconnect", "hex 0x00"); r.count("packet is shorter than an Ethernet header") != 2 {
		t.Errorf("%v", r.Errors())
	}
	r.refused("packet-generator new { interface pg0 node interface-output data { hex 0x00 } }", "give tx-interface")
	r.refused("packet-generator new { interface pg0 node pg-input data { hex 0x00 } }", `no node "pg-input"`)
}

// An Ethernet header that is put in front has the interface's address.
func TestFront(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	got := r.captured("pg1")
	r.cli("packet-generator new { limit 1 interface pg0 data { UDP: 10.0.0.1 -> 20.0.0.1 UDP: 1 -> 53 } }")
	r.cli("packet-generator enable stream0")
	r.drain()
	if len(*got) != 1 || hex.EncodeToString((*got)[0][:14]) != "0200000000aa02fe0000ffff0800" {
		t.Errorf("%x", *got)
	}
}

// Packets of a capture are sent in its order, and into a capture again.
func TestPcap(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	r.cli("packet-generator new { name x limit 40 size 60-75 interface pg0 data { UDP: 10.0.0.1 - 10.0.0.9 -> 20.0.0.1 UDP: 1 -> 53 } }")
	r.cli("packet-generator capture pg1 pcap " + file("a"))
	r.refused("packet-generator capture pg1 pcap "+dir, "already exists")
	if _, err := os.Stat(file("a")); err == nil {
		t.Error("the file is there before the first packet")
	}
	r.cli("packet-generator enable x")
	r.drain()
	r.cli("packet-generator capture pg1 pcap " + file("a") + " disable")
	r.refused("packet-generator capture pg1 pcap "+file("a"), "already exists")
	// VPP's test framework: without braces, interface and node by the interface.
	r.cli("packet-generator new pcap " + file("a") + " source pg2 name y")
	r.cli("set interface l2 xconnect pg2 pg1")
	r.cli("packet-generator capture pg1 pcap " + file("b"))
	r.cli("packet-generator enable-stream y")
	r.drain()
	a, err := os.ReadFile(file("a"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(file("b"))
	if len(a) < 40*76 || !bytes.Equal(a, b) {
		t.Errorf("%d bytes in, %d out", len(a), len(b))
	}
	if s, _ := r.InterfaceStatus(3); !s.Up || s.Packets.RxPackets != 40 {
		t.Errorf("%+v", s)
	}
	r.cli("packet-generator capture pg1 pcap " + file("c") + " count 3")
	r.cli("packet-generator enable y")
	r.drain()
	if c, _ := os.ReadFile(file("c")); !bytes.Equal(c, a[:len(c)]) || len(c) != 24+3*16+74+75+76 {
		t.Errorf("%d bytes of a capture of 3", len(c))
	}
	r.refused("packet-generator new { name z interface pg0 pcap "+file("none")+" }", "no such file")
	r.refused("packet-generator new { name z interface pg0 pcap "+file("none")+" data { hex 0x00 } }", "more than one")
}

// An interface that is removed takes its streams and its capture along.
func TestInterfaceRemoved(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	r.captured("pg0")
	r.cli("packet-generator new { name x interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator new { name y interface pg1 tx-interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator new { name z interface pg1 data { hex 0x00 } }")
	r.cli("packet-generator enable")
	for range 5 {
		r.Step()
	}
	r.cli("delete packet-generator interface pg0")
	if s := r.pg.Streams(); len(s) != 1 || s[0].Name != "z" || !s[0].Enabled {
		t.Errorf("%+v", s)
	}
	r.refused("packet-generator capture pg0 disable", "no packet-generator interface")
	r.refused("packet-generator enable x", `no stream "x"`)
	r.cli("packet-generator delete z") // while it sends
	r.drain()
}

// The CLI completes names and says what is wrong.
func TestWords(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	r.cli("packet-generator new { name x interface pg0 data { hex 0x00 } }")
	r.cli("packet-generator new\n{ name y\ninterface pg0 buffer-size 2048 limit 1e3 size 64 + 128\nmaxframe 1000 worker 0 rate 2.5 data {\nhex 0x00 }\n}")
	if s := r.pg.Streams()[1]; s.Limit != 1000 || s.MinSize != 64 || s.MaxSize != 128 || !s.RandomSize || s.Rate != 2.5 || s.MaxFrame != 256 {
		t.Errorf("%+v", s)
	}
	for line, want := range map[string]string{
		"packet-generator new":                                                    "no packet data given",
		"packet-generator new { name":                                             "want a name",
		"packet-generator new { name x data { hex 0x00 }":                         "want } behind the last word",
		"packet-generator new { name x data { hex 0x00":                           "want } behind the data",
		"packet-generator new { name x data { } }":                                "want packet data",
		"packet-generator new { name x data hex }":                                "want { and the data",
		"packet-generator new { name x data { hex 0x00 } } x":                     "want nothing behind",
		"packet-generator new { name x colour red }":                              `"colour" (character 10): want name, limit`,
		"packet-generator new { data { hex 0x00 } }":                              "give interface IF",
		"packet-generator new { interface pg9 data { hex 0x00 } }":                "there are pg0, pg1",
		"packet-generator new { interface pg0 tx-interface x data { hex 0x00 } }": "there are pg0, pg1",
		"packet-generator new { interface pg0 node x data { hex 0x00 } }":         "`show graph` lists them",
		"packet-generator new { interface pg0 worker 1 data { hex 0x00 } }":       "worker 1: want 0 to 0",
		"packet-generator new { interface pg0 size 9-3 data { hex 0x00 } }":       "want bytes of the packets",
		"packet-generator new { interface pg0 size 9000-9000 data { hex 0x00 } }": "want 1792 at most",
		"packet-generator new { interface pg0 limit -1 data { hex 0x00 } }":       "want a number of packets",
		"packet-generator new { interface pg0 rate NaN data { hex 0x00 } }":       "want packets a second",
		"packet-generator new { interface pg0 maxframe 0 data { hex 0x00 } }":     "want a number of packets from 1",
		"packet-generator new { interface pg0 buffer-flags x data { hex 0x00 } }": `"x" (character 30): want name`,
		"packet-generator new { source x data { hex 0x00 } }":                     "want pg0, pg1",
		"packet-generator new { interface pg0 data { UDP: 10.0.0.1 -> 10.0.0 } }": `"10.0.0" behind "UDP: 10.0.0.1 ->"`,
		"packet-generator delete":                                                 "a stream's name",
		"packet-generator delete q":                                               "show packet-generator",
		"packet-generator enable q":                                               `no stream "q"`,
		"packet-generator configure x colour":                                     "want limit",
		"packet-generator configure q limit 3":                                    `no stream "q"`,
		"packet-generator configure x size 9000-9001":                             "want 1792 at most",
		"packet-generator capture pg0":                                            "expected pcap FILE",
		"packet-generator capture x pcap /tmp/none/x":                             "no packet-generator interface",
		"show packet-generator interface x":                                       "no packet-generator interface",
	} {
		r.refused(line, want)
	}
	r.cli("packet-generator new {\n  name v\n  limit 100\n  node ethernet-input\n  source pg0\n  rate 1000000.0\n  size 700+700\n  buffer-flags ip4 offload\n" +
		"  buffer-offload-flags offload-ip-cksum offload-udp-cksum\n  data {\n    IP4: 02:fe:00:00:00:01 -> 02:fe:00:00:00:02\n    UDP: 1.2.3.4 -> 5.6.7.8\n    UDP: 1234 -> 4321\n    incrementing 100\n  }\n}\n")
	r.cli("packet-generator configure x size 100-100 maxframe 3")
	if s := r.pg.Streams()[0]; s.MinSize != 100 || s.MaxFrame != 3 {
		t.Errorf("%+v", s)
	}
	for line, want := range map[string]string{
		"packet-generator enable ": "x", "packet-generator new { node pg-": "pg-input", "packet-generator new { interface ": "pg1",
		"packet-generator capture ": "pg0", "packet-generator new { max": "maxframe",
	} {
		if list := r.CLI().Complete(line); !slices.ContainsFunc(list, func(s string) bool { return strings.HasSuffix(s, want) }) {
			t.Errorf("%q: %v", line, list)
		}
	}
	if out := r.cli("show packet-generator interface pg0"); !strings.Contains(out, "id: 0\n  mode: ethernet\n  hw-addr: 02:00:00:00:00:aa") {
		t.Errorf("%q", out)
	}
}
