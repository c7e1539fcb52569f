package gvpp_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
)

// The first lines of what VPP's generator of plugins writes for the packet generator, as they are.
func TestSetupScript(t *testing.T) {
	r := newRig(t, gvpp.Config{})
	script := filepath.Join(t.TempDir(), "setup.pg")
	if err := os.WriteFile(script, []byte(`
comment { simple debug CLI setup script w/ packet generator test vector }
set term page off
loop create
set int ip address loop0 192.168.1.1/24
set int state loop0 up

comment { two lines,
{ with braces } }
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := r.cli("exec " + script); got != "loop0\n" {
		t.Errorf("%q", got)
	}
	if got := r.cli("show int addr"); got != "loop0 (up):\n  L3 192.168.1.1/24\n" {
		t.Errorf("%q", got)
	}
	r.refused("loop create instance 0", "that is free")
	r.refused("loop delete loop0", "expected intfc IF")
	r.cli("loop delete intfc loop0")
	r.refused("show interface address loop0", `no interface "loop0"`)
	r.cli("loopback create-interface")
	if got := r.cli("show interface address"); got != "loop0 (dn):\n" { // the address went with the interface
		t.Errorf("%q", got)
	}
}

func TestAddresses(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b", "addr")
	for _, s := range []struct{ line, refusal string }{
		{"a 10.1.2.3/16", ""},
		{"a 10.1.2.4/16", ""}, // one more of the same network
		{"a 10.1.2.3/16", "a has 10.1.2.3/16: an address is added once only"},
		{"a 10.1.2.5/24", "10.1.2.5/24 on a conflicts with 10.1.2.3/16 of a: overlapping prefixes"},
		{"b 10.1.9.9/24", "10.1.9.9/24 on b conflicts with 10.1.2.3/16 of a"},
		{"b 10.0.0.1/8", "conflicts with 10.1.2.3/16 of a"},
		{"b 10.2.0.1/16", ""},
		{"b 2001:db8::1/64", ""},
		{"a 2001:db8::2/64", "conflicts with 2001:db8::1/64 of b"},
		{"a fe80::1/64", "the prefix length of a link-local address must be 128"},
		{"a fe80::1/128", ""},
		{"b fe80::1/128", ""}, // of a link of its own
		{"b fe80::1/128", "an address is added once only"},
		{"a 224.0.0.1/24", "224.0.0.1/24 is no interface's address"},
		{"a ::/0", "is no interface's address"},
		{"a 10.3.0.1", "expected ADDRESS/LENGTH, IPv4 or IPv6, as 192.0.2.1/24, got \"10.3.0.1\""},
		{"a 10.3.0.1/33", "expected ADDRESS/LENGTH"},
		{"a 10.3.0.1/24 x", "unknown input `x'"},
		{"a all", "expected ADDRESS/LENGTH"},
		{"a", "expected ADDRESS/LENGTH, got end of line"},
		{"", "expected an interface name"},
		{"c 10.3.0.1/24", `no interface "c"; there are a, b, addr`},
		{"del a 10.1.0.0/16", "10.1.0.0/16 not found for interface a"},
		{"del a 10.1.2.3/16", ""},
		{"del b all", ""},
		{"del b all", ""},
		{"b 10.2.0.7/30", ""},
	} {
		if line := strings.TrimSpace("set interface ip address " + s.line); s.refusal == "" {
			r.cli(line)
		} else {
			r.refused(line, s.refusal)
		}
	}
	golden(t, "show-interface-address.txt", r.cli("show interface address"))
	if got := r.cli("show int address b"); got != "b (up):\n  L3 10.2.0.7/30\n" {
		t.Errorf("%q", got)
	}
	for _, word := range []string{"a", "addr"} { // names go before the word
		if got := r.cli("show interface " + word); !strings.Contains(got, "Counter") || strings.Contains(got, "L3 10.") {
			t.Errorf("show interface %s\n%s", word, got)
		}
	}
	if got := r.cli("show hardware b"); !strings.Contains(got, "  L3 10.2.0.7/30\n") {
		t.Errorf("%q", got)
	}
	var out bytes.Buffer
	if err := r.CLI().Run(context.Background(), "show int address a", true, &out); err != nil || !strings.Contains(out.String(), `"10.1.2.4/16"`) {
		t.Errorf("%v\n%s", err, out.String())
	}
	for line, want := range map[string]string{
		"set interface ip address ":               "a addr b del",
		"set interface ip address del ":           "a addr b",
		"set interface ip address del b ":         "10.2.0.7/30 all",
		"set interface ip address del nope ":      "all",
		"set interface ip address b ":             "",
		"show interface addr":                     "addr address",
		"ip route add 10.0.0.0/8 ":                "count table via",
		"ip route add 10.0.0.0/8 via b we":        "weight",
		"ip route add 10.0.0.0/8 via b weight 3 ": "next-hop-table preference via weight",
		"loop": "loopback",
	} {
		if got := strings.Join(r.CLI().Complete(line), " "); got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
}

// A sub-interface routes if it has the frames of its own tags only.
func TestAddressesWantExactMatch(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	for i, how := range []string{"2 dot1q 2", "3 default", "4 dot1q 4 inner-dot1q any", "5", "6 dot1q 6 exact-match", "7 untagged"} {
		r.cli("create sub-interfaces a " + how)
		err := r.CLI().Run(t.Context(), fmt.Sprintf("set interface ip address a.%c 10.0.%d.1/24", how[0], i), false, new(bytes.Buffer))
		if refused := err != nil && strings.Contains(err.Error(), "make it with exact-match") && api.ErrnoOf(err) == -126; refused != (i < 3) || err != nil && !refused {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func TestAddressesAreBounded(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a")
	at := netip.MustParseAddr("10.0.0.1")
	for i := range 1025 {
		err := r.AddAddress(1, netip.PrefixFrom(at, 16))
		if full := err != nil && api.ErrnoOf(err) == api.LimitExceeded; full != (i == 1024) || err != nil && !full {
			t.Fatalf("address %d: %v", i, err)
		}
		at = at.Next()
	}
	if err := r.AddAddress(1, netip.Prefix{}); err == nil {
		t.Error("no address was taken")
	}
}

func TestAddressAPI(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	c, ctx := interfaces.NewClient(api.Direct(r.API()...)), context.Background()
	set := func(swIf interface_types.InterfaceIndex, p string, add, all bool) error {
		m := &interfaces.SwInterfaceAddDelAddress{SwIfIndex: swIf, IsAdd: add, DelAll: all}
		if p != "" {
			m.Prefix = ip_types.PrefixOf(netip.MustParsePrefix(p))
		}
		_, err := c.SwInterfaceAddDelAddress(ctx, m)
		return err
	}
	retval(t, "add", set(1, "10.0.0.1/24", true, false), 0)
	retval(t, "add v6", set(1, "2001:db8::1/64", true, false), 0)
	retval(t, "overlap", set(2, "10.0.0.2/16", true, false), -105)
	retval(t, "link-local", set(2, "fe80::1/64", true, false), -59)
	retval(t, "multicast", set(2, "224.0.0.1/4", true, false), -7)
	retval(t, "nobody", set(3, "10.1.0.1/24", true, false), -2)
	retval(t, "local0", set(0, "10.1.0.1/24", true, false), -2)
	retval(t, "delete what is not there", set(2, "10.0.0.1/24", false, false), -60)
	bad := &interfaces.SwInterfaceAddDelAddress{SwIfIndex: 1, IsAdd: true, Prefix: ip_types.PrefixOf(netip.MustParsePrefix("10.0.0.1/24"))}
	bad.Prefix.Len = 33
	_, err := c.SwInterfaceAddDelAddress(ctx, bad)
	retval(t, "length", err, -7)
	if got := fmt.Sprint(r.Interfaces()[0].Addresses, r.Interfaces()[1].Addresses); got != "[10.0.0.1/24 2001:db8::1/64] []" {
		t.Errorf("%s", got)
	}
	retval(t, "delete", set(1, "10.0.0.1/24", false, false), 0)
	retval(t, "delete all", set(1, "", false, true), 0)
	retval(t, "delete all of nobody", set(9, "", false, true), -2)
	if got := r.Interfaces()[0].Addresses; len(got) != 0 {
		t.Errorf("%v", got)
	}
}
