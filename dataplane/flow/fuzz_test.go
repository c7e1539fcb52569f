package flow

import "testing"

// FuzzTwin takes two bytes as an operation on one of 64 keys, in a table so small that it is full soon. Its few keys
// share one bucket, so that chains come and go.
func FuzzTwin(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 1, 1, 2, 0, 3, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		w := newTwin[Key4](t, Config{MaxFlows: 40, Seed: 1})
		keys := colliding(w.Table)
		for ; len(ops) >= 2; ops = ops[2:] {
			n := keys[ops[1]%64]
			switch ops[0] % 4 {
			case 0, 1:
				w.insert(n)
			case 2:
				w.remove(n)
			case 3:
				w.lookup([]uint32{n, keys[(ops[1]+1)%64], n})
				w.Maintain(int(ops[0] >> 2))
			}
		}
		w.check()
	})
}

// colliding finds 64 numbers of keys that have one bucket.
func colliding(t *Table[Key4]) (ns []uint32) {
	v := t.view.Load()
	for n := uint32(0); len(ns) < 64; n++ {
		if k := makeKey[Key4](n); v.bucket(t.Hash(&k)) == v.bucket(0) {
			ns = append(ns, n)
		}
	}
	return ns
}
