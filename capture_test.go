package gvpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
)

// tracked is a dataplane with rules and sessions between a and b, at one moment.
func tracked(t testing.TB, now *int64) *rig {
	t.Helper()
	tracker := flowtrack.New()
	r := newRig(t, gvpp.Config{Clock: func() int64 { return *now }, Buffers: 2048, Plugins: []plugin.Plugin{tracker, reassembly.New(tracker), classify.New(tracker)}}, "a", "b")
	r.connect("a", "b")
	r.cli("classify add rule a in proto tcp dport 22 drop")
	r.cli("classify add rule a in proto tcp dport 80 keep-state pass")
	r.cli("classify add rule a in proto udp pass")
	r.cli("classify default a drop")
	return r
}

// captured reads a capture with gopacket: "interface: line", in order, and the comments with a reader of our own.
func captured(t testing.TB, file []byte) (out []string) {
	t.Helper()
	g, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	comments := comments(t, file)
	for {
		data, info, err := g.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		i, err := g.Interface(info.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%d bytes", info.Length)
		if info.Length == info.CaptureLength {
			line = packetline.String(data)
		}
		out = append(out, fmt.Sprintf("%s %v: %s", i.Name, info.Timestamp.UTC().Format("15:04:05.000000000"), line))
	}
	if len(out) != len(comments) {
		t.Fatalf("%d packets, %d comments", len(out), len(comments))
	}
	for i := range out {
		out[i] += "\n  " + comments[i]
	}
	return out
}

// comments are those of the packets of a pcapng file: option 1 of each enhanced packet block, with the direction.
func comments(t testing.TB, file []byte) (out []string) {
	t.Helper()
	u32 := func(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24 }
	for len(file) > 0 {
		n := u32(file[4:])
		block := file[:n]
		file = file[n:]
		if u32(block) != 6 {
			continue
		}
		comment, direction := "", uint32(0)
		for o := block[28+(u32(block[20:])+3)&^3 : n-4]; u32(o) != 0; {
			code, length := u32(o)&0xffff, u32(o)>>16
			switch code {
			case 1:
				comment = string(o[4:][:length])
			case 2:
				direction = u32(o[4:])
			}
			o = o[4+(length+3)&^3:]
		}
		out = append(out, [...]string{1: "in", 2: "out"}[direction]+" "+comment)
	}
	return out
}

func TestCapture(t *testing.T) {
	now := int64(90 * time.Second)
	r := tracked(t, &now)
	var file bytes.Buffer
	if err := r.StartCapture(&file, gvpp.CaptureConfig{Rx: true, Tx: true, Drop: true}); err != nil {
		t.Fatal(err)
	}
	r.send("a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:23 [S]")
	now += int64(time.Second)
	r.send("b", "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA] ack 1")
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53 badsum", "eth 0x0806 len 28")
	status, err := r.StopCapture()
	if err != nil || status.Captured != 9 || status.Missed != 0 || status.Octets != int64(file.Len()) {
		t.Errorf("%+v, %v, %d bytes", status, err, file.Len())
	}
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	golden(t, "capture.txt", strings.Join(captured(t, file.Bytes()), "\n")+"\n")
	reader, err := pcapport.NewReader(bytes.NewReader(file.Bytes()), "capture")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		p, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || p.Time < int64(90*time.Second) || p.Time > int64(91*time.Second) {
			t.Fatalf("packet %d: %+v, %v", n, p, err)
		}
	}
	if n != 9 {
		t.Errorf("%d packets", n)
	}
}

// What is asked for alone, on one interface, and no more than so many packets and bytes.
func TestCaptureParts(t *testing.T) {
	for _, c := range []struct {
		name   string
		config gvpp.CaptureConfig
		want   string
	}{
		{"drop", gvpp.CaptureConfig{Drop: true}, "a: dport 22, a: dport 24"},
		{"tx", gvpp.CaptureConfig{Tx: true}, "b: dport 80, b: dport 53"},
		{"tx of a", gvpp.CaptureConfig{Tx: true, Interface: 1}, ""},
		{"tx of b", gvpp.CaptureConfig{Tx: true, Interface: 2}, "b: dport 80, b: dport 53"},
		{"rx of a", gvpp.CaptureConfig{Rx: true, Interface: 1}, "a: dport 80, a: dport 22, a: dport 24, a: dport 53"},
		{"rx of b", gvpp.CaptureConfig{Rx: true, Drop: true, Interface: 2}, ""},
		{"3", gvpp.CaptureConfig{Rx: true, Tx: true, Max: 3}, "a: dport 80, a: dport 22, a: dport 24"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now int64
			r := tracked(t, &now)
			var file bytes.Buffer
			if err := r.StartCapture(&file, c.config); err != nil {
				t.Fatal(err)
			}
			r.send("a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:24 [S]", "udp 10.0.0.1:1000 > 10.0.0.2:53")
			if _, err := r.StopCapture(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range captured(t, file.Bytes()) {
				name, rest, _ := strings.Cut(line, " ")
				_, rest, _ = strings.Cut(rest, "10.0.0.2:")
				got = append(got, name+": dport "+rest[:2])
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}

// A fragment that waits is recorded when it goes on, with the time at which it came; one that still waits, when the capture ends.
func TestCaptureOfHeldPackets(t *testing.T) {
	now := int64(time.Second)
	r := tracked(t, &now)
	var file bytes.Buffer
	if err := r.StartCapture(&file, gvpp.CaptureConfig{Rx: true}); err != nil {
		t.Fatal(err)
	}
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 udplen 32 nosum frag 0+ ipid 7", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 frag 0+ ipid 8")
	now += int64(time.Second)
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 16 frag 3 ipid 7")
	status, err := r.StopCapture()
	if err != nil || status.Captured != 3 {
		t.Errorf("%+v, %v", status, err)
	}
	golden(t, "capture-held.txt", strings.Join(captured(t, file.Bytes()), "\n")+"\n")
	now += int64(time.Minute)
	r.send("a")
}

func TestCaptureIsRefused(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	for want, c := range map[string]gvpp.CaptureConfig{
		"capture of nothing":     {},
		"1000001 packets":        {Rx: true, Max: 1000001},
		"-1 packets":             {Rx: true, Max: -1},
		"31 bytes":               {Rx: true, MaxBytes: 31},
		"65536 bytes":            {Rx: true, MaxBytes: 65536},
		"MiB: want at most 1024": {Rx: true, Max: 1000000, MaxBytes: 2000, Preallocate: true},
		"sw_if_index 7":          {Rx: true, Interface: 7},
	} {
		if err := r.StartCapture(io.Discard, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	if _, err := r.StopCapture(); !errors.Is(err, gvpp.ErrNoCapture) || strings.Contains(err.Error(), gvpp.ErrCapture.Error()) {
		t.Errorf("stop without a start: %v", err)
	}
	if err := r.StartCapture(io.Discard, gvpp.CaptureConfig{Rx: true}); err != nil {
		t.Error(err)
	}
	if err := r.StartCapture(io.Discard, gvpp.CaptureConfig{Rx: true}); !errors.Is(err, gvpp.ErrCapture) || errors.Is(err, gvpp.ErrNoCapture) {
		t.Errorf("a second one: %v", err)
	}
	full := fullDisk{}
	if _, err := r.StopCapture(); err != nil {
		t.Error(err)
	}
	if err := r.StartCapture(&full, gvpp.CaptureConfig{Rx: true}); err != nil {
		t.Error(err)
	}
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	if s := r.CaptureStatus(); !strings.Contains(s.Error, "disk full") {
		t.Errorf("%+v", s)
	}
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	if _, err := r.StopCapture(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("stop: %v", err)
	}
}

// fullDisk takes one write.
type fullDisk struct{ n int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.n++; f.n > 1 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestPcapTrace(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	dir := t.TempDir()
	path := filepath.Join(dir, "x.pcapng")
	for line, want := range map[string]string{
		"pcap trace": "expected rx, tx or drop", "pcap trace rx max 0": "out of range", "pcap trace rx max-bytes-per-pkt 31": "out of range",
		"pcap trace rx file ../x": "..", "pcap trace rx file a/b": "want a name", "pcap trace rx intfc nobody": "nobody", "pcap trace rx nonsense": "nonsense",
		"pcap trace rx off max 1": "takes nothing else", "pcap trace off": "no capture goes on", "pcap trace rx file " + dir: "no file",
		"pcap trace rx file": "expected a file name", "pcap trace rx file /nowhere/at/all": "no such file",
	} {
		r.refused(line, want)
	}
	if got := r.cli("pcap trace status"); got != "pcap dispatch capture disabled\n" {
		t.Errorf("status: %q", got)
	}
	if got, want := r.cli("pcap trace rx drop max 5 max-bytes-per-pkt 64 intfc a file "+path), "pcap rx and drop capture enabled, to file "+path+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.refused("pcap trace tx", "goes on already")
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53 len 100")
	if got, want := r.cli("pcap trace status"), "pcap rx and drop dispatch capture enabled: 1 of 5 pkts...\nof interface a\ncapture to file "+path+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var out bytes.Buffer
	var status gvpp.CaptureStatus
	if err := r.CLI().Run(context.Background(), "pcap trace status", true, &out); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &status); err != nil || !status.On || status.Captured != 1 || status.MaxBytes != 64 || status.Interface != "a" {
		t.Errorf("%+v, %v", status, err)
	}
	if got, want := r.cli("pcap trace off"), "Write 1 packets to "+path+", and stop capture...\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	file, _ := os.ReadFile(path)
	if got := captured(t, file); len(got) != 1 || !strings.Contains(got[0], "a 00:00:00.000000000: 142 bytes") {
		t.Errorf("%q", got)
	}
	if got := r.cli("pcap trace tx file " + path); !strings.Contains(got, "replaced") {
		t.Errorf("got %q", got)
	}
	if got := r.cli("pcap trace off"); got != "No packets captured...\n" {
		t.Errorf("got %q", got)
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("of somebody else"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.refused("pcap trace rx file "+other, "no capture")
	if text, err := os.ReadFile(other); err != nil || string(text) != "of somebody else" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Truncate(other, 0); err != nil {
		t.Fatal(err)
	}
	r.cli("pcap trace rx file " + other)
	r.cli("pcap trace off")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	r.refused("pcap trace rx file "+link, "no file")
}

// A capture that nobody ends, ends with the dataplane; and what a running dataplane captures is written meanwhile.
func TestCaptureOfARunningDataplane(t *testing.T) {
	r := newRig(t, gvpp.Config{Workers: 2}, "a", "b")
	r.connect("a", "b")
	stop := r.run()
	path := filepath.Join(t.TempDir(), "x")
	r.cli("pcap trace rx tx max 100 file " + path)
	r.cli("trace add " + graph.Entry + " 5")
	p := packetline.MustBuild("udp 10.0.0.1:1000 > 10.0.0.2:53")
	for i := range 60 {
		r.mems["a"].Inject(i%2, p)
	}
	for end := time.Now().Add(20 * time.Second); r.CaptureStatus().Captured < 100; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", r.CaptureStatus())
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if s := r.CaptureStatus(); s.On {
		t.Errorf("%+v", s)
	}
	file, err := os.ReadFile(path)
	if got := captured(t, file); err != nil || len(got) != 100 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// What it costs to write a captured packet, with its comment.
func BenchmarkCaptureWrite(b *testing.B) {
	var now int64
	r := tracked(b, &now)
	const batch = 200
	var lines []string
	for i := range batch {
		lines = append(lines, fmt.Sprintf("tcp 10.0.0.1:%d > 10.0.0.2:80 [S]", i+1))
	}
	var packets [][]byte
	for _, l := range lines {
		packets = append(packets, packetline.MustBuild(l))
	}
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprintf("on=%v", on), func(b *testing.B) {
			if on {
				if err := r.StartCapture(io.Discard, gvpp.CaptureConfig{Rx: true, Max: graph.MaxCapture}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				r.mems["a"].Inject(0, packets...)
				for r.Step() {
				}
				r.mems["b"].Sent()
			}
			if on {
				if s, err := r.StopCapture(); err != nil || s.Captured == 0 || s.Captured == s.Max {
					b.Fatalf("%+v, %v", s, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/packet")
		})
	}
}

// A capture has packets with Ethernet and without, and says so of each: on an interface that has none, and where they are dropped
// behind the node that would have put a header in front.
func TestCaptureRaw(t *testing.T) {
	now := int64(time.Second)
	r := newRig(t, gvpp.Config{Clock: func() int64 { return now }, Buffers: 2048}, "a")
	for _, line := range []string{
		"create packet-generator interface pg4 mode ip4", "set interface state pg4 up", "set interface ip address pg4 10.4.0.1/24",
		"set interface ip address a 10.0.0.1/24", "ip neighbor a 10.0.0.2 02:00:00:00:00:02",
		"packet-generator new { name x limit 1 source pg4 data { UDP: 10.4.0.7 -> 10.0.0.2 UDP: 1 -> 2 incrementing 18 } }",
		"packet-generator new { name y limit 1 source pg4 data { UDP: 10.4.0.7 -> 10.4.0.8 UDP: 1 -> 3 incrementing 18 } }",
		"packet-generator new { name z limit 1 source pg4 data { UDP: 10.4.0.7 -> 99.0.0.1 UDP: 1 -> 4 incrementing 18 } }",
	} {
		r.cli(line)
	}
	var file bytes.Buffer
	if err := r.StartCapture(&file, gvpp.CaptureConfig{Rx: true, Tx: true}); err != nil {
		t.Fatal(err)
	}
	r.cli("packet-generator enable")
	for r.Step() {
	}
	if _, err := r.StopCapture(); err != nil {
		t.Fatal(err)
	}
	g, err := pcapgo.NewNgReader(bytes.NewReader(file.Bytes()), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for {
		data, info, err := g.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		i, err2 := g.Interface(info.InterfaceIndex)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if version := data[map[bool]int{true: 0, false: 14}[i.LinkType == layers.LinkTypeRaw]] >> 4; version != 4 {
			t.Errorf("%s: %x", i.Name, data)
		}
		got[fmt.Sprintf("%s %d %v", i.Name, len(data), i.LinkType)]++
	}
	if want := map[string]int{"pg4 64 Raw": 4, "a 78 Ethernet": 1}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
