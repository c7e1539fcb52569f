package report

import (
	"bytes"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a report in which all that a report can have occurs: losses, rates, skips, several parameters, zeros.
func sample() *Report {
	r := &Report{Header: Header{
		Date: time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC), Machine: "test-2", CPU: "Test <CPU> & Co", Cores: 2, ClockHz: 2.6e9,
		MemoryBytes: 24 << 30, Kernel: "Linux 6.18.0", Go: "go1.26 amd64", Commit: "0123456789ab-dirty", Flags: []string{"--rounds", "7"},
		NoASM: true, LoadBefore: 0.3, LoadAfter: 1.2, StolenCPU: 1, OtherCPU: 12, Seconds: 754.3, Incomplete: "interrupted in scenario rules",
		About: map[string]string{"table": "lookup | update", "afxdp": "forwarding"},
	}}
	add := func(params, subject, metric, unit string, median, spread float64) {
		r.Figures = append(r.Figures, Figure{"table", params, subject, metric, unit, median, median - spread, median + 2*spread, 7, ""})
	}
	for i, flows := range []string{"1000", "100000", "10000000"} {
		for _, family := range []string{"4", "6"} {
			p := "flows=" + flows + " family=" + family
			add(p, "go-map", "cost", "ns/key", 30+float64(i)*200, 3)
			add(p, "gvpp", "cost", "ns/key", 10+float64(i)*20, 1)
			if family == "4" && i > 0 {
				add(p, "rte_hash", "cost", "ns/key", 28, 0)
			}
			add(p, "gvpp", "memory", "B/flow", 100.5, 0)
		}
	}
	r.Figures = append(r.Figures,
		Figure{Scenario: "table", Params: "flows=1000 family=4", Subject: "rte_hash", Skipped: "failed: round 2: it said \"no\""},
		Figure{Scenario: "table", Params: "flows=1000 family=6", Subject: "bihash", Skipped: "no vpp headers"},
		Figure{Scenario: "rules", Params: "rules=0", Subject: "gvpp", Metric: "rate", Unit: "Mpps", Median: 20, Min: 19, Max: 21, Runs: 3},
		Figure{Scenario: "rules", Params: "rules=0", Subject: "vpp", Metric: "rate", Unit: "Mpps", Median: 5, Min: 5, Max: 5, Runs: 3},
		Figure{Scenario: "rules", Params: "rules=100", Subject: "gvpp", Metric: "rate", Unit: "Mpps", Median: 0.25, Min: 0.2, Max: 0.3, Runs: 3},
		Figure{Scenario: "rules", Params: "rules=100", Subject: "vpp", Metric: "rate", Unit: "Mpps", Median: 5, Min: 4, Max: 6, Runs: 3},
		Figure{Scenario: "rules", Params: "rules=100", Subject: "gvpp", Metric: "allocations", Unit: "objects/packet", Runs: 3},
		Figure{Scenario: "afxdp", Skipped: "it needs root"})
	return r
}

func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs from what is written now; if that is right, run go test -update. Now:\n%s", path, b.String())
	}
}

func TestGoldenFiles(t *testing.T) {
	r := sample()
	golden(t, "sample.json", r.WriteJSON)
	golden(t, "sample.md", r.WriteMarkdown)
	golden(t, "sample.html", r.WriteHTML)
	golden(t, "sample.txt", r.WriteText)
}

// What is written is read as it was.
func TestReadsWhatItWrites(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, r) {
		t.Errorf("got  %+v\nwant %+v", got, r)
	}
}

func TestReadNamesTheLine(t *testing.T) {
	good := `{"scenario":"s","params":"","subject":"gvpp","metric":"m","unit":"ns","median":2,"min":1,"max":3,"runs":7}` + "\n"
	for _, c := range []struct{ in, want string }{
		{good + "{", "line 2"},
		{good + "\n" + `{"scenario":"s"}`, "line 3"},
		{`{"scenario":"s","subject":"x","metric":"m","unit":"ns","median":2,"min":3,"max":3,"runs":1}`, "in order"},
		{`{"scenario":"s","subject":"x","metric":"m","unit":"ns","median":2,"min":2,"max":2}`, "0 runs"},
		{`{"median":1}`, "no scenario"},
		{good + strings.Repeat("x", maxLine+1), "line 2"},
	} {
		if _, err := Read(strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want an error with %q", c.in, err, c.want)
		}
	}
	if r, err := Read(strings.NewReader(good + "\n" + `{"scenario":"s","skipped":"why","later":1}`)); err != nil || len(r.Figures) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// FuzzRead: what can be read can be shown, and is the same when it is written and read again.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	_ = sample().WriteJSON(&b)
	f.Add(b.String())
	f.Add(`{"scenario":"s","params":"x=0 y=2","subject":"gvpp","metric":"m","unit":"ns","median":2,"min":1,"max":3e99,"runs":7}` + "\n" +
		`{"scenario":"s","params":"x=1e-300 y=2","subject":"gvpp","metric":"m","unit":"ns","median":0,"min":0,"max":0,"runs":7}`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := Read(strings.NewReader(in))
		if err != nil {
			return
		}
		for _, write := range []func(io.Writer) error{r.WriteMarkdown, r.WriteHTML, r.WriteText, Compare(r, r, 5).Write} {
			if err := write(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Skip() // a date outside of what JSON's can say
		}
		again, err := Read(&b)
		if err != nil || !reflect.DeepEqual(again.Figures, r.Figures) {
			t.Fatalf("%v: %+v became %+v", err, r.Figures, again)
		}
	})
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.00012: "0.00012", 0.5: "0.50", 9.99: "9.99", 9.999: "10.0", 12.34: "12.3", 99.96: "100",
		123.4: "123", 1234567: "1,234,567", -1234: "-1,234", 999: "999", -123: "-123"} {
		if got := Number(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	if m, lo, hi := Median([]float64{3, 9, 1}); m != 3 || lo != 1 || hi != 9 {
		t.Error(m, lo, hi)
	}
	if m, _, _ := Median([]float64{3, 9, 1, 4}); m != 3.5 {
		t.Error(m)
	}
}

// A loss is shown as a factor above 1, of costs and of rates.
func TestLossesAreShown(t *testing.T) {
	seen := map[string]float64{}
	for _, s := range sample().Sections() {
		for _, table := range s.Tables {
			for _, row := range table.Rows {
				for i, c := range row.Cells {
					seen[s.Scenario+" "+strings.Join(row.Values, " ")+" "+table.Subjects[i]+" "+table.Metric] = c.Ratio
				}
			}
		}
	}
	for key, want := range map[string]float64{
		"table 10000000 4 rte_hash cost": 50.0 / 28, "table 1000 4 go-map cost": 10.0 / 30, "table 1000 4 gvpp cost": 0,
		"rules 0 vpp rate": 0.25, "rules 100 vpp rate": 20, "table 1000 4 rte_hash cost": 0,
	} {
		if got, ok := seen[key]; !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
}

func TestEveryTextIsEscaped(t *testing.T) {
	r := sample()
	for i := range r.Figures {
		r.Figures[i].Subject += "<script>"
		r.Figures[i].Unit += "<script>"
		r.Figures[i].Params = strings.ReplaceAll(r.Figures[i].Params, "flows", "<script>")
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script>") {
		t.Error("markup came through")
	}
	if n := strings.Count(b.String(), "<svg"); n == 0 || n != strings.Count(b.String(), "</svg>") {
		t.Errorf("%d plots", n)
	}
}
