// Package inline calls per packet what a node calls per packet. TestInlining reads what the compiler says about it.
package inline

import "github.com/gvpp/gvpp/dataplane/flow"

// Touch updates an IPv4 flow.
func Touch(t *flow.Table[flow.Key4], i uint32, k *flow.Key4) bool {
	*k, _ = flow.MakeKey4(1, 2, 3, 4, 5, 6, 7)
	t.State(i).LastSeen = t.Origin(i).Created
	t.Counters(i).Packets[0]++
	return t.Hash(k) != 0 && t.Alive(i)
}

// Touch6 updates an IPv6 flow.
func Touch6(t *flow.Table[flow.Key6], i uint32, k *flow.Key6) bool {
	t.State(i).LastSeen = t.Origin(i).Created
	t.Counters(i).Packets[0]++
	return t.Hash(k) != 0 && t.Alive(i)
}

// Vector makes the stages for both kinds of key.
func Vector(t *flow.Table[flow.Key4], b *flow.Batch[flow.Key4], t6 *flow.Table[flow.Key6], b6 *flow.Batch[flow.Key6]) {
	t.Lookup(b, 1)
	t6.Lookup(b6, 1)
}
