package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/internal/packetline"
)

var update = flag.Bool("update", false, "write the golden files")

// shot is a packet of a capture made for a test.
type shot struct {
	at   time.Duration // since start
	line string
}

const start = int64(1_700_000_000_000_000_000)

// capture writes packets and returns the file's path.
func capture(t *testing.T, shots ...shot) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pcap")
	w, err := pcapport.Create(path, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shots {
		if err := w.Write(start+int64(s.at), packetline.MustBuild(s.line), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// run replays and returns the verdicts and what the lines printed.
func run(t *testing.T, o Options, lines ...string) (verdicts, output string, s Summary, err error) {
	t.Helper()
	var v, out bytes.Buffer
	o.Verdicts, o.Output = &v, &out
	o.Exec, o.ExecName = strings.NewReader(strings.Join(lines, "\n")), "rules"
	s, err = Run(context.Background(), o)
	return v.String(), out.String(), s, err
}

const second = time.Second

// TestGolden tells of every kind of verdict.
func TestGolden(t *testing.T) {
	a := capture(t,
		shot{0, "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]"},
		shot{2 * second, "tcp 10.0.0.1:1000 > 10.0.0.2:80 [A]"},
		shot{3 * second, "udp 10.0.0.1:5 > 10.0.0.2:53"},
		shot{4 * second, "udp 10.0.0.1:5 > 10.0.0.3:53"},
		shot{5 * second, "eth 0x0806 len 28"},
		shot{6 * second, "udp 10.0.0.1:5 > 10.0.0.2:53 badsum"},
		shot{7 * second, "udp [::1]:5 > [::2]:99 vlan 5 vlan 6"},
		shot{8 * second, "tcp 10.0.0.1:1000 > 10.0.0.2:80 [R]"},
		shot{9 * second, "udp 10.0.0.1:5 > 10.0.0.2:53 cut 9"},
		shot{60 * second, "udp 10.0.0.1:5 > 10.0.0.2:53"})
	b := capture(t,
		shot{second, "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA]"},
		shot{2 * second, "tcp 10.0.0.2:81 > 10.0.0.1:1000 [SA]"},
		shot{2 * second, "icmp 10.0.0.2 > 10.0.0.1 type 3 code 1"})
	verdicts, output, sum, err := run(t, Options{In: []File{{"a", a}, {"b", b}}, Interfaces: []string{"c"}, Then: []string{"show classify"}},
		"set interface l2 xconnect a b",
		"classify add rule a proto tcp dport 80 tcp-flags S/SA keep-state pass",
		"classify add rule a dst 10.0.0.3 redirect c",
		"classify add rule a proto udp dport 99 drop",
		"classify default b drop")
	if err != nil || sum != (Summary{Packets: 13, Passed: 7, Dropped: 5, Redirected: 1, Seconds: 60}) {
		t.Errorf("%+v, %v", sum, err)
	}
	golden(t, "verdicts.jsonl", verdicts)
	golden(t, "show.txt", output)
	for l := range strings.Lines(verdicts) {
		if !json.Valid([]byte(l)) {
			t.Errorf("no JSON: %s", l)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || got != string(want) {
		t.Errorf("%s: %v\n%s", path, err, got)
	}
}

// TestOutEqualsPassed: the output capture has the packets that passed, as they were, at their times.
func TestOutEqualsPassed(t *testing.T) {
	lines := []string{"udp 10.0.0.1:1 > 10.0.0.2:53 pad 9", "udp 10.0.0.1:2 > 10.0.0.2:53", "eth 0x88cc len 46", "udp 10.0.0.1:3 > 10.0.0.2:53 vlan 7"}
	in := capture(t, shot{0, lines[0]}, shot{1, lines[1]}, shot{2, lines[2]}, shot{3, lines[3]})
	out := filepath.Join(t.TempDir(), "out.pcap")
	if _, _, _, err := run(t, Options{In: []File{{"a", in}}, Out: []File{{"b", out}}}, "classify add rule a proto udp sport 2 drop"); err != nil {
		t.Fatal(err)
	}
	r, err := pcapport.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	for _, i := range []int{0, 2, 3} {
		p, err := r.Next()
		if err != nil || !bytes.Equal(p.Data, packetline.MustBuild(lines[i])) || p.Time != start+int64(i) {
			t.Errorf("%s: %x at %d, %v", lines[i], p.Data, p.Time, err)
		}
	}
	if _, err := r.Next(); err == nil {
		t.Error("more than that passed")
	}
}

// TestBroken: what comes before the broken place is there, then the error names the offset.
func TestBroken(t *testing.T) {
	path := capture(t, shot{0, "udp 10.0.0.1:1 > 10.0.0.2:53"}, shot{1, "udp 10.0.0.1:1 > 10.0.0.2:53"})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-5], 0o644); err != nil {
		t.Fatal(err)
	}
	verdicts, _, sum, err := run(t, Options{In: []File{{"a", path}}, Interfaces: []string{"b"}})
	var broken *pcapport.FormatError
	if !errors.As(err, &broken) || broken.Offset != 24+16+42 || sum.Packets != 1 || strings.Count(verdicts, "\n") != 1 {
		t.Errorf("%v, %+v, %s", err, sum, verdicts)
	}
	if err := os.WriteFile(path, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x69\x00\x00\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err = run(t, Options{In: []File{{"a", path}}}); err == nil || !strings.Contains(err.Error(), "link type 105 (IEEE802_11)") {
		t.Errorf("802.11: %v", err)
	}
}

// TestTimes: time that goes back stands still, huge gaps end every session at once.
func TestTimes(t *testing.T) {
	const year = 365 * 24 * time.Hour
	const p = "udp 10.0.0.1:1 > 10.0.0.2:53"
	in := capture(t, shot{50 * year, p}, shot{0, p}, shot{50*year + 29*second, p}, shot{80 * year, p}, shot{80*year + 1, p}, shot{80*year + 31*second, p})
	begun := time.Now()
	verdicts, _, _, err := run(t, Options{In: []File{{"a", in}}, Interfaces: []string{"b"}}, "classify default a pass")
	if err != nil || time.Since(begun) > 5*second {
		t.Fatal(err)
	}
	var flows []int
	for l := range strings.Lines(verdicts) {
		var v struct{ Flow int }
		if err := json.Unmarshal([]byte(l), &v); err != nil {
			t.Fatal(err)
		}
		flows = append(flows, v.Flow)
	}
	if want := [6]int{0, 0, 0, 1, 1, 2}; [6]int(flows) != want {
		t.Errorf("sessions %d, want %d", flows, want)
	}
}

func TestOddPackets(t *testing.T) {
	in := capture(t, shot{0, "udp 10.0.0.1:1 > 10.0.0.2:53 pad 70000"}, shot{1, "udp 10.0.0.1:1 > 10.0.0.2:53 cut 0"},
		shot{2, "udp 10.0.0.1:1 > 10.0.0.2:53 len 65000"}, shot{3, "udp 10.0.0.1:1 > 10.0.0.2:53 pad 65493"})
	verdicts, _, sum, err := run(t, Options{In: []File{{"a", in}}, Interfaces: []string{"b"}})
	if err != nil || sum.Passed != 2 || !strings.Contains(verdicts, "packet longer than 65535 bytes") || !strings.Contains(verdicts, "frame shorter than an Ethernet header") {
		t.Errorf("%v, %+v\n%s", err, sum, verdicts)
	}
	verdicts, _, sum, err = run(t, Options{In: []File{{"a", in}}, Interfaces: []string{"b"}}, "set interface state a down")
	if err != nil || sum.Dropped != 4 || strings.Count(verdicts, "interface is down") != 3 {
		t.Errorf("down: %v, %+v\n%s", err, sum, verdicts)
	}
	verdicts, _, sum, err = run(t, Options{In: []File{{"a", in}}, Interfaces: []string{"b"}}, "set interface state b down")
	if err != nil || sum.Dropped != 4 || strings.Count(verdicts, `"node":"interface-output","reason":"interface is down or gone"`) != 2 {
		t.Errorf("peer down: %v, %+v\n%s", err, sum, verdicts)
	}
}

func TestErrors(t *testing.T) {
	in := capture(t, shot{0, "udp 10.0.0.1:1 > 10.0.0.2:53"})
	for name, c := range map[string]struct {
		o    Options
		line string
		want string
	}{
		"missing":  {Options{In: []File{{"a", "/nonexistent"}}}, "", `capture "/nonexistent"`},
		"line":     {Options{In: []File{{"a", in}}}, "\nclassify add rule x pass", `rules:2: classify add rule: no interface "x"; there are a`},
		"output":   {Options{In: []File{{"a", in}}, Out: []File{{"b", in}}}, "", "is also an input"},
		"outputs":  {Options{In: []File{{"a", in}}, Out: []File{{"b", in + "1"}, {"b", in + "2"}}}, "", "two output captures"},
		"same out": {Options{In: []File{{"a", in}}, Out: []File{{"b", in + "3"}, {"a", in + "3"}}}, "", "given twice"},
		"name":     {Options{In: []File{{"a b", in}}}, "", `interface name "a b"`},
	} {
		if _, _, _, err := run(t, c.o, c.line); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want … %s …", name, err, c.want)
		}
	}
	if data, err := os.ReadFile(in); err != nil || len(data) != 24+16+42 {
		t.Errorf("the input has %d bytes now: %v", len(data), err)
	}
}
