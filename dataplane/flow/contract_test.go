package flow

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Nothing on the packet path allocates, misses and inserts included.
func TestAllocs(t *testing.T) {
	tab, batch := filled[Key6](t, 3000, 3000), new(Batch[Key6])
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

// compiler is what the compiler says about a package.
func compiler(t *testing.T, flags, pkg string) string {
	t.Helper()
	out, err := exec.Command("go", "build", "-gcflags="+flags, pkg).CombinedOutput()
	if err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return regexp.MustCompile(`\[go\.shape.*?\}\]`).ReplaceAllString(string(out), "[K]")
}

// What nodes call per packet is inlined in them, and what the stages call per key in the stages.
func TestInlining(t *testing.T) {
	node, here := compiler(t, "-m", "./testdata/inline"), compiler(t, "-m", ".")
	for _, f := range []string{"State", "Counters", "Key", "Alive"} {
		call := regexp.MustCompile(`inline\.go:\d+:\d+: inlining call to flow\.\(\*Table\[K\]\)\.` + f + `\n`)
		if got := len(call.FindAllString(node, -1)); got < 2 {
			t.Errorf("Table.%s is not inlined for both keys", f)
		}
	}
	if !strings.Contains(node, "inlining call to flow.MakeKey4\n") {
		t.Error("MakeKey4 is not inlined")
	}
	for _, f := range []string{"hash4", "head6", "tail6", "fold", "pattern", "(*bucket).first", "(*bucket).at", "lane", "peek32", "peek64", "differ6"} {
		if !regexp.MustCompile(`stages\.go:\d+:\d+: inlining call to ` + regexp.QuoteMeta(f) + `\n`).MatchString(here) {
			t.Errorf("%s is not inlined in its stage", f)
		}
	}
}

// The stages check bounds once a group, except where a walk is noted.
func TestBoundsChecks(t *testing.T) {
	for line := range strings.Lines(compiler(t, "-d=ssa/check_bce", ".")) {
		if strings.Contains(line, "stages.go") && strings.Contains(line, "Found IsInBounds") {
			t.Error(line)
		}
	}
}
