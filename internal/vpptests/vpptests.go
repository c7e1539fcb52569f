// Package vpptests reads what VPP's test framework prints, and makes a table of it.
//
// Terms: a log is the output of one run of run_tests.py, about one of its test files; a result is what it says; a null pass is a
// test that also passes with a server that forwards nothing, and so says nothing about forwarding.
//
// Invariant: what the framework has scheduled is passed, skipped or failed: a test that was never begun has failed.
//
// The package runs nothing; scripts/vpp-tests.sh does.
package vpptests

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Result is what became of the tests of one file.
type Result struct {
	Name                       string // test_l2xc
	Scheduled, Passed, Skipped int
	Null                       int // of those passed, how many a server passes that forwards nothing; -1: not known
	Failures                   []Failure
}

// Failed is how many tests did not pass, be it that they were not begun.
func (r *Result) Failed() int { return r.Scheduled - r.Passed - r.Skipped }

// Failure is a test that has failed, or, where its class could not be set up, all tests of a class.
type Failure struct {
	Case   string // TestL2xc.test_l2xc_dl, or setUpClass of TestL2xc
	Reason string
}

var (
	colours = regexp.MustCompile("\x1b\\[[0-9;]*m")
	count   = regexp.MustCompile(`^ *([A-Z][A-Za-z ]+): (\d+)$`)
	listed  = regexp.MustCompile(`^ +(?:FAILURE|ERROR|UNEXPECTED PASS): (.*) \[(.*)\]$`)
	begins  = regexp.MustCompile(`^(?:ERROR|FAIL): (.*)$`)
	raised  = regexp.MustCompile(`^([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)|[a-z_]\w*\.[A-Z]\w*)(?:: (.*))?$`)
	inClass = regexp.MustCompile(`^(?:setUpClass|tearDownClass) \((?:.*\.)?(\w+)\)$`)
)

// Parse reads a log.
func Parse(name, log string) Result {
	r := Result{Name: name, Null: -1}
	reasons := map[string][]string{} // by the title of the test, in order
	title, summary := "", false
	for line := range strings.Lines(colours.ReplaceAllString(log, "")) {
		line = strings.TrimRight(line, "\r\n")
		if line == "TEST RESULTS:" {
			summary = true
		}
		if !summary {
			if m := begins.FindStringSubmatch(line); m != nil {
				title = m[1]
			} else if m := raised.FindStringSubmatch(line); m != nil && title != "" {
				reasons[title] = append(reasons[title], reason(m[1], m[2]))
				title = ""
			}
			continue
		}
		if m := count.FindStringSubmatch(line); m != nil {
			r.count(m[1], m[2])
		} else if m := listed.FindStringSubmatch(line); m != nil {
			r.Failures = append(r.Failures, Failure{caseName(m[2]), take(reasons, m[1])})
		}
	}
	return r
}

func (r *Result) count(what, n string) {
	k, _ := strconv.Atoi(n)
	switch what {
	case "Scheduled tests":
		r.Scheduled = k
	case "Passed tests", "Expected failures":
		r.Passed += k
	case "Skipped tests", "Tests skipped due to lack of CPUS":
		r.Skipped += k
	}
}

// take is the next reason of a test of that title. A class that could not be set up has a title of its own.
func take(reasons map[string][]string, title string) string {
	list, ok := reasons[title]
	if !ok {
		for _, t := range slices.Sorted(maps.Keys(reasons)) {
			if strings.HasPrefix(t, "Placeholder for a TestCase") { // the framework's title of a class
				title, list = t, reasons[t]
			}
		}
	}
	if len(list) == 0 {
		return "no reason in the log"
	}
	if len(list) > 1 {
		reasons[title] = list[1:]
	}
	return list[0]
}

// caseName shortens test_l2xc.TestL2xc.test_l2xc_dl and setUpClass (test_l2xc.TestL2xc).
func caseName(id string) string {
	if m := inClass.FindStringSubmatch(id); m != nil {
		return m[1] + ", all of it"
	}
	if _, rest, ok := strings.Cut(id, "."); ok {
		return rest
	}
	return id
}

var (
	noMessage = regexp.MustCompile(`object has no attribute '(\w+)'`)
	retval    = regexp.MustCompile(`^(\w+)\(.*expected 0 return value instead of (-?\d+)`)
)

// reason says an exception in few words.
func reason(kind, text string) string {
	kind = kind[strings.LastIndexByte(kind, '.')+1:]
	switch m := retval.FindStringSubmatch(text); {
	case strings.Contains(text, "VppApiDynamicMethodHolder") || strings.Contains(text, "'VppPapiProvider'"):
		if m := noMessage.FindStringSubmatch(text); m != nil {
			return "message " + m[1] + " is not served"
		}
	case m != nil && m[2] == "-9":
		return "message " + m[1] + " is not served yet"
	case m != nil:
		return "message " + m[1] + " is answered by " + m[2]
	case kind == "CliFailedCommandError":
		return "command: " + text
	}
	if r := []rune(text); len(r) > longestReason {
		text = string(r[:longestReason]) + "…"
	}
	return strings.TrimSuffix(kind+": "+text, ": ")
}

// longestReason bounds what is told of an exception, in characters.
const longestReason = 160

// byReason groups failures, those with most of them first.
func byReason(list []Failure) (groups []group) {
	at := map[string]int{}
	for _, f := range list {
		i, ok := at[f.Reason]
		if !ok {
			i = len(groups)
			at[f.Reason] = i
			groups = append(groups, group{reason: f.Reason})
		}
		groups[i].cases = append(groups[i].cases, f.Case)
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(len(b.cases), len(a.cases)) })
	return groups
}

// group is the tests that fail for one reason.
type group struct {
	reason string
	cases  []string
}
