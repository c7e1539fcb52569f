package ip_types_test

import (
	"net/netip"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
)

func TestPrefixes(t *testing.T) {
	for _, s := range []string{"0.0.0.0/0", "10.1.2.3/32", "10.0.0.1/8", "::/0", "fd00::1/128", "ff00::/8", "::ffff:0.0.0.0/96"} {
		want := netip.MustParsePrefix(s)
		p := ip_types.PrefixOf(want)
		e := api.NewEncoder(nil)
		p.Encode(e)
		wire, err := e.Bytes()
		if err != nil || len(wire) != 18 || (wire[0] == 1) != want.Addr().Is6() || wire[17] != byte(want.Bits()) {
			t.Errorf("%s: % x, %v", s, wire, err)
		}
		var back ip_types.Prefix
		back.Decode(api.NewDecoder(wire))
		if got, err := back.Netip(); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	zero := ip_types.PrefixOf(netip.Prefix{})
	if got, err := zero.Netip(); err != nil || got.String() != "0.0.0.0/0" {
		t.Errorf("none: %v, %v", got, err)
	}
	mapped := ip_types.AddressOf(netip.MustParseAddr("::ffff:1.2.3.4"))
	if got, err := mapped.Netip(); err != nil || got.String() != "::ffff:1.2.3.4" {
		t.Errorf("mapped: %v, %v", got, err)
	}
	for _, bad := range []ip_types.Prefix{{Len: 33}, {Address: ip_types.Address{Af: 1}, Len: 129}, {Address: ip_types.Address{Af: 2}}} {
		if got, err := bad.Netip(); api.ErrnoOf(err) != api.InvalidValue {
			t.Errorf("%+v: %v, %v", bad, got, err)
		}
	}
}
