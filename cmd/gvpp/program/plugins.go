package program

import (
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/nodes/classify"
	"github.com/gvpp/gvpp/nodes/flowtrack"
	"github.com/gvpp/gvpp/nodes/reassembly"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/acl"
	"github.com/gvpp/gvpp/plugins/inacl"
	"github.com/gvpp/gvpp/plugins/linuxcp"
	"github.com/gvpp/gvpp/plugins/tap"
)

// Plugin is a plugin that somebody compiles into a program of their own.
type Plugin struct {
	Name string               // by which startup.conf disables it: plugins { plugin NAME { disable } }
	New  func() plugin.Plugin // makes a fresh one: each dataplane has its own
}

// own are the names of gvpp's plugins, which can be disabled.
var own = []string{"classify", "flowtrack", "reassembly", "acl", "inacl", "tap", "linux-cp"}

// checkPlugins looks for a name that is empty or taken.
func checkPlugins(list []Plugin) error {
	names := slices.Clone(own)
	for _, p := range list {
		if p.Name == "" || p.New == nil || slices.Contains(names, p.Name) {
			return fmt.Errorf("program: plugin %q: want a name that no other plugin has, and New", p.Name)
		}
		names = append(names, p.Name)
	}
	return nil
}

// pluginNames are the plugins that can be disabled.
func (s *startup) pluginNames() []string {
	names := slices.Clone(own)
	for _, p := range s.extra {
		names = append(names, p.Name)
	}
	return names
}

// stanzasOfPlugins is the stanzas of startup.conf that plugins read, and the name of the plugin that does.
func (s *startup) stanzasOfPlugins() map[string]string {
	of := map[string]string{}
	for _, p := range []Plugin{
		{"classify", func() plugin.Plugin { return classify.New(nil) }}, {"flowtrack", func() plugin.Plugin { return flowtrack.New() }},
		{"reassembly", func() plugin.Plugin { return reassembly.New(nil) }},
		{"tap", func() plugin.Plugin { return tap.New() }}, {"linux-cp", func() plugin.Plugin { return linuxcp.New(tap.New()) }},
	} {
		declared(of, p)
	}
	for _, p := range s.extra {
		declared(of, p)
	}
	return of
}

// declared adds the stanzas that a plugin declares.
func declared(of map[string]string, p Plugin) {
	var r plugin.Registry
	p.New().Register(&r)
	for _, st := range r.Stanzas {
		of[st.Name] = p.Name
	}
}

// compiledIn is the one list of this program's plugins, made anew.
func (s *startup) compiledIn() []plugin.Plugin {
	return append(s.ownPlugins(), s.extras()...)
}

// extras is those of them that are not gvpp's own.
func (s *startup) extras() (list []plugin.Plugin) {
	for _, p := range s.extra {
		if !s.disabled[p.Name] {
			list = append(list, p.New())
		}
	}
	return list
}

func (s *startup) ownPlugins() (list []plugin.Plugin) {
	var sessions classify.Sessions
	var follower reassembly.Tracker
	var timeouts acl.Timeouts
	if !s.disabled["flowtrack"] {
		tracker := flowtrack.New()
		tracker.FirstPieces = s.disabled["reassembly"]
		sessions = tracker
		follower, timeouts = tracker, tracker
		list = append(list, tracker)
	}
	if !s.disabled["inacl"] {
		list = append(list, inacl.New())
	}
	if !s.disabled["tap"] {
		taps := tap.New()
		list = append(list, taps)
		if !s.disabled["linux-cp"] {
			list = append(list, linuxcp.New(taps))
		}
	}
	if s.disabled["classify"] {
		return list
	}
	rules := classify.New(sessions)
	list = append(list, rules)
	if !s.disabled["acl"] {
		lists := acl.New(rules)
		lists.Timeouts, lists.Pieces = timeouts, s.disabled["reassembly"]
		list = append(list, lists)
	}
	if !s.disabled["reassembly"] && (follower != nil || sessions == nil) {
		list = append(list, reassembly.New(follower))
	}
	return list
}
