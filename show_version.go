package gvpp

import (
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/cli"
)

// Version is what show version tells.
type Version struct {
	Program string `json:"program"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"` // of the commit
	Go      string `json:"go"`
	Arch    string `json:"arch"`
}

// ProgramVersion reads what the Go toolchain has noted in the binary.
func ProgramVersion() Version {
	v := Version{Program: "gvpp", Version: "devel", Go: runtime.Version(), Arch: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		if m := info.Main.Version; m != "" && m != "(devel)" {
			v.Version = m
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.Date = s.Value
			}
		}
	}
	return v
}

// String is the version in a line.
func (v Version) String() string {
	s := v.Program + " " + v.Version
	if len(v.Commit) >= 12 {
		s += " (" + v.Commit[:12] + ")"
	}
	return s + ", " + v.Go + " " + v.Arch
}

// VersionDetails is what show version verbose tells.
type VersionDetails struct {
	Version
	Modified bool              `json:"modified"` // there were changes since the commit
	Settings map[string]string `json:"settings"` // of the build: tags, the processor's level, …
	Main     string            `json:"main"`     // the package of the program
	PID      int               `json:"pid"`
}

func versionDetails() VersionDetails {
	d := VersionDetails{Version: ProgramVersion(), Settings: map[string]string{}, PID: os.Getpid()}
	if info, ok := debug.ReadBuildInfo(); ok {
		d.Main = info.Path
		for _, s := range info.Settings {
			if s.Key == "vcs.modified" {
				d.Modified = s.Value == "true"
			} else if !strings.HasPrefix(s.Key, "vcs") && s.Value != "" {
				d.Settings[s.Key] = s.Value
			}
		}
	}
	return d
}

func (b base) showVersion(c *cli.Call) error {
	verbose := c.Args.Keyword("verbose")
	if err := c.Args.End(); err != nil {
		return err
	}
	if !verbose {
		v := ProgramVersion()
		return c.Show(v, func(w io.Writer) { fmt.Fprintln(w, v) })
	}
	d := versionDetails()
	return c.Show(d, func(w io.Writer) {
		line := func(name, value string) {
			if value != "" { // the toolchain notes no commit outside a repository
				fmt.Fprintf(w, "%-26s%s\n", name+":", value)
			}
		}
		commit := d.Commit
		if d.Modified {
			commit += ", with changes"
		}
		line("Version", d.Version.Version)
		line("Commit", commit)
		line("Commit date", d.Date)
		line("Main package", d.Main)
		line("Compiler", d.Go+" "+d.Arch)
		line("Build settings", settings(d.Settings))
		line("Current PID", fmt.Sprint(d.PID))
	})
}

// settings is a build's settings in a line.
func settings(m map[string]string) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, k+"="+m[k])
	}
	return strings.Join(list, " ")
}
