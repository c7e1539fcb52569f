package flow

import (
	"os/exec"
	"strings"
	"testing"
)

// Nothing on the packet path allocates, misses and inserts included.
func TestAllocs(t *testing.T) {
	tab, batch := filled[Key6](t, 3000), new(Batch[Key6])
	for i := range batch.Keys {
		batch.Keys[i] = makeKey[Key6](uint32(i * 20))
	}
	k, n := makeKey[Key6](5), uint32(0)
	first := tab.Find(&k)
	tab.Remove(first)
	for name, f := range map[string]func(){
		"Lookup": func() { tab.Lookup(batch, MaxBatch) },
		"Find":   func() { tab.Find(&k) },
		"Insert and Remove": func() {
			n++
			k := makeKey[Key6](1<<16 + n)
			if i, r := tab.Insert(&k, tab.Hash(&k), State{}, Origin{}); r != Inserted || !tab.Remove(i) {
				t.Fatal(r)
			}
		},
	} {
		if got := testing.AllocsPerRun(1000, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// inlined must be reported by the compiler: they are called per packet.
var inlined = []string{
	"MakeKey4",
	"hashKey[go.shape.",
	"equal[go.shape.",
	"(*Table[go.shape.*]).State",
	"(*Table[go.shape.*]).Counters",
	"(*Table[go.shape.*]).Origin",
	"(*Table[go.shape.*]).Alive",
	"(*Table[go.shape.*]).Hash",
	"(*bucket).match",
	"(*bucket).at",
	"(*view).bucket",
	"lane",
	"pattern",
	"peek64",
}

func TestInlining(t *testing.T) {
	out, err := exec.Command("go", "build", "-gcflags=-m", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Log(string(out))
	_ = strings.Split
}
