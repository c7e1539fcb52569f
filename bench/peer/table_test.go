package peer

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/bench/measure"
)

func TestParse(t *testing.T) {
	want := ready{"bulk=64 update=last", 0.97, 115.8}
	if got, err := parseReady("ready bulk=64 update=last huge=0.97 bytes=115.8"); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, line := range []string{"", "ready", "read huge=1 bytes=2", "ready huge=1", "ready bytes=1 huge=1", "ready huge=1 bytes=", "ready huge=x bytes=1", "ready huge=-1 bytes=1", "ready huge=nan bytes=1"} {
		if got, err := parseReady(line); err == nil {
			t.Errorf("%q: %+v", line, got)
		}
	}
	for _, line := range []string{"", "12 ", "-1", "0", "nan", "inf", "1e10", "12ns"} {
		if got, err := parseNs(line); err == nil {
			t.Errorf("%q: %v ns", line, got)
		}
	}
	if sent, cpu, err := parseCount("12 34"); sent != 12 || cpu != 34 || err != nil {
		t.Errorf("%d %v %v", sent, cpu, err)
	}
	for _, line := range []string{"", "12", "12 -1", "-1 2", "1 2 3", "1 2x", "a b"} {
		if sent, cpu, err := parseCount(line); err == nil {
			t.Errorf("%q: %d %v", line, sent, cpu)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{"ready bulk=64 huge=0.97 bytes=115.8", "12.345", "1 2", "error x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := parseReady(line); err == nil && (!(r.huge >= 0) || !(r.bytes >= 0)) {
			t.Errorf("%q: %+v", line, r)
		}
		if ns, err := parseNs(line); err == nil && (!(ns > 0) || math.IsInf(ns, 0)) {
			t.Errorf("%q: %v", line, ns)
		}
		if _, cpu, err := parseCount(line); err == nil && cpu < 0 {
			t.Errorf("%q: %v", line, cpu)
		}
	})
}

// The tables of others answer right, or say why they do not answer.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(Table) measure.Subject
	}{{"rte_hash", RteHash}, {"bihash_24_8", Bihash24}, {"bihash_16_8", Bihash16}} {
		t.Run(c.name, func(t *testing.T) {
			for _, misses := range []int{0, 90} {
				s := c.make(Table{Flows: 1000, Misses: misses, VPP: os.Getenv("GVPP_VPP")})
				if s.Name != c.name {
					t.Fatalf("it is called %q", s.Name)
				}
				if s.Skip != "" {
					t.Skipf("%s: %s", t.Name(), s.Skip)
				}
				for range 2 {
					got, err := s.Round()
					if err != nil || len(got) != 3 || got[0].Metric != "cost" || got[0].Value <= 0 || got[1].Value < 64 {
						t.Errorf("%v, %v", got, err)
					}
				}
				ok(t, s.Close())
			}
		})
	}
}

func TestTablesThatCannotBe(t *testing.T) {
	for _, table := range []Table{{}, {Flows: -1}, {Flows: 1 << 30}, {Flows: 1, Misses: 100}, {Flows: 1, Misses: -1}} {
		if s := RteHash(table); !strings.Contains(s.Skip, "want") || s.Round != nil {
			t.Errorf("%+v: %q", table, s.Skip)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if s := RteHash(Table{Flows: 1}); !strings.Contains(s.Skip, "package gcc") {
		t.Errorf("without a compiler: %q", s.Skip)
	}
}

func TestVppinfra(t *testing.T) {
	prefix := t.TempDir()
	path := func(parts ...string) string { return filepath.Join(append([]string{prefix}, parts...)...) }
	touch := func(name string) {
		ok(t, os.MkdirAll(filepath.Dir(name), 0o755))
		ok(t, os.WriteFile(name, nil, 0o755))
	}
	touch(path("bin", "vpp"))
	touch(path("include", "vppinfra", "bihash_24_8.h"))
	if _, err := os.Stat("/usr/include/vppinfra/bihash_24_8.h"); err != nil {
		if _, _, err := vppinfra(path("bin", "vpp")); err == nil {
			t.Error("found without a library")
		}
	}
	lib := path("lib", "some-linux-gnu", "libvppinfra.so")
	touch(lib)
	ok(t, os.Symlink(path("bin", "vpp"), path("link")))
	for _, vpp := range []string{path("bin", "vpp"), path("link")} {
		include, dir, err := vppinfra(vpp)
		if err != nil || include != path("include") || dir != filepath.Dir(lib) {
			t.Errorf("%s: %q %q %v", vpp, include, dir, err)
		}
	}
}
