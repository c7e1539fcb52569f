package gogen

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api/apigen"
)

// The names that GoVPP's generator gives.
func TestGoName(t *testing.T) {
	for name, want := range map[string]string{
		"sw_interface_set_flags": "SwInterfaceSetFlags", "sw_if_index": "SwIfIndex", "src_ip": "SrcIP", "ip4_address": "IP4Address",
		"acl_add_replace": "ACLAddReplace", "mac_address": "MacAddress", "tcp_flags_mask": "TCPFlagsMask", "ipv6_fib": "IPv6Fib",
		"vpe_pid": "VpePID", "id": "ID", "cli_inband": "CliInband", "ip6_nd": "IP6Nd", "rx_1_2": "Rx1_2", "a__b": "AB", "_pad": "Pad",
		"vlan_ID": "VlanID", "l2_xconnect": "L2Xconnect", "udp6": "UDP6", "4in6": "X4in6", "": "X", "get_api_json": "GetAPIJSON",
	} {
		if got := goName(name); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}

func TestPackageName(t *testing.T) {
	for module, want := range map[string]string{"interface": "interfaces", "ip_types": "ip_types", "api": "apis", "l2": "l2", "a-b": "a_b"} {
		if got := packageName(module); got != want {
			t.Errorf("%s becomes %s, want %s", module, got, want)
		}
	}
}

func TestNoteOf(t *testing.T) {
	n := noteOf("/** \\brief Set it up,\n    or down.\n\n    More of it.\n\n\n    @param sw_if_index - which\n        one\n    \\param[in] flags the flags\n" +
		"    @note careful\n    @return a reply\n*/")
	if want := []string{"Set it up,", "or down.", "", "More of it.", "", "note: careful", "return: a reply"}; !slices.Equal(n.text, want) {
		t.Errorf("text %q, want %q", n.text, want)
	}
	if n.fields["sw_if_index"] != "which one" || n.fields["flags"] != "the flags" || len(n.fields) != 2 {
		t.Errorf("fields %q", n.fields)
	}
	for _, comment := range []string{"", "/**/", "/* */", "//", "/***\n *\n */"} {
		if n := noteOf(comment); len(n.text)+len(n.fields) > 0 {
			t.Errorf("%q says %q", comment, n.text)
		}
	}
	if n := noteOf("// one\n// two"); !slices.Equal(n.text, []string{"one", "two"}) {
		t.Errorf("text %q", n.text)
	}
}

func TestRemark(t *testing.T) {
	f := &apigen.Field{Type: "string", Name: "tag", Array: true, Length: 64, Options: []apigen.Option{{Name: "default", Value: "7"}, {Name: "case", Value: "X"}, {Name: "limit", Value: "9"}}}
	if got, want := remark(f, noteOf("@param tag - a name")), " // a name [default=7] [limit=9] (below 64 bytes)"; got != want {
		t.Errorf("remark %q, want %q", got, want)
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "{\n\t\"a\": 1\n}", "a`b", "`", "a\r\nb", "\xff", "\ufeff", "\x00"} {
		code := quote(s)
		value := ""
		for part := range strings.SplitSeq(code, " + ") {
			v, err := strconv.Unquote(part)
			if err != nil {
				t.Errorf("%q becomes %s: %v", s, code, err)
			}
			value += v
		}
		if value != s {
			t.Errorf("%q becomes %s", s, code)
		}
	}
}
