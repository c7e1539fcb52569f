package flow

import (
	"math/rand/v2"
	"testing"
)

// What is packed comes out again, and life and other indices are left alone.
func TestOrigin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	tab4, tab6 := newTable[Key4](t, Config{MaxFlows: 1000}), newTable[Key6](t, Config{MaxFlows: 1000})
	var want [2][1001]Origin
	for n := range uint32(1000) {
		o := Origin{Created: r.Uint32(), Serial: r.Uint32(), If: r.Uint32N(MaxIf), Flags: uint8(r.IntN(4)), ICMPCode: uint8(r.Uint32())}
		if n%2 == 0 {
			o.TCPFlags = uint8(r.Uint32())
		} else {
			o.ICMPType = uint8(r.Uint32())
		}
		k4, k6 := makeKey[Key4](n), makeKey[Key6](n)
		i, _ := tab4.Insert(&k4, tab4.Hash(&k4), State{}, o)
		j, _ := tab6.Insert(&k6, tab6.Hash(&k6), State{}, o)
		want[0][n], want[1][n] = o, o
		if tab4.Origin(i) != o || tab6.Origin(j) != o || !tab4.Alive(i) || !tab6.Alive(j) {
			t.Fatalf("%+v became %+v and %+v", o, tab4.Origin(i), tab6.Origin(j))
		}
	}
	for n := range uint32(1000) {
		k4, k6 := makeKey[Key4](n), makeKey[Key6](n)
		if tab4.Origin(tab4.Find(&k4)) != want[0][n] || tab6.Origin(tab6.Find(&k6)) != want[1][n] {
			t.Fatalf("the origin of key %d has changed", n)
		}
	}
}

// A reader that found a flow before it was removed may still ask where it came from.
func TestOriginOfRemoved(t *testing.T) {
	tab := newTable[Key4](t, Config{MaxFlows: 100})
	k := makeKey[Key4](1)
	o := Origin{If: MaxIf - 1, Flags: OriginPorts | OriginReversed, TCPFlags: 0x12, Serial: 5}
	i, _ := tab.Insert(&k, tab.Hash(&k), State{}, o)
	tab.Remove(i)
	tab.Maintain(1)
	got := tab.Origin(i)
	if got.If != o.If || got.Flags != o.Flags || got.TCPFlags != o.TCPFlags || tab.Key(i) != k {
		t.Errorf("removed: %+v, want %+v but for Created and Serial", got, o)
	}
}
