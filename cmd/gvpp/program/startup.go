package program

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/graph"
)

// startup is what startup.conf says, but for the plugins' stanzas.
type startup struct {
	runtimeDir  string // of sockets without names
	socket      string // of the CLI
	apiSocket   string // of the binary API
	statsSocket string // of the statistics segment
	apiTrace    int    // messages of API clients to keep from the start
	stats       gvpp.StatsConfig
	group       string           // that may use them
	cli         cli.ServerConfig // how it looks
	exec        string           // CLI lines to run at start
	pidFile     string
	logFile     string
	workers     int
	cores       []int
	coresPos    config.Pos // of the word that lists them
	buffers     int
	bufferSize  int
	interfaces  []*hostInterface
	mode        afxdp.Mode // of interfaces that do not say
	ringSize    int        // 0: the driver's default
	pass        []afxdp.PassRule
	disabled    map[string]bool   // plugins
	plugins     []config.Stanza   // the plugins' own
	extra       []Plugin          // besides gvpp's own
	stanzas     map[string]string // which plugins read: the plugin's name by the stanza's
}

// hostInterface is an interface of the af_xdp stanza.
type hostInterface struct {
	host, name string
	queues     int
	mode       *afxdp.Mode
	pass       []afxdp.PassRule // besides startup's
}

// readStartup reads the file, if there is one, and the words behind it. extra is the plugins besides gvpp's own.
func readStartup(file string, words []string, warn io.Writer, extra ...Plugin) (*startup, error) {
	stanzas, err := readStanzas(file, words)
	if err != nil {
		return nil, err
	}
	s := &startup{extra: extra, disabled: map[string]bool{}, cli: cli.ServerConfig{Banner: banner()}}
	s.stanzas = s.stanzasOfPlugins()
	for i := range stanzas {
		if err := s.stanza(&stanzas[i], warn); err != nil {
			return nil, err
		}
	}
	s.nameSockets()
	s.plugins = slices.DeleteFunc(s.plugins, func(st config.Stanza) bool {
		off := s.disabled[s.stanzas[st.Name]]
		if off {
			fmt.Fprintf(warn, "gvpp: %v: stanza %q is ignored: the plugin is disabled\n", st.Pos, st.Name)
		}
		return off
	})
	return s, nil
}

func readStanzas(file string, words []string) (all []config.Stanza, err error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("startup configuration: %w", err)
		}
		if all, err = config.Parse(file, text); err != nil {
			return nil, err
		}
	}
	more, err := parseWords(words)
	if err != nil {
		return nil, err
	}
	return config.Merge(all, more), nil
}

// pluginStanzas reads only the plugins' stanzas of a file.
func pluginStanzas(file string, warn io.Writer, extra []Plugin) ([]config.Stanza, error) {
	s, err := readStartup(file, nil, warn, extra...)
	if err != nil {
		return nil, err
	}
	return s.plugins, nil
}

func (s *startup) stanza(st *config.Stanza, warn io.Writer) error {
	schema := map[string]config.Schema{
		"unix": s.unixSchema(), "cpu": s.cpuSchema(), "buffers": s.bufferSchema(), "af_xdp": s.afxdpSchema(), "plugins": s.pluginSchema(warn),
		"socksvr": s.socksvrSchema(), "statseg": s.statsegSchema(), "api-trace": s.apiTraceSchema(),
	}[st.Name]
	switch {
	case s.stanzas[st.Name] != "":
		s.plugins = append(s.plugins, *st)
		return nil
	case schema != nil:
		return st.Cursor().Walk(schema)
	case config.KnownVPP(st.Name):
		fmt.Fprintf(warn, "gvpp: %v: stanza %q is VPP's and means nothing here: ignored\n", st.Pos, st.Name)
		return nil
	}
	if err := noStanza(st.Name); err != nil {
		return fmt.Errorf("%v: %w", st.Pos, err)
	}
	return fmt.Errorf("%v: unknown stanza %q: want unix, cpu, buffers, socksvr, statseg, af_xdp, plugins, %s", st.Pos, st.Name, strings.Join(slices.Sorted(maps.Keys(s.stanzas)), " or "))
}

// ignoring accepts words of VPP's that have no meaning here yet, with their values.
func ignoring(words ...string) config.Schema {
	s := config.Schema{}
	for _, w := range words {
		s[w] = func(c *config.Cursor) error {
			if w == "default" {
				return nil
			}
			_, err := c.Str()
			return err
		}
	}
	return s
}

func text(to *string) func(*config.Cursor) error {
	return func(c *config.Cursor) (err error) { *to, err = c.Str(); return err }
}

func number(to *int, lo, hi int64) func(*config.Cursor) error {
	return func(c *config.Cursor) error {
		n, err := c.Int(lo, hi)
		*to = int(n)
		return err
	}
}

func nothing(*config.Cursor) error { return nil }

func (s *startup) unixSchema() config.Schema {
	schema := config.Schema{
		"runtime-dir": text(&s.runtimeDir), "cli-listen": socketPath(&s.socket), "gid": text(&s.group), "exec": text(&s.exec), "startup-config": text(&s.exec),
		"pidfile": text(&s.pidFile), "log": text(&s.logFile),
	}
	for _, w := range []string{"nodaemon", "nosyslog", "nocolor", "interactive", "full-coredump"} {
		schema[w] = nothing // gvpp always stays in the foreground and logs to standard error
	}
	for w, f := range ignoring("coredump-size", "poll-sleep-usec") {
		schema[w] = f
	}
	maps.Copy(schema, s.terminalSchema())
	return schema
}

func (s *startup) cpuSchema() config.Schema {
	schema := ignoring("main-core", "skip-cores")
	schema["workers"] = func(c *config.Cursor) error {
		n, err := c.Int(0, graph.MaxWorkers)
		s.workers, s.stats.NoMain = int(n), n == 0 // none are VPP's way to say one thread; ours is a worker all the same
		return err
	}
	schema["relative"] = nothing
	schema["corelist-workers"] = func(c *config.Cursor) error {
		list, err := c.Str()
		if err != nil {
			return err
		}
		if s.cores, err = coreList(list); err != nil {
			return c.Errorf("%w", err)
		}
		s.workers, s.stats.NoMain, s.coresPos = len(s.cores), false, c.Pos()
		return nil
	}
	return schema
}

// coreList reads 2-3,5.
func coreList(list string) (cores []int, err error) {
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		lo, err1 := strconv.ParseUint(first, 10, 10)
		hi, err2 := strconv.ParseUint(last, 10, 10)
		if err1 != nil || err2 != nil || lo > hi {
			return nil, fmt.Errorf("core list %q: want cores and ranges, as in 2-3,5", list)
		}
		for n := lo; n <= hi; n++ {
			if slices.Contains(cores, int(n)) {
				return nil, fmt.Errorf("core list %q: core %d stands twice", list, n)
			}
			cores = append(cores, int(n))
		}
	}
	return cores, nil
}

func (s *startup) bufferSchema() config.Schema {
	size := config.Schema{"data-size": func(c *config.Cursor) error {
		n, err := c.OneOf("2048", "4096", "16384")
		s.bufferSize, _ = strconv.Atoi(n)
		return err
	}}
	schema := ignoring("page-size")
	schema["buffers-per-numa"] = number(&s.buffers, 1024, 1<<24)
	schema["data-size"] = size["data-size"]
	schema["default"] = func(c *config.Cursor) error {
		inner, err := c.Block()
		if err != nil {
			return err
		}
		return inner.Walk(size)
	}
	return schema
}

func (s *startup) pluginSchema(warn io.Writer) config.Schema {
	schema := ignoring("path", "add-path")
	schema["plugin"] = func(c *config.Cursor) error {
		name, err := c.Str()
		if err != nil {
			return err
		}
		pos := c.Pos()
		name, file := strings.CutSuffix(name, "_plugin.so")
		inner, err := c.Block()
		if err != nil {
			return err
		}
		foreign := file && !slices.Contains(s.pluginNames(), name) // one of VPP's, by the name of its file
		if name == "default" {
			fmt.Fprintf(warn, "gvpp: %v: \"plugin default\" is VPP's and means nothing here: ignored; disable plugins by name: %s\n", pos, strings.Join(s.pluginNames(), ", "))
		} else if !foreign && !slices.Contains(s.pluginNames(), name) {
			return c.Errorf("no plugin %q; there are %s", name, strings.Join(s.pluginNames(), ", "))
		}
		return inner.Walk(config.Schema{
			"enable": func(*config.Cursor) error {
				if foreign {
					fmt.Fprintf(warn, "gvpp: %v: there is no plugin %q: ignored\n", pos, name)
				}
				delete(s.disabled, name)
				return nil
			},
			"disable": func(*config.Cursor) error { s.disabled[name] = true; return nil },
		})
	}
	return schema
}
