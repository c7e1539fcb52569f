package inacl_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/plugins/inacl"
)

// refused runs a command that must be refused.
func (r *rig) refused(line, want string) {
	r.t.Helper()
	if _, err := r.dp.CLI().RunText(r.ctx, line); err == nil || !strings.Contains(err.Error(), want) {
		r.t.Errorf("%s: %v, want %q", line, err, want)
	}
}

func (r *rig) shows(line, want string, times int) {
	r.t.Helper()
	if out := r.cli(line); strings.Count(out, want) != times {
		r.t.Errorf("%s: %d times %q, want %d, in\n%s", line, strings.Count(out, want), want, times, out)
	}
}

// Packets are chosen for a trace: by several masks, each with a table, and values, each with a session that counts.
func TestTraceFilter(t *testing.T) {
	r := newRig(t)
	r.refused("trace add ethernet-input 9 filter", "classify filter trace")
	r.shows("show classify filter", "packet tracer:                 first table none", 1)
	r.cli("classify filter trace mask l3 ip4 src match l3 ip4 src 10.0.0.1")
	r.cli("classify filter trace mask l3 ip4 src match l3 ip4 src 10.0.0.9") // in the same table
	r.cli("classify filter trace mask l3 ip4 proto l4 dst_port match l3 ip4 proto 17 l4 dst_port 99")
	r.cli("trace add ethernet-input 9 filter")
	r.want("+ "+udpLine, "+ "+otherLine, "+ "+udpLine, "+ udp 10.0.0.3:1 > 10.0.0.2:99", "+ tcp 10.0.0.3:1 > 10.0.0.2:99 [S]")
	r.shows("show trace", "ip4-input", 3)
	r.shows("show classify tables verbose", "hits 2", 1)
	r.shows("show classify tables verbose", "hits 1", 1)
	r.shows("show classify tables verbose", "hits 0", 1)
	r.shows("show classify filter", "packet tracer:                 first table 1", 1)
	r.shows("show classify filter", "pcap rx/tx/drop:               first table none", 1)
	r.refused("classify table del 1", "classify filter trace del")
	r.cli("classify filter trace del")
	r.shows("show classify filter", "none", 2)
	r.shows("show classify tables", "No classifier tables", 1)
	r.cli("clear trace")
	r.refused("trace add ethernet-input 9 filter", "classify filter trace")
}

// A capture has a filter of its own.
func TestCaptureFilter(t *testing.T) {
	r := newRig(t)
	r.cli("classify filter pcap mask l3 ip6 dst l4 dst_port match l3 ip6 dst fd00::2 l4 dst_port 53")
	r.cli("pcap trace rx filter file " + filepath.Join(t.TempDir(), "x"))
	r.want("+ "+udpLine, "+ "+six, "+ udp [fd00::1]:1000 > [fd00::3]:53", "+ udp [fd00::1]:1000 > [fd00::2]:54")
	r.shows("pcap trace rx off", "Write 1 packets", 1)
}

// Hexadecimal masks begin at the first byte; what they leave out at both ends is no part of the table.
func TestFilterInHex(t *testing.T) {
	r := newRig(t)
	zeros := strings.Repeat("00", 26)
	r.cli("classify filter trace mask hex " + zeros + "ffffffff" + zeros + " match hex " + zeros + "0a000001" + zeros)
	if list := r.acl.Tables(); len(list) != 1 || list[0].Skip != 1 || len(list[0].Mask) != 16 {
		t.Errorf("%+v", list)
	}
	r.cli("trace add ethernet-input 9 filter")
	r.want("+ "+udpLine, "+ "+otherLine)
	r.shows("show trace", "ip4-input", 1)
	if err := r.acl.Choose(r.ctx, inacl.Trace, make([]byte, 32), nil); err == nil || !strings.Contains(err.Error(), "no bits") {
		t.Errorf("%v", err)
	}
	for line, want := range map[string]string{
		"classify filter trace":                                              "expected mask",
		"classify filter trace mask match":                                   "and a field",
		"classify filter trace mask l3 ip4 src":                              "expected match",
		"classify filter trace mask l3 ip4 src match l3 ip4 src fd00::1":     "family",
		"classify filter trace mask l2 src match l2 src 1":                   "no Ethernet address",
		"classify filter trace mask l3 ip4 proto match l3 ip4 proto 256":     "256",
		"classify filter pcap mask l4 src_port match l4 src_port 1 and more": "and",
	} {
		r.refused(line, want)
	}
}
