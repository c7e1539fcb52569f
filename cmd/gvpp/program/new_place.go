package program

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/module"

	"github.com/gvpp/gvpp/internal/scaffold"
)

// place is where a plugin goes.
type place struct {
	dir     string // of the plugin
	from    string // where its commands are given
	list    string // the file with the list of plugins to join; "" where it has a program of its own
	options scaffold.Options
}

// place finds where the plugin goes, and what it needs of gvpp.
func (c *newPluginCommand) place() (p place, err error) {
	here, err := os.Getwd()
	if err != nil {
		return p, err
	}
	if c.Dir != "" {
		if here, err = filepath.Abs(c.Dir); err != nil {
			return p, err
		}
	}
	root, inTree := moduleOfGVPP(here)
	switch {
	case c.Module != "":
		p, err = c.ownModule(here, root)
	case !inTree:
		return p, fmt.Errorf("%s is not in a checkout of gvpp: go to one, or say --module example.com/me/%s for a module of its own", here, c.Name)
	default:
		p, err = c.inTree(here, root)
	}
	if err != nil {
		return p, err
	}
	if _, err := os.Lstat(p.dir); err == nil && c.Dir == "" {
		return p, fmt.Errorf("%s exists already: take another name, or another folder with --dir", p.dir)
	}
	return p, nil
}

// inTree is a place in gvpp's own tree.
func (c *newPluginCommand) inTree(dir, root string) (p place, err error) {
	if c.Dir == "" {
		dir = filepath.Join(root, "plugins", c.Name)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return p, err
	}
	folder := filepath.ToSlash(rel)
	at := scaffold.GVPP + "/" + folder
	if folder == "." || module.CheckImportPath(at) != nil {
		return p, fmt.Errorf("--dir %s: want a folder below %s that Go can import, such as plugins/%s", c.Dir, root, c.Name)
	}
	return place{
		dir: shown(dir), from: root, list: shown(filepath.Join(root, "cmd", "gvpp", "main.go")),
		options: scaffold.Options{Name: c.Name, Import: at, Folder: folder},
	}, nil
}

// ownModule is a place of its own. root is the checkout around it, if there is one.
func (c *newPluginCommand) ownModule(dir, root string) (p place, err error) {
	if c.Dir == "" {
		dir = filepath.Join(dir, c.Name)
	}
	m, err := c.gvpp(root)
	if err != nil {
		return p, err
	}
	return place{dir: shown(dir), from: dir, options: scaffold.Options{Name: c.Name, Import: c.Module, Module: m}}, nil
}

// gvpp reads what a module needs of gvpp: of --gvpp, of the checkout around, or of the one that this program was built from.
func (c *newPluginCommand) gvpp(around string) (*scaffold.Module, error) {
	root, why := around, "around you"
	if _, file, _, ok := runtime.Caller(0); root == "" && ok && filepath.IsAbs(file) {
		root, why = filepath.Join(filepath.Dir(file), "..", "..", ".."), "that this gvpp was built from"
	}
	if c.GVPP != "" {
		var err error
		if root, err = filepath.Abs(c.GVPP); err != nil {
			return nil, err
		}
		why = "that --gvpp names"
	}
	if root == "" {
		return nil, errors.New("this gvpp does not know what it was built from (-trimpath): name a checkout of gvpp with --gvpp DIR")
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !scaffold.IsGVPP(mod) {
		return nil, fmt.Errorf("the folder %s, %s, is no checkout of gvpp: name one with --gvpp DIR", why, root)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	return &scaffold.Module{Source: root, GoMod: mod, GoSum: sum}, err
}

// moduleOfGVPP is the folder of the module that dir is in, if that is gvpp's. dir need not be there yet.
func moduleOfGVPP(dir string) (root string, ok bool) {
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			if scaffold.IsGVPP(mod) {
				return dir, true
			}
			return "", false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// next is the commands to type, in order.
func (p *place) next() (list []string) {
	if d := shown(p.from); d != "." {
		list = append(list, "cd "+quoted(d))
	}
	o := &p.options
	list = append(list, "go test "+quoted(o.Test()))
	if len(list) == 1 {
		list = append(list, "go test -bench . -run '^$' "+quoted(o.Package()))
	}
	return append(list, fmt.Sprintf("go run %s replay --in a=%s --interface b --exec %s --then %q",
		o.Program(), quoted(o.Testdata()+"/packets.pcap"), quoted(o.Testdata()+"/rules.cli"), "show "+o.Name))
}

// quoted is a word for a shell.
func quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@=") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
