package apigen

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// oursAlone are the errors of what VPP's compiler takes by accident; see the package comment.
var oursAlone = regexp.MustCompile(`has two |two rpcs|defined already|is counted by|elements; want|does not hold|of 32 bits|more than \d+ bytes|_vl_msg_id|rpc \w+ names`)

// TestMutants changes the quirks' words a little, many times, and agrees with VPP's compiler about each.
func TestMutants(t *testing.T) {
	vppTree(t)
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	paths, _ := filepath.Glob("testdata/quirks/*.api")
	var all [][]token
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tokens(string(src)))
	}
	dir := t.TempDir()
	var sources []string
	for i := range 300 {
		path := filepath.Join(dir, fmt.Sprintf("%d.api", i))
		if err := os.WriteFile(path, mutant(r, all), 0o644); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, path)
	}
	include := []string{"testdata/quirks/inc"}
	taken := 0
	for i, v := range askVPP(t, include, sources) {
		src, _ := os.ReadFile(sources[i])
		f, err := Compile(sources[i], include)
		switch {
		case err == nil && v.why != "":
			t.Errorf("taken; VPP's compiler: %s\n%s", v.why, src)
		case err != nil && v.why == "" && !oursAlone.MatchString(err.Error()):
			t.Errorf("VPP's compiler takes it: %v\n%s", err, src)
		case err == nil && !bytes.Equal(f.JSON(), v.json):
			t.Errorf("%s\n%s", firstDifference(f.JSON(), v.json), src)
		case err == nil:
			taken++
		}
	}
	if t.Logf("%d of %d were taken", taken, len(sources)); taken < 50 {
		t.Error("too few to say much")
	}
}

// tokens are a source's; their texts are as in the source.
func tokens(src string) (list []token) {
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(src)
	l := lexer{src: src, line: 1}
	for {
		from := l.off
		t := l.next()
		if t.kind == tokenEnd {
			return list
		}
		t.text = src[from:l.off] // with the space before
		list = append(list, t)
	}
}

// mutant is one of the sources with some tokens replaced by others of their kind, left out or doubled, comments and lines put in.
func mutant(r *rand.Rand, all [][]token) []byte {
	list := append([]token(nil), all[r.Intn(len(all))]...)
	for range r.Intn(4) {
		if len(list) == 0 {
			break
		}
		i := r.Intn(len(list))
		switch r.Intn(8) {
		case 0:
			list = append(list[:i], list[i+1:]...)
		case 1:
			list = append(list[:i+1], list[i:]...)
		default:
			for range 50 {
				from := all[r.Intn(len(all))]
				if len(from) == 0 {
					continue
				}
				if t := from[r.Intn(len(from))]; t.kind == list[i].kind || len(t.kind) == 3 && len(list[i].kind) == 3 {
					list[i] = t
					break
				}
			}
		}
	}
	var b bytes.Buffer
	for _, t := range list {
		b.WriteString(t.text + " ")
		switch r.Intn(40) {
		case 0:
			b.WriteString("\n")
		case 1:
			b.WriteString("/* between */")
		case 2:
			b.WriteString("// to the end\n")
		case 3:
			b.WriteString("/* over\nlines */ ")
		}
		if strings.HasPrefix(strings.TrimSpace(t.text), "//") {
			b.WriteString("\n")
		}
	}
	return b.Bytes()
}
