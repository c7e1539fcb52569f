package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/report"
)

// inProcess are the scenarios that need nothing but this process.
var inProcess = []string{"graph", "vector", "rules", "table", "classifier", "churn", "cores", "api", "pg", "routes"}

// A short run of all that needs no privilege and no other program gives figures for every group, and leaves its files.
func TestShortRun(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	list := inProcess
	if testing.Short() {
		list = []string{"table", "cores"}
	}
	args := append([]string{"--short", "--rounds", "1", "--out", dir, "--machine", "Test Machine", "--json", "-"}, list...)
	if code := run(context.Background(), args, &streams{&out, &errs}); code != 0 {
		t.Fatalf("code %d\n%s", code, errs.String())
	}
	measured := map[string]bool{}
	for d := json.NewDecoder(&out); d.More(); {
		var f report.Figure
		if err := d.Decode(&f); err != nil {
			t.Fatal(err)
		}
		checkFigure(t, &f)
		if f.Skipped == "" {
			measured[f.Scenario+" "+f.Params] = true
		}
	}
	for _, name := range list {
		s, _ := find(scenarios, name)
		for _, g := range s.Groups(measure.Options{Short: true}) {
			if !measured[name+" "+g.Params] && !strings.Contains(g.Params, "cores=2") {
				t.Errorf("%s %s: nothing measured", name, g.Params)
			}
		}
	}
	for _, ext := range []string{"json", "md", "html"} {
		if found, _ := filepath.Glob(filepath.Join(dir, "*-test-machine."+ext)); len(found) != 1 {
			t.Errorf("files %v", found)
		}
	}
}

// checkFigure holds what is so on every machine, however slow.
func checkFigure(t *testing.T, f *report.Figure) {
	t.Helper()
	switch where := f.Scenario + " " + f.Params + " " + f.Subject; {
	case strings.HasPrefix(f.Skipped, "failed"):
		t.Errorf("%s: %s", where, f.Skipped)
	case f.Subject != "gvpp" || f.Skipped != "":
	case f.Metric == "allocations" && f.Median*256 >= 1: // one in a vector
		t.Errorf("%s: %v allocations a packet", where, f.Median)
	case f.Metric == "established lost" && f.Median != 0:
		t.Errorf("%s: %v established sessions lost", where, f.Median)
	case f.Metric == "vector" && f.Scenario == "graph" && f.Median != 256:
		t.Errorf("%s: vectors of %v", where, f.Median)
	case f.Unit == "ns/packet" && !(f.Median > 0.5 && f.Median < 1e6):
		t.Errorf("%s: %s of %v ns", where, f.Metric, f.Median)
	}
}

// Names are words, each once; groups are named by parameters, each once; the list is a line each.
func TestScenariosAreWellFormed(t *testing.T) {
	for i, s := range scenarios {
		if s.Name == "" || strings.ContainsAny(s.Name, " \t") || s.About == "" || strings.Contains(s.About, "\n") {
			t.Errorf("scenario %+v", s)
		}
		if slices.Index(names(scenarios), s.Name) != i {
			t.Errorf("%s is there twice", s.Name)
		}
		for _, short := range []bool{false, true} {
			var seen []string
			for _, g := range s.Groups(measure.Options{Short: short}) {
				if slices.Contains(seen, g.Params) || g.Open == nil || len(report.Params(g.Params)) == 0 || !strings.Contains(g.Params, "=") {
					t.Errorf("%s: group %q among %q", s.Name, g.Params, seen)
				}
				seen = append(seen, g.Params)
			}
			if len(seen) == 0 {
				t.Errorf("%s: no groups", s.Name)
			}
		}
	}
}
