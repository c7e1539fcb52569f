package gvpp_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tshark is Wireshark's program for the terminal, installed if it is missing and can be.
func tshark(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("tshark"); err == nil {
		return path
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	why, _ := exec.CommandContext(ctx, "sh", "scripts/tools.sh").CombinedOutput()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skipf("tshark is not installed: scripts/tools.sh says %s", bytes.TrimSpace(why))
	}
	return path
}

// A capture opens in tshark as it comes from Wireshark's makers, which shows interfaces, directions and comments.
func TestCaptureOpensInTshark(t *testing.T) {
	program := tshark(t)
	now := int64(90 * time.Second)
	r := tracked(t, &now)
	path := filepath.Join(t.TempDir(), "x.pcapng")
	r.cli("pcap trace rx tx drop file " + path)
	r.send("a", "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S] vlan 7", "udp [2001:db8::1]:1000 > [2001:db8::2]:53")
	r.cli("pcap trace off")
	cmd := exec.CommandContext(t.Context(), program, "-r", path, "-T", "fields", "-E", "separator=|", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.interface_name",
		"-e", "frame.packet_flags_direction", "-e", "_ws.col.Protocol", "-e", "tcp.dstport", "-e", "vlan.id", "-e", "frame.comment")
	cmd.Env = append(os.Environ(), "TZ=UTC", "HOME="+t.TempDir())
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, complaints.String())
	}
	for _, line := range strings.Split(complaints.String(), "\n") {
		if line != "" && !strings.HasPrefix(line, "Running as user") {
			t.Errorf("tshark complains: %s", line)
		}
	}
	want := []string{
		"1|90.000000000|a|1|TCP|80||path: ethernet-input ip4-input virtual-reassembly flow-lookup pkt-classify flow-track l2-xconnect interface-output | sent by b | session 0 NEW",
		"2|90.000000000|b|2|TCP|80||path: ethernet-input",
		"3|90.000000000|a|1|TCP|22|7|path: ethernet-input ip4-input virtual-reassembly flow-lookup pkt-classify error-drop | dropped by pkt-classify: dropped by a rule | no session, new | rule 0 (a in): proto tcp dport 22 drop",
		"4|90.000000000|a|1|UDP|||path: ethernet-input ip6-input",
		"5|90.000000000|b|2|UDP|||path: ethernet-input ip6-input",
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(strings.ReplaceAll(got[i], "|0x0000000", "|"), want[i]) {
			t.Errorf("line %d of\n%s\nwant\n%s", i+1, out, strings.Join(want, "\n"))
			break
		}
	}
}
