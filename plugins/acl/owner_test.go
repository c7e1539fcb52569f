package acl_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/plugins/acl"
)

// What classify's own commands replace is not what lists have become, so that a list that is applied is in force.
func TestRulesOfListsAreLeftAlone(t *testing.T) {
	r := newRig(t)
	n := r.list("permit proto tcp")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	mine := classify.Any()
	mine.Interface, mine.Direction, mine.Action = 1, classify.Out, classify.Drop
	_, err := r.rules.Add(r.ctx, mine, nil)
	r.ok(err)
	made, _, err := r.rules.List(classify.FirstPage, nil, 10)
	r.ok(err)
	if len(made) != 3 || made[0].Rule.Owner != "acl" || made[1].Rule.Owner != "acl" || made[2].Rule.Owner != "" {
		t.Fatalf("%+v", made)
	}
	if err := r.rules.Delete(r.ctx, made[0].Rule.ID); err == nil || !strings.Contains(err.Error(), `made by "acl"`) {
		t.Errorf("deleted: %v", err)
	}
	_, removed, err := r.rules.ReplaceAll(r.ctx, 1, nil)
	r.ok(err)
	if removed != 1 {
		t.Errorf("%d rules replaced", removed)
	}
	r.want("- udp 10.0.0.1:1 > 1.0.0.1:9", "+ tcp 10.0.0.1:1 > 1.0.0.1:80 [S]", "+< udp 1.0.0.1:9 > 10.0.0.1:1")
	if out := r.cli("show classify"); strings.Count(out, "# made by acl") != 2 {
		t.Error(out)
	}
	if _, err := r.rules.ReplaceOwned(r.ctx, "other", []uint32{made[0].Rule.ID}, nil); err == nil {
		t.Error("another plugin has deleted it")
	}
	r.ok(r.acl.Apply(r.ctx, 1, nil, nil))
	r.ok(r.acl.Delete(n))
}

// Lists that would become more rules than there is memory for are refused before that.
func TestTooManyRules(t *testing.T) {
	r := newRig(t)
	wide := acl.Rule{Action: acl.Permit, Src: netip.MustParsePrefix("0.0.0.0/0"), Dst: netip.MustParsePrefix("0.0.0.0/0"), Proto: 1,
		Src4: acl.Range{First: 0, Last: 255}, Dst4: acl.Range{First: 0, Last: 3}}
	n, err := r.acl.Add("wide", slices.Repeat([]acl.Rule{wide}, 1025)) // of 1024 parts each
	r.ok(err)
	if err := r.acl.Apply(r.ctx, 1, []uint32{n}, nil); api.ErrnoOf(err) != api.InvalidValue || !strings.Contains(err.Error(), "1049601 rules") {
		t.Errorf("%v", err)
	}
	many := slices.Repeat([]acl.Rule{wide}, 1<<20-1025)
	if _, err = r.acl.Add("many", append(many, wide)); api.ErrnoOf(err) != api.InvalidValue {
		t.Errorf("%v", err)
	}
	rest, err := r.acl.Add("rest", many)
	r.ok(err)
	if err := r.acl.Replace(r.ctx, n, "", slices.Repeat([]acl.Rule{wide}, 1026)); api.ErrnoOf(err) != api.InvalidValue {
		t.Errorf("%v", err)
	}
	r.ok(r.acl.Delete(rest))
	r.ok(r.acl.Replace(r.ctx, n, "", slices.Repeat([]acl.Rule{wide}, 1026)))
}

// An interface that is being removed, and not forgotten yet, is in nobody's way.
func TestListsOfAnInterfaceThatLeaves(t *testing.T) {
	r := newRig(t)
	n := r.list("permit proto tcp, permit proto udp")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	r.ok(r.acl.Apply(r.ctx, 2, []uint32{n}, nil))
	leaving := r.acl.Leave(1)
	r.ok(r.acl.Replace(r.ctx, n, "", nil))
	r.want("-< udp 1.0.0.1:9 > 10.0.0.1:1") // the other one has the new list
	if hits := r.acl.Matches(); len(hits) != 1 || len(hits[n]) != 0 {
		t.Errorf("%v", hits)
	}
	r.ok(r.acl.Apply(r.ctx, 2, nil, nil))
	r.ok(r.acl.Delete(n))
	leaving()
}
