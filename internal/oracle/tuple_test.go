package oracle

import "testing"

// FuzzParse: parsing a datagram's tuple reads nothing outside of it, and its key is the same for either direction.
func FuzzParse(f *testing.F) {
	g := NewGenerator(5, 4)
	for range 50 {
		f.Add(g.Next().Data)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		x, ok := parse(p)
		if !ok {
			return
		}
		if k := x.key(); k.key() != k {
			t.Fatalf("%+v has the key %+v", x, k)
		}
	})
}
