// Package report keeps what a run of the benches has found, and shows it.
//
// Terms: a figure is the median of what a subject said of a metric over the rounds, with the least and the most; a header
// says on what machine, with what code and under what load; a report is a header and its figures. A table is one metric of
// a scenario: a row for each setting of the parameters, a column for each subject. A plot draws a table's columns against
// the parameter that is named first.
//
//	figures ──> lines of JSON (json.go) <──> Compare
//	        └─> Section, Table (table.go) ──> Markdown, HTML with inline SVG plots
//
// Invariant: what was measured is shown as it is, also where gvpp loses; what was not measured says why. The package
// measures nothing and knows no scenario.
package report

import (
	"slices"
	"strings"
	"time"
)

// Header says under what circumstances a report came about.
type Header struct {
	Date        time.Time         `json:"date"`    // when it began
	Machine     string            `json:"machine"` // a slug, as in the files' names
	CPU         string            `json:"cpu"`     // model
	Cores       int               `json:"cores"`
	ClockHz     float64           `json:"clock_hz"` // rate of the counter that "clocks" are counted by
	MemoryBytes uint64            `json:"memory_bytes"`
	Kernel      string            `json:"kernel"`
	Go          string            `json:"go"`
	Commit      string            `json:"commit"` // ends in -dirty where files differed from it
	Flags       []string          `json:"flags"`  // as typed
	NoASM       bool              `json:"no_asm"` // GVPP_NOASM=1: portable code was forced
	LoadBefore  float64           `json:"load_before"`
	LoadAfter   float64           `json:"load_after"`
	StolenCPU   float64           `json:"stolen_cpu_percent"` // of the machine's time, taken by its host during the run
	OtherCPU    float64           `json:"other_cpu_percent"`  // of the machine's time, used by other processes during the run
	Seconds     float64           `json:"seconds"`            // how long the run took
	Incomplete  string            `json:"incomplete,omitempty"`
	About       map[string]string `json:"about,omitempty"` // by scenario: its line in the list
}

// Figure is what a scenario found for a subject, or, where Skipped is not empty, why it found nothing. Then there is no
// metric; Subject is empty where it concerns all of them, Params where it concerns the whole scenario.
type Figure struct {
	Scenario string
	Params   string // name=value, separated by spaces
	Subject  string
	Metric   string
	Unit     string
	Median   float64
	Min      float64
	Max      float64
	Runs     int
	Skipped  string
}

// Report is a run's result.
type Report struct {
	Header  Header
	Figures []Figure
}

// Params takes a figure's parameters apart.
func Params(s string) (list []Param) {
	for _, f := range strings.Fields(s) {
		name, value, _ := strings.Cut(f, "=")
		list = append(list, Param{name, value})
	}
	return list
}

// Param is a parameter and its value.
type Param struct{ Name, Value string }

// Direction is which way a unit's values are better.
type Direction int

// The directions.
const (
	Neither Direction = iota // a circumstance rather than a result
	Lower
	Higher
)

// Better is the direction of a unit: rates are better when higher, costs when lower.
func Better(unit string) Direction {
	switch {
	case unit == "packets/vector", unit == "%", unit == "share":
		return Neither
	case strings.HasSuffix(unit, "/s"), strings.HasSuffix(unit, "pps"):
		return Higher
	}
	return Lower
}

// Median is the middle of the values, the mean of the middle two where they are even, with the least and the most. There
// must be at least one value.
func Median(values []float64) (median, least, most float64) {
	v := slices.Sorted(slices.Values(values))
	median = v[len(v)/2]
	if len(v)%2 == 0 {
		median = (median + v[len(v)/2-1]) / 2
	}
	return median, v[0], v[len(v)-1]
}
