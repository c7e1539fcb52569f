package ip_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew")

// Each of the commands that show routing, in VPP's form and as JSON. The golden files were laid beside VPP's output for the same
// commands; what VPP counts and gvpp does not (uRPF, packets by route, locks) is left out.
func TestShows(t *testing.T) {
	r := newRig(t)
	r.cli(`set interface ip address a 10.1.0.254/24
		set interface ip address a 10.1.5.1/31
		set interface ip address a fd01::fe/64
		ip table add 7
		set interface ip table b 7
		set interface ip address b 10.2.0.254/24
		set ip neighbor a 10.1.0.1 02:00:00:00:00:01
		set ip neighbor a 10.1.0.2 02:00:00:00:00:02 static no-fib-entry
		set ip neighbor a fd01::1 02:00:00:00:00:01
		ip route add 20.0.0.0/8 via 10.1.0.1 a
		ip route add 20.1.0.0/16 via 10.1.0.1 a weight 3 via 10.1.0.2 a
		ip route add 20.2.0.0/16 via drop
		ip route add 20.3.0.0/16 via 10.1.0.9 a
		ip route add 20.4.0.0/16 via ip4-lookup-in-table 7
		ip route add 20.5.0.0/16 via null-send-unreach
		ip route add 20.6.0.0/16 via a
		ip route add 20.7.0.0/16 via local
		ip route add 20.8.0.0/16 via 20.0.0.1
		ip route add 20.9.0.0/16 via null-send-prohibit
		ip route add fd02::/16 via fd01::1 a
		ip route add fd03::/16 via fd01::9 a`)
	r.now += 1234e6
	var text, all bytes.Buffer
	for _, line := range []string{"show ip fib", "show ip fib summary", "show ip fib table 7 10.2.0.9", "show ip fib table 0 20.1.2.3", "show ip fib table 0 20.8.0.0/16", "show ip6 fib",
		"show ip6 fib summary", "show ip table", "show ip neighbors", "show ip6 neighbors", "show interface address"} {
		text.WriteString("> " + line + "\n")
		all.WriteString("> " + line + "\n")
		text.WriteString(r.cli(line))
		var out bytes.Buffer
		if err := r.CLI().Run(context.Background(), line, true, &out); err != nil {
			t.Errorf("%s as JSON: %v", line, err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) == 0 {
			t.Errorf("%s as JSON: %v\n%s", line, err, out.String())
		}
		all.Write(out.Bytes())
	}
	golden(t, "testdata/show.txt", regexp.MustCompile(`index:\d+`).ReplaceAllString(text.String(), "index:N")) // what is made first has the lower one
	golden(t, "testdata/show.json.txt", all.String())
}

// golden compares with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if have, wanted := strings.Split(got, "\n"), strings.Split(string(want), "\n"); got != string(want) {
		for i := range min(len(have), len(wanted)) {
			if have[i] != wanted[i] {
				t.Fatalf("%s:%d: %q, want %q", path, i+1, have[i], wanted[i])
			}
		}
		t.Errorf("%s: %d lines, want %d", path, len(have), len(wanted))
	}
}
