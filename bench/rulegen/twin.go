package rulegen

import (
	"github.com/gvpp/gvpp/bench/tuplemerge"
	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// Linear is the first rule that matches, or -1, by trying one after the other.
func Linear(rules []tuplemerge.Rule, k *tuplemerge.Key) int {
	for i := range rules {
		if matches(&rules[i], k) {
			return i
		}
	}
	return -1
}

func matches(r *tuplemerge.Rule, k *tuplemerge.Key) bool {
	return in(r.Src, r.SrcBits, k.Src) && in(r.Dst, r.DstBits, k.Dst) &&
		(r.Proto < 0 || r.Proto == int(k.Proto)) && k.Flags&r.FlagsMask == r.FlagsValue &&
		(!r.Ports || k.Ports && k.Sport >= r.SportLo && k.Sport <= r.SportHi && k.Dport >= r.DportLo && k.Dport <= r.DportHi)
}

func in(prefix uint32, n uint8, a uint32) bool { return n == 0 || (prefix^a)>>(32-n) == 0 }

// Match is the rule for package tuple.
func Match(r *tuplemerge.Rule) tuple.Match {
	m := tuple.Any()
	m.SetSrc4(r.Src, r.SrcBits)
	m.SetDst4(r.Dst, r.DstBits)
	if r.Proto >= 0 {
		m.SetProto(uint8(r.Proto))
	}
	if r.Ports {
		m.SetPorts(r.SportLo, r.SportHi, r.DportLo, r.DportHi)
	}
	if r.FlagsMask != 0 {
		m.SetFlags(r.FlagsValue, r.FlagsMask)
	}
	return m
}

// Matches is Match for all.
func Matches(rules []tuplemerge.Rule) []tuple.Match {
	out := make([]tuple.Match, len(rules))
	for i := range rules {
		out[i] = Match(&rules[i])
	}
	return out
}

// TupleKey is the header for package tuple.
func TupleKey(k *tuplemerge.Key) tuple.Key {
	var t tuple.Key
	t.SetAddrs4(k.Src, k.Dst)
	t.SetProto(k.Proto)
	if k.Ports {
		t.SetPorts(k.Sport, k.Dport)
	}
	if k.Proto == 6 {
		t.SetFlags(k.Flags)
	}
	return t
}

// TupleKeys is TupleKey for all.
func TupleKeys(keys []tuplemerge.Key) []tuple.Key {
	out := make([]tuple.Key, len(keys))
	for i := range keys {
		out[i] = TupleKey(&keys[i])
	}
	return out
}
