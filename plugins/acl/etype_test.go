package acl_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/dataplane/port"
)

// etype reports whether a frame of that ethertype gets from one interface to the other.
func (r *rig) etype(from, to *port.Memory, etherType uint16) bool {
	r.t.Helper()
	from.Inject(0, append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, byte(etherType >> 8), byte(etherType)}, make([]byte, 50)...))
	for r.dp.Step() {
	}
	return len(to.Sent()) == 1
}

// Where an interface has lists and ethertypes, nothing passes besides IP and these; by direction.
func TestEtypes(t *testing.T) {
	r := newRig(t)
	all := r.list("permit")
	type try struct {
		etherType uint16
		ab, ba    bool
	}
	check := func(when string, tries ...try) {
		t.Helper()
		for _, c := range tries {
			if ab, ba := r.etype(r.a, r.b, c.etherType), r.etype(r.b, r.a, c.etherType); ab != c.ab || ba != c.ba {
				t.Errorf("%s: %04x: a to b %v, b to a %v, want %v and %v", when, c.etherType, ab, ba, c.ab, c.ba)
			}
		}
		r.want("+ udp 10.0.0.1:1 > 10.0.0.2:1", "+< udp 10.0.0.1:1 > 10.0.0.2:1")
	}
	check("at first", try{0x0806, true, true})
	r.ok(r.acl.SetEtypes(r.ctx, 1, []uint16{0x0bbb}, []uint16{0x0806, 0x0bbb}))
	check("no lists yet", try{0xaaaa, true, true})
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{all}, []uint32{all}))
	check("both", try{0x0bbb, true, true}, try{0x0806, false, true}, try{0xaaaa, false, false})
	if out := r.cli("show acl-plugin interface a"); !strings.Contains(out, "output etype whitelist: [0806 0bbb]") {
		t.Error(out)
	}
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{all}, nil))
	check("input list only", try{0x0806, false, true}, try{0xaaaa, false, true})
	r.ok(r.acl.SetEtypes(r.ctx, 1, nil, nil))
	check("none", try{0xaaaa, true, true})
}

func TestEtypeMessages(t *testing.T) {
	r := newRig(t)
	c := r.client()
	set := func(swIf interface_types.InterfaceIndex, inputs uint8, list ...uint16) error {
		_, err := c.ACLInterfaceSetEtypeWhitelist(r.ctx, &wire.ACLInterfaceSetEtypeWhitelist{SwIfIndex: swIf, NInput: inputs, Whitelist: list})
		return err
	}
	r.ok(set(2, 1, 1, 2, 3))
	if err := set(9, 0); !errors.Is(err, api.InvalidSwIfIndex) {
		t.Error(err)
	}
	if err := set(1, 2, 1); !errors.Is(err, api.InvalidValue) {
		t.Error(err)
	}
	n := 0
	for d, err := range c.ACLInterfaceEtypeWhitelistDump(r.ctx, &wire.ACLInterfaceEtypeWhitelistDump{SwIfIndex: interface_types.InterfaceIndex(none)}) {
		if n++; err != nil || d.SwIfIndex != 2 || d.NInput != 1 || !slices.Equal(d.Whitelist, []uint16{1, 2, 3}) {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if n != 1 {
		t.Errorf("%d interfaces have ethertypes", n)
	}
	if err := r.acl.SetEtypes(r.ctx, 1, make([]uint16, 256), nil); !errors.Is(err, api.InvalidValue) {
		t.Error(err)
	}
	for _, line := range []string{"show acl-plugin tables", "show acl-plugin sessions verbose 1"} {
		if r.cli(line) == "" {
			t.Errorf("%s says nothing", line)
		}
	}
}
