package apigen

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxHinted is how long a name may be, in bytes, for which a similar one is looked for.
const maxHinted = 64

// hint says what may be meant by a type that is not there.
func (p *parser) hint(name string) string {
	if len(p.errs) >= maxErrors || len(name) > maxHinted {
		return ""
	}
	full := (&Type{Name: name}).ref()
	if p.types[full] != nil {
		return "; want " + full
	}
	own := p.library()
	for _, n := range []string{name, full} {
		if from := own[n]; from != "" {
			return found(n, name, from)
		}
	}
	known := slices.Clone(baseWords)
	for n := range p.types {
		known = append(known, n)
	}
	for n := range own {
		known = append(known, n)
	}
	if near := nearest(name, known); near != "" {
		return found(near, name, own[near])
	}
	return ""
}

// found says which type to write in place of name, and which file has it, "" for none.
func found(t, name, from string) (text string) {
	if t != name {
		text = "; want " + t
	}
	if from != "" {
		text += fmt.Sprintf("; it comes with import %q;", from)
	}
	return text
}

// library is the types of the sources given last, by the name in fields: how their file is imported, which is as other files there do.
func (c *compiler) library() map[string]string {
	if c.known != nil {
		return c.known
	}
	c.known = map[string]string{}
	module, imports := map[string]string{}, map[string]string{}
	for _, sources := range c.last {
		paths, _ := fs.Glob(sources, "*/*.api")
		for _, name := range paths {
			src, err := fs.ReadFile(sources, name)
			if err != nil {
				continue
			}
			f, err := CompileSource(name, src, func(name string) (string, []byte, error) { return find(nil, c.last, "", name) })
			if err != nil {
				continue
			}
			for _, i := range f.ImportNames {
				imports[moduleName(i)] = i
			}
			for _, t := range f.Types {
				module[t.ref()] = t.Module
			}
		}
	}
	for t, m := range module {
		if c.known[t] = imports[m]; imports[m] == "" {
			c.known[t] = path.Clean(m + ".api")
		}
	}
	return c.known
}

// nearest is the name that differs from the given one by the fewest letters, a third of them at most; "" where there is none.
func nearest(name string, known []string) (near string) {
	core := func(t string) string { return strings.TrimSuffix(strings.TrimPrefix(t, "vl_api_"), "_t") }
	slices.Sort(known)
	least := max(1, len(core(name))/3) + 1
	least = min(least, len(core(name)))
	for _, k := range known {
		if len(k) <= maxHinted {
			if d := distance(core(name), core(k)); d < least {
				near, least = k, d
			}
		}
	}
	return near
}

// distance is how many bytes are put in, left out or changed between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
