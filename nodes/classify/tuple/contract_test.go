package tuple_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/nodes/classify/tuple"
)

// TestNothingAllocates: neither lookup does, with few rules and with many.
func TestNothingAllocates(t *testing.T) {
	for _, ip6 := range []bool{false, true} {
		for _, n := range []int{0, 1, 4, 5, 300} {
			tw := newTwin(1, ip6)
			for range n {
				tw.insert()
			}
			v, s := tw.set.Commit(), new(tuple.Scratch)
			keys, out := make([]tuple.Key, tuple.VectorSize), make([]uint32, tuple.VectorSize)
			for i := range keys {
				keys[i] = tw.key()
			}
			if got := testing.AllocsPerRun(20, func() { v.FindAll(s, keys, out) }); got != 0 {
				t.Errorf("%d rules: FindAll: %v allocations", n, got)
			}
			if got := testing.AllocsPerRun(20, func() { v.Find(&keys[0]) }); got != 0 {
				t.Errorf("%d rules: Find: %v allocations", n, got)
			}
		}
	}
}

// compiler is what the compiler says about the package, under flags.
func compiler(t *testing.T, flags string) string {
	t.Helper()
	out, err := exec.Command("go", "build", "-gcflags="+flags, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return string(out)
}

// TestInlining: what the stages call per packet is inlined in them. (*bucket).find, tag6 and walk are too large for that, by
// the compiler's reckoning.
func TestInlining(t *testing.T) {
	said := compiler(t, "-m")
	for _, call := range []string{
		`few\.go:\d+:\d+: inlining call to (*line).matches`, `few\.go:\d+:\d+: inlining call to (*wide).matches`,
		`view\.go:\d+:\d+: inlining call to (*line).matches`, `view\.go:\d+:\d+: inlining call to (*wide).matches`,
		`view\.go:\d+:\d+: inlining call to (*line).seen`, `batch\.go:\d+:\d+: inlining call to (*table).tag4`,
		`batch\.go:\d+:\d+: inlining call to (*table).head`, `batch\.go:\d+:\d+: inlining call to hash32`,
		`batch\.go:\d+:\d+: inlining call to portSlot`, `table\.go:\d+:\d+: inlining call to mix`,
	} {
		if !regexp.MustCompile(strings.NewReplacer("(*", `\(\*`, ").", `\)\.`).Replace(call) + `\n`).MatchString(said) {
			t.Errorf("not so: %s", call)
		}
	}
}

// checked is how many bounds checks an element each stage may have: those of numbers that are data (a table's, a line's, a
// packet's of a list), for which the compiler cannot know. What is not named is not on the packet path.
var checked = map[string]int{
	"View.FindAll": 0, "View.pruneAddrs": 0, "View.prunePorts": 0, "Scratch.begin": 0, "View.ask": 2, "bucket.find": 0, "View.search": 1,
	"View.touch": 1, "View.resolve": 3, "View.walk": 2, "listed.findAll": 0, "line.matches": 0, "wide.matches": 0, "line.seen": 0,
	"table.tag4": 0, "table.tag6": 0, "table.head": 0,
}

// TestBoundsChecks: no stage has more of them than noted.
func TestBoundsChecks(t *testing.T) {
	found := map[string]int{}
	place := regexp.MustCompile(`(\w+\.go):(\d+):\d+: Found IsInBounds`)
	for _, m := range place.FindAllStringSubmatch(compiler(t, "-d=ssa/check_bce"), -1) {
		line, _ := strconv.Atoi(m[2])
		found[functionAt(m[1], line)]++
	}
	if found["Set.add"] == 0 { // which has some
		t.Fatal("the compiler's notes are not understood")
	}
	for f, most := range checked {
		if found[f] > most {
			t.Errorf("%s checks bounds %d times, want %d", f, found[f], most)
		}
	}
}

// functionAt is the name of the method, behind that of its type, that a line of a file is in; "" for files that are not the package's.
func functionAt(name string, line int) string {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, 0)
	if err != nil {
		return ""
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && files.Position(fn.Pos()).Line <= line && line <= files.Position(fn.End()).Line {
			return fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name + "." + fn.Name.Name
		}
	}
	return ""
}

// TestManyTuples: rules of more kinds than there are tables, each of all tuples; long chains are slow, not wrong.
func TestManyTuples(t *testing.T) {
	tw := newTwin(9, false)
	for n := range 33 * 33 {
		m := tuple.Any()
		m.SetSrc4(0x0a000000, uint8(n%33))
		m.SetDst4(0x0a000000, uint8(n/33))
		r := ruled{m, uint64(n+1) << 20, uint32(n)}
		tw.set.Insert(&r.m, r.label, r.rule)
		tw.rules = append(tw.rules, r)
	}
	for range 40 {
		tw.agree(t, tw.set.Commit(), tw.rules)
		tw.set.Reclaim()
		for range 20 {
			tw.delete(t)
		}
	}
}
