package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/report"
)

// script is a group of subjects that write down what happens to them.
type script struct {
	log   []string
	count map[string]int
}

func (s *script) subject(name string, value func(round int) (float64, error)) measure.Subject {
	return measure.Subject{
		Name: name,
		Round: func() ([]measure.Sample, error) {
			s.log = append(s.log, name)
			s.count[name]++
			v, err := value(s.count[name])
			return []measure.Sample{{Metric: "cost", Unit: "ns", Value: v}}, err
		},
		Close: func() error { s.log = append(s.log, "close "+name); return nil },
	}
}

func constant(v float64) func(int) (float64, error) {
	return func(int) (float64, error) { return v, nil }
}

func (s *script) scenario(name string, subjects ...measure.Subject) measure.Scenario {
	return measure.Scenario{Name: name, About: "about " + name, Groups: func(measure.Options) []measure.Group {
		return []measure.Group{{Params: "n=1", Open: func() ([]measure.Subject, error) { s.log = append(s.log, "open "+name); return subjects, nil }}}
	}}
}

func newScript() *script { return &script{count: map[string]int{}} }

func quietRunner(rounds int) *runner {
	return &runner{rounds: rounds, progress: newProgress(io.Discard)}
}

// Subjects take turns, each round begins with another one, and a group is closed before the next is opened.
func TestRoundsRotate(t *testing.T) {
	s := newScript()
	r := quietRunner(3)
	err := r.run(context.Background(), []measure.Scenario{
		s.scenario("one", s.subject("a", constant(1)), s.subject("b", constant(2))), s.scenario("two", s.subject("c", constant(3)))})
	if err != nil {
		t.Fatal(err)
	}
	want := "open one|a|b|b|a|a|b|close a|close b|open two|c|c|c|close c"
	if got := strings.Join(s.log, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFiguresAreMedians(t *testing.T) {
	s := newScript()
	r := quietRunner(5)
	var emitted []report.Figure
	r.emit = func(f report.Figure) error { emitted = append(emitted, f); return nil }
	values := []float64{5, 1, 4, 100, 3}
	a := s.subject("a", func(n int) (float64, error) { return values[n-1], nil })
	skipped := measure.Subject{Name: "b", Skip: "no such thing"}
	if err := r.run(context.Background(), []measure.Scenario{s.scenario("one", a, skipped)}); err != nil {
		t.Fatal(err)
	}
	want := []report.Figure{
		{Scenario: "one", Params: "n=1", Subject: "a", Metric: "cost", Unit: "ns", Median: 4, Min: 1, Max: 100, Runs: 5},
		{Scenario: "one", Params: "n=1", Subject: "b", Skipped: "no such thing"},
	}
	if !reflect.DeepEqual(r.figures, want) || !reflect.DeepEqual(emitted, want) {
		t.Errorf("got  %+v\nwant %+v", r.figures, want)
	}
}

// What fails is told, is no figure, and keeps nobody else from being measured; the run as a whole has failed.
func TestFailuresAreTold(t *testing.T) {
	s := newScript()
	broken := s.scenario("broken")
	broken.Groups = func(measure.Options) []measure.Group {
		return []measure.Group{{Params: "n=1", Open: func() ([]measure.Subject, error) { return nil, errors.New("no memory") }}}
	}
	unready := s.scenario("unready", s.subject("x", constant(1)))
	unready.Ready = func(measure.Options) error { return errors.New("needs root") }
	bad := s.subject("bad", func(n int) (float64, error) {
		if n == 2 {
			return 0, errors.New("it broke")
		}
		return 1, nil
	})
	none := measure.Subject{Name: "none", Round: func() ([]measure.Sample, error) { return nil, nil }}
	endless := s.subject("endless", func(int) (float64, error) { return 1, nil })
	endless.Round = func() ([]measure.Sample, error) {
		return []measure.Sample{{Metric: "cost", Unit: "ns", Value: 1 / zero}}, nil
	}
	unclosed := s.subject("unclosed", constant(1))
	unclosed.Close = func() error { return errors.New("still busy") }
	r := quietRunner(3)
	err := r.run(context.Background(), []measure.Scenario{broken, unready, s.scenario("one", bad, s.subject("good", constant(1)), none, endless, unclosed)})
	if !errors.Is(err, errFailed) || r.incomplete == "" {
		t.Errorf("%v, incomplete %q", err, r.incomplete)
	}
	var got []string
	for _, f := range r.figures {
		got = append(got, fmt.Sprintf("%s %s %d %s", f.Scenario, f.Subject, f.Runs, f.Skipped))
	}
	for i, want := range []string{"broken  0 failed: no memory", "unready  0 needs root", "one bad 0 failed: round 2: it broke", "one good 3 ",
		"one none 0 failed: round 1: it measured nothing", "one endless 0 failed: round 1: sample", "one unclosed 0 failed: closing: still busy"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("figure %d: %q, want %q", i, got, want)
		}
	}
	if s.count["bad"] != 2 {
		t.Errorf("bad was asked %d times", s.count["bad"])
	}
}

var zero float64

// An interrupted run closes its subjects, keeps the rounds it has, and says that it is incomplete.
func TestInterruption(t *testing.T) {
	s := newScript()
	ctx, cancel := context.WithCancel(context.Background())
	r := quietRunner(7)
	a := s.subject("a", func(n int) (float64, error) {
		if n == 3 {
			cancel()
			return 0, errors.New("its process was interrupted too")
		}
		return float64(n), nil
	})
	a.Close = func() error { s.log = append(s.log, "close a"); return errors.New("no process") }
	err := r.run(ctx, []measure.Scenario{s.scenario("one", a, s.subject("b", constant(1))), s.scenario("two", s.subject("c", constant(1)))})
	if !errors.Is(err, errInterrupted) || !strings.Contains(r.incomplete, "one") {
		t.Errorf("%v, incomplete %q", err, r.incomplete)
	}
	if len(r.figures) != 2 || r.figures[0].Runs != 2 || r.figures[1].Runs != 2 || s.count["c"] != 0 {
		t.Errorf("%+v", r.figures)
	}
	if got := strings.Join(s.log[len(s.log)-2:], "|"); got != "close a|close b" {
		t.Errorf("it ended with %s", got)
	}
}

// What is interrupted while it is opened is closed, and no figure.
func TestInterruptionWhileOpening(t *testing.T) {
	s := newScript()
	ctx, cancel := context.WithCancel(context.Background())
	opening := s.scenario("one")
	opening.Groups = func(measure.Options) []measure.Group {
		return []measure.Group{{Params: "n=1", Open: func() ([]measure.Subject, error) {
			cancel()
			return []measure.Subject{s.subject("a", constant(1)), {Name: "b", Skip: "its process ended"}}, nil
		}}}
	}
	r := quietRunner(2)
	if err := r.run(ctx, []measure.Scenario{opening}); !errors.Is(err, errInterrupted) || len(r.figures) != 0 || strings.Join(s.log, "|") != "close a" {
		t.Errorf("%v, %+v, %q", err, r.figures, s.log)
	}
}

// A group that takes long has fewer rounds than the others.
func TestMostRounds(t *testing.T) {
	s := newScript()
	r := quietRunner(7)
	if err := r.run(context.Background(), []measure.Scenario{atMost(3, s.scenario("one", s.subject("a", constant(1))))}); err != nil {
		t.Fatal(err)
	}
	if len(r.figures) != 1 || r.figures[0].Runs != 3 {
		t.Errorf("%+v", r.figures)
	}
}

// A round in which the machine was too busy is left out; a subject that never had another is not measured, and nobody failed.
func TestUnfitRounds(t *testing.T) {
	s := newScript()
	busy := fmt.Errorf("29 %% of its core: %w", measure.ErrUnfit)
	sometimes := s.subject("sometimes", func(n int) (float64, error) {
		if n == 2 {
			return 0, busy
		}
		return float64(n), nil
	})
	never := s.subject("never", func(int) (float64, error) { return 0, busy })
	r := quietRunner(3)
	if err := r.run(context.Background(), []measure.Scenario{s.scenario("one", sometimes, never)}); err != nil {
		t.Fatal(err)
	}
	if f := r.figures; len(f) != 2 || f[0].Runs != 2 || f[0].Max != 3 || f[1].Skipped != "in no round: "+busy.Error() {
		t.Errorf("%+v", f)
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string // on either stream
	}{
		{"--help", 0, "compare A.json B.json"},
		{"help compare", 0, "--threshold"},
		{"run --help", 0, "--no-results"},
		{"list", 0, "graph"},
		{"nonsense --no-results", 2, `no scenario "nonsense": there are graph, `},
		{"graph --rounds 0 --no-results", 2, "at least 1 round"},
		{"graph --vpp /nonexistent --no-results", 2, "name the vpp binary"},
		{"graph --vpp / --no-results", 2, "not a program"},
		{"--wrong", 2, "--wrong"},
		{"compare a.json", 2, "<new>"},
		{"compare nofile.json nofile.json", 1, "nofile.json"},
		{"compare main.go main.go", 1, "main.go: line 1"},
		{"compare --threshold=-1 a b", 2, "percentage"},
		{"compare testdata/old.json testdata/old.json", 0, "2 same"},
		{"compare testdata/old.json testdata/new.json", 1, "regression   graph  flows=1  gvpp  cost: 100 (99.0-101) -> 120 (119-121) ns, +20.0 %"},
	} {
		var out, err bytes.Buffer
		code := run(context.Background(), strings.Fields(c.args), &streams{&out, &err})
		if all := out.String() + err.String(); code != c.code || !strings.Contains(all, c.want) {
			t.Errorf("bench %s: code %d, want %d and %q in\n%s", c.args, code, c.code, c.want, all)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{"Intel(R) Xeon(R) Processor-2": "intel-xeon-processor-2", "../x y": "x-y", "": "machine", "AMD EPYC 7R13 48-Core": "amd-epyc-7r13-48-core"} {
		if got := slug(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A group is opened on the thread that measures it: processor time read before and after something is one thread's.
func TestGroupStaysOnItsThread(t *testing.T) {
	var threads []int
	here := func() {
		var busy sync.WaitGroup // enough of it that an unbound goroutine would wander
		for range 4 * runtime.GOMAXPROCS(0) {
			busy.Go(func() { time.Sleep(time.Millisecond) })
		}
		busy.Wait()
		threads = append(threads, unix.Gettid())
	}
	g := measure.Group{Params: "n=1", Open: func() ([]measure.Subject, error) {
		for range 20 {
			here()
		}
		return []measure.Subject{{Name: "a", Round: func() ([]measure.Sample, error) {
			here()
			return []measure.Sample{{Metric: "m", Unit: "ns", Value: 1}}, nil
		}}}, nil
	}}
	if err := quietRunner(3).group(context.Background(), "s", g); err != nil {
		t.Fatal(err)
	}
	if len(slices.Compact(threads)) != 1 {
		t.Errorf("threads %v", threads)
	}
}
