package gvpp

import (
	"context"
	"fmt"
	"io"
	"path"
	"reflect"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerPrograms declares what shows the program, its plugins and its threads.
func (b base) registerPrograms(r *plugin.Registry) {
	r.CLI("show version", "show version [verbose]\nShows what is running.", b.showVersion)
	r.Complete(func([]string) []string { return []string{"verbose"} })
	r.CLI("show plugins", "show plugins\nShows the plugins that are compiled in and not disabled, in the order in which they were registered.", b.showPlugins)
	r.CLI("show threads", "show threads\nShows the program's first thread and the workers': kernel's number, scheduling, and where they run.", b.showThreads)
}

// PluginReport is a plugin of show plugins, with how much it has declared.
type PluginReport struct {
	Name     string `json:"name"` // of its package
	Package  string `json:"package"`
	Version  string `json:"version"` // of its module; devel where the toolchain has noted none
	Nodes    int    `json:"nodes"`
	Arcs     int    `json:"arcs"`
	Commands int    `json:"commands"`
	Modules  int    `json:"api_modules"`
}

// registered registers a plugin and says what that has come to.
func registered(p plugin.Plugin, r *plugin.Registry) PluginReport {
	t := reflect.TypeOf(p)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n, a, c, m := len(r.Nodes), len(r.Arcs), len(r.Commands), len(r.Services)
	p.Register(r)
	return PluginReport{path.Base(t.PkgPath()), t.PkgPath(), moduleVersion(t.PkgPath()), len(r.Nodes) - n, len(r.Arcs) - a, len(r.Commands) - c, len(r.Services) - m}
}

// moduleVersion is the version of the module that has a package.
func moduleVersion(pkg string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	best, version := "", ""
	for _, m := range append(info.Deps, &info.Main) {
		if (pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/")) && len(m.Path) > len(best) {
			best, version = m.Path, m.Version
		}
	}
	if version == "" || version == "(devel)" {
		return "devel"
	}
	return version
}

func (b base) showPlugins(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	list := append([]PluginReport{}, b.plugins...)
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintln(w, " Plugins are compiled in, shown in load order")
		fmt.Fprintf(w, "\n     %-41s%-33s%s\n", "Plugin", "Version", "Description")
		for i, p := range list {
			fmt.Fprintf(w, "%3d. %-41s%-33s%s\n", i+1, p.Name, p.Version, p.text())
		}
	})
}

// text is what a plugin has declared, in words.
func (p *PluginReport) text() string {
	s := p.Package
	for _, n := range []struct {
		n    int
		what string
	}{{p.Nodes, "nodes"}, {p.Arcs, "arcs"}, {p.Commands, "commands"}, {p.Modules, "API modules"}} {
		if n.n == 1 {
			n.what = strings.TrimSuffix(n.what, "s")
		}
		if n.n > 0 {
			s += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	return s
}

// ThreadReport is a thread of show threads.
type ThreadReport struct {
	ID       int    `json:"id"` // 0: the program's first; workers begin with 1
	Name     string `json:"name"`
	Type     string `json:"type,omitempty"`
	LWP      int    `json:"lwp"`      // the kernel's number; 0: it does not run
	Policy   string `json:"policy"`   // of scheduling
	Priority uint32 `json:"priority"` // of real-time policies
	CPU      uint32 `json:"lcore"`    // where it is pinned, or ran last
	Core     uint32 `json:"core"`
	Socket   uint32 `json:"socket"`
}

func (b base) showThreads(c *cli.Call) error {
	if err := c.Args.End(); err != nil {
		return err
	}
	threads, _ := vlibAPI{dp: b.Dataplane}.ShowThreads(context.Background(), nil) // has no error
	list := []ThreadReport{}
	for _, t := range threads.ThreadData {
		r := ThreadReport{ID: int(t.ID), Name: t.Name, Type: t.Type, LWP: int(t.PID), CPU: t.CPUID, Core: t.Core, Socket: t.CPUSocket}
		r.Policy, r.Priority = scheduling(r.LWP)
		list = append(list, r)
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintf(w, "%-7s%-20s%-12s%-8s%-25s%-7s%-7s%s\n", "ID", "Name", "Type", "LWP", "Sched Policy (Priority)", "lcore", "Core", "Socket")
		for _, t := range list {
			fmt.Fprintf(w, "%-7d%-20s%-12s%-8d%-25s%-7d%-7d%d\n", t.ID, t.Name, t.Type, t.LWP, fmt.Sprintf("%s (%d)", t.Policy, t.Priority), t.CPU, t.Core, t.Socket)
		}
	})
}

// policies is the kernel's names of scheduling policies.
var policies = map[uint32]string{unix.SCHED_NORMAL: "other", unix.SCHED_FIFO: "fifo", unix.SCHED_RR: "rr", unix.SCHED_BATCH: "batch", unix.SCHED_IDLE: "idle", unix.SCHED_DEADLINE: "deadline"}

// scheduling is how the kernel schedules a thread.
func scheduling(tid int) (policy string, priority uint32) {
	if tid == 0 {
		return "not running", 0
	}
	a, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return "unknown", 0
	}
	if policy = policies[a.Policy]; policy == "" {
		policy = fmt.Sprint(a.Policy)
	}
	return policy, a.Priority
}
