package program

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
)

// taken says what of this program has a plugin's name already: another plugin, a node, a command, a stanza, messages, statistics.
func taken(name string, extra []Plugin) (err error) {
	by := func(format string, a ...any) error {
		return fmt.Errorf("plugin name %q is taken: %s; take another, such as my%s", name, fmt.Sprintf(format, a...), name)
	}
	s := &startup{extra: extra}
	if slices.Contains(s.pluginNames(), name) {
		return by("gvpp has a plugin of that name")
	}
	if s.stanzas = s.stanzasOfPlugins(); s.reads(name) {
		return by("startup.conf has a stanza of that name")
	}
	dp, err := gvpp.New(gvpp.Config{Plugins: s.compiledIn(), Buffers: apiBuffers})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dp.Close()) }()
	if _, ok := dp.Graph().Plan.NodeID(name); ok {
		return by("the graph has a node of that name")
	}
	if command := commandOf(dp.CLI(), name); command != "" {
		return by("the CLI understands `%s`", command)
	}
	modules, err := apiModules(extra...)
	if err != nil {
		return err
	}
	for _, f := range modules {
		if f.Name == name {
			return by("the API has a module of that name")
		}
		for _, m := range f.Messages {
			if strings.HasPrefix(m.Name, name+"_") {
				return by("the API's module %s has a message %s", f.Name, m.Name)
			}
		}
	}
	for _, e := range dp.Stats().Entries() {
		if strings.HasPrefix(e.Name+"/", "/"+name+"/") {
			return by("the statistics have %s", e.Name)
		}
	}
	return nil
}

// reads says whether a stanza of startup.conf has a meaning for gvpp.
func (s *startup) reads(stanza string) bool {
	var ignored strings.Builder
	err := s.stanza(&config.Stanza{Name: stanza}, &ignored)
	return err == nil && ignored.Len() == 0
}

// commandOf is what the CLI has for a command of that name, whole or as what it is short for today; "" for nothing.
func commandOf(tree *cli.Tree, name string) string {
	if new(cli.Tree).Add(name+" add rule", "", "", func(*cli.Call) error { return nil }) != nil {
		return name
	}
	for _, before := range []string{"", "show ", "clear "} {
		if found := tree.Complete(before + name); len(found) == 1 || slices.Contains(found, name) {
			return before + name
		}
	}
	return ""
}
