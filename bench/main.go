// Command bench runs named scenarios and prints what they cost, each beside a baseline measured in the same run.
//
//	go run ./bench              all scenarios
//	go run ./bench graph        one
//	go run ./bench -json        a line of JSON for each figure
//
// Terms: a subject is what is measured (gvpp, or a baseline); a round runs every subject of a scenario once, so that a
// machine that changes its speed changes it for all; a figure is the median of the rounds, with the least and the most.
// Time is the measured thread's CPU time, since machines are shared. Rates of the whole machine are not measured.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
)

// scenario is something to measure. run makes one round: a value per subject, in the same order each time.
type scenario struct {
	name, unit, about string
	setUp             func() (round func() ([]sample, error), done func() error, err error)
}

// sample is a subject's value in a round.
type sample struct {
	params, subject string
	value           float64
}

// figure is what a scenario found for a subject.
type figure struct {
	Scenario string  `json:"scenario"`
	Params   string  `json:"params"`
	Subject  string  `json:"subject"`
	Metric   string  `json:"metric"`
	Median   float64 `json:"median"`
	Min      float64 `json:"min"`
	Max      float64 `json:"max"`
	Runs     int     `json:"runs"`
}

var scenarios = []scenario{graphScenario, afxdpScenario}

func main() {
	rounds := flag.Int("rounds", 7, "rounds of each scenario")
	asJSON := flag.Bool("json", false, "print a line of JSON for each figure")
	flag.Usage = usage
	flag.Parse()
	if *rounds < 1 {
		fmt.Fprintf(os.Stderr, "bench: -rounds %d: want at least 1\n", *rounds)
		os.Exit(2)
	}
	failed := false
	for _, name := range flag.Args() {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name == name }) {
			fmt.Fprintf(os.Stderr, "bench: no scenario %q; see -help\n", name)
			os.Exit(2)
		}
	}
	for _, s := range scenarios {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), s.name) {
			continue
		}
		figures, err := s.measure(*rounds)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: not measured: %v\n", s.name, err)
			failed = true
			continue
		}
		show(s, figures, *asJSON)
	}
	if failed {
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: bench [-rounds N] [-json] [SCENARIO…]")
	flag.PrintDefaults()
	for _, s := range scenarios {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n", s.name, s.about)
	}
}

// measure runs the rounds and takes medians.
func (s scenario) measure(rounds int) (out []figure, err error) {
	round, done, err := s.setUp()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := done(); err == nil {
			err = e
		}
	}()
	var values [][]float64
	var last []sample
	for range rounds {
		if last, err = round(); err != nil {
			return nil, err
		}
		for len(values) < len(last) {
			values = append(values, nil)
		}
		for i := range last {
			values[i] = append(values[i], last[i].value)
		}
	}
	for i, v := range values {
		slices.Sort(v)
		out = append(out, figure{s.name, last[i].params, last[i].subject, s.unit, v[len(v)/2], v[0], v[len(v)-1], len(v)})
	}
	return out, nil
}

func show(s scenario, figures []figure, asJSON bool) {
	if asJSON {
		e := json.NewEncoder(os.Stdout)
		for _, f := range figures {
			_ = e.Encode(f)
		}
		return
	}
	fmt.Printf("%s: %s; %s\n", s.name, s.about, s.unit)
	fmt.Printf("  %-34s %-22s %9s %9s %9s\n", "", "", "median", "min", "max")
	for _, f := range figures {
		fmt.Printf("  %-34s %-22s %9.1f %9.1f %9.1f\n", f.Params, f.Subject, f.Median, f.Min, f.Max)
	}
}
