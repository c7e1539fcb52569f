package peer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/bench/measure"
)

// Table is a setting of the lookups that hash tables are compared by: vectors of 256 keys of IPv4 flows, drawn uniformly,
// and an update of the state of each flow found. The keys are those of dataplane/flow's benchmarks.
type Table struct {
	Flows  int
	Misses int    // of 100 lookups; 0 to 99
	VPP    string // path of a vpp binary beside whose library and headers bihash is found; "": look on PATH, then in /usr
}

// RteHash is DPDK's rte_hash, looked up in bulk.
func RteHash(t Table) measure.Subject {
	return t.subject("rte_hash", program{
		source: "rtehash.c", library: "libdpdk", missing: "install the Debian package libdpdk-dev",
	})
}

// Bihash24 is VPP's bihash_24_8, the table its trackers use for IPv4 flows.
func Bihash24(t Table) measure.Subject { return t.bihash("bihash_24_8", 3) }

// Bihash16 is VPP's bihash_16_8, whose keys are just as long as ours.
func Bihash16(t Table) measure.Subject { return t.bihash("bihash_16_8", 2) }

func (t Table) bihash(name string, words int) measure.Subject {
	include, lib, err := vppinfra(t.VPP)
	if err != nil {
		return measure.Subject{Name: name, Skip: err.Error()}
	}
	return t.subject(name, program{
		source: "bihash.c",
		flags:  []string{fmt.Sprintf("-DKEY_WORDS=%d", words), "-I" + include},
		link:   []string{"-L" + lib, "-Wl,-rpath," + lib, "-lvppinfra"},
	})
}

// errNoVppinfra is what vppinfra says where there is none.
var errNoVppinfra = errors.New("no vppinfra headers and library beside a vpp binary (--vpp PATH), nor in /usr; install VPP with its -dev package")

// vppinfra finds the directories of VPP's headers and of its library.
func vppinfra(vpp string) (include, lib string, err error) {
	prefixes := []string{"/usr"}
	if vpp == "" {
		vpp, _ = exec.LookPath("vpp")
	}
	if real, err := filepath.EvalSymlinks(vpp); err == nil && vpp != "" {
		prefixes = []string{filepath.Dir(filepath.Dir(real)), "/usr"}
	}
	for _, p := range prefixes {
		include = filepath.Join(p, "include")
		if _, err := os.Stat(filepath.Join(include, "vppinfra", "bihash_24_8.h")); err != nil {
			continue
		}
		found, _ := filepath.Glob(filepath.Join(p, "lib*", "libvppinfra.so"))
		multiarch, _ := filepath.Glob(filepath.Join(p, "lib", "*", "libvppinfra.so"))
		for _, l := range append(found, multiarch...) {
			return include, filepath.Dir(l), nil
		}
	}
	return "", "", errNoVppinfra
}

// check finds a setting that no program takes.
func (t Table) check() error {
	if t.Flows < 1 || t.Flows > 100_000_000 || t.Misses < 0 || t.Misses > 99 {
		return fmt.Errorf("%d flows and %d misses of 100: want 1 to 100000000 and 0 to 99", t.Flows, t.Misses)
	}
	return nil
}

// subject compiles the program, starts it and waits until its table is filled.
func (t Table) subject(name string, p program) measure.Subject {
	skip := func(err error) measure.Subject { return measure.Subject{Name: name, Skip: err.Error()} }
	if err := t.check(); err != nil {
		return skip(err)
	}
	path, err := p.build()
	if err != nil {
		return skip(err)
	}
	c, err := startChild(here, path, strconv.Itoa(t.Flows), strconv.Itoa(t.Misses))
	if err != nil {
		return skip(err)
	}
	said, err := c.answer()
	var r ready
	if err == nil {
		r, err = parseReady(said)
	}
	if err != nil {
		_ = c.Close()
		return skip(err)
	}
	return measure.Subject{Name: name, Close: c.Close, Round: func() ([]measure.Sample, error) { return tableRound(c, r) }}
}

// ready is what a program says of its filled table.
type ready struct {
	schedule string  // the cheapest, which it stays with
	huge     float64 // share of its memory in huge pages
	bytes    float64 // a flow, the entry included
}

// parseReady reads "ready SCHEDULE huge=SHARE bytes=BYTES".
func parseReady(line string) (r ready, err error) {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "ready" {
		return r, fmt.Errorf("%q: want: ready … huge=SHARE bytes=BYTES", line)
	}
	last := len(words) - 2
	r.schedule = strings.Join(words[1:last], " ")
	for i, f := range []struct {
		name string
		to   *float64
	}{{"huge=", &r.huge}, {"bytes=", &r.bytes}} {
		text, ok := strings.CutPrefix(words[last+i], f.name)
		if *f.to, err = strconv.ParseFloat(text, 64); err != nil || !ok || !(*f.to >= 0) {
			return r, fmt.Errorf("%q: want %sNUMBER", words[last+i], f.name)
		}
	}
	return r, nil
}

// tableRound asks for one round.
func tableRound(c *child, r ready) ([]measure.Sample, error) {
	said, err := c.ask("round")
	if err != nil {
		return nil, err
	}
	ns, err := parseNs(said)
	if err != nil {
		return nil, err
	}
	return []measure.Sample{
		{Metric: "cost", Unit: "ns/lookup", Value: ns},
		{Metric: "memory", Unit: "B/flow", Value: r.bytes},
		{Metric: "huge pages", Unit: "share", Value: r.huge},
	}, nil
}

// parseNs reads the answer to "round".
func parseNs(line string) (float64, error) {
	ns, err := strconv.ParseFloat(line, 64)
	if err != nil || !(ns > 0) || ns > 1e9 {
		return 0, fmt.Errorf("%q: want nanoseconds a lookup", line)
	}
	return ns, nil
}
