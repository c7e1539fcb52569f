// Package inline calls what a node calls per packet, for TestInlining to read what the compiler says about it.
package inline

import "github.com/gvpp/gvpp/dataplane/flow"

// Touch4 updates an IPv4 flow.
func Touch4(t *flow.Table[flow.Key4], i uint32, k *flow.Key4) bool {
	*k, _ = flow.MakeKey4(1, 2, 3, 4, 5, 6, 7)
	t.State(i).LastSeen = t.Origin(i).Created
	t.Counters(i).Packets[0]++
	*k = t.Key(i)
	return t.Hash(k) != 0 && t.Alive(i)
}

// Touch6 updates an IPv6 flow.
func Touch6(t *flow.Table[flow.Key6], i uint32, k *flow.Key6) bool {
	t.State(i).LastSeen = t.Origin(i).Created
	t.Counters(i).Packets[0]++
	*k = t.Key(i)
	return t.Hash(k) != 0 && t.Alive(i)
}
