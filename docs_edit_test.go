package gvpp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edit does to a file what a diff says. Its parts are separated by lines of @@; each must fit one place in the file, and one only.
func (b *block) edit(t *testing.T, dir string) {
	t.Helper()
	path := b.file(t, dir)
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	for part := range strings.SplitSeq(b.text, "@@\n") {
		before, after := sides(part)
		if n := strings.Count(text, before); n != 1 || before == "" {
			t.Fatalf("%s:%d: this fits %d places of %s, want 1:\n%s", b.path, b.line, n, b.argument, part)
		}
		text = strings.Replace(text, before, after, 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sides is a part of a diff as it was, and as it becomes.
func sides(part string) (before, after string) {
	for line := range strings.Lines(part) {
		switch line[0] {
		case '-':
			before += line[1:]
		case '+':
			after += line[1:]
		default: // an empty line may lack its blank
			line = strings.TrimPrefix(line, " ")
			before, after = before+line, after+line
		}
	}
	return before, after
}

// quoted checks that a listing of a file of this tree is a part of it, word for word.
func (b *block) quoted(t *testing.T, dir string) {
	t.Helper()
	src, err := os.ReadFile(b.file(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), b.text) {
		t.Errorf("%s:%d: this is not in %s:\n%s", b.path, b.line, b.argument, b.text)
	}
}

// file is the file that a listing is, or belongs to.
func (b *block) file(t *testing.T, dir string) string {
	t.Helper()
	if b.argument == "" || b.before != "`"+b.argument+"`:" {
		t.Fatalf("%s:%d: the listing's file is %q, and above it stands %q", b.path, b.line, b.argument, b.before) // readers do not see the argument
	}
	return filepath.Join(dir, b.argument)
}

// A diff's sides, and that it must fit.
func TestDocsEdit(t *testing.T) {
	before, after := sides(" a\n-b\n+c\n\n d\n")
	if before != "a\nb\n\nd\n" || after != "a\nc\n\nd\n" {
		t.Errorf("%q becomes %q", before, after)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), []byte("a\nb\na\nc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := block{path: "doc.md", argument: "x", before: "`x`:", text: " a\n-b\n+B\n@@\n-c\n+C\n"}
	b.edit(t, dir)
	if got, _ := os.ReadFile(filepath.Join(dir, "x")); string(got) != "a\nB\na\nC\n" {
		t.Errorf("it becomes %q", got)
	}
}
