package pcapport

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// times is a source of packets at these times, whose data is the time in words, and what comes behind them.
type times struct {
	at  []int64
	end error
	buf []byte
}

func (s *times) Next() (Packet, error) {
	s.buf = append(s.buf[:0], "overwritten"...)
	if len(s.at) == 0 {
		return Packet{}, s.end
	}
	p := Packet{Time: s.at[0], Data: fmt.Appendf(s.buf[:0], "%d", s.at[0])}
	s.at = s.at[1:]
	return p, nil
}

// merged is the order of a merge in words, "a1" for the packet at 1 of input a.
func merged(t *testing.T, inputs ...Input) string {
	t.Helper()
	m := Merge(inputs)
	var words []string
	for {
		i, p, err := m.Next()
		if err != nil {
			if j, _, again := m.Next(); again != err || j != i {
				t.Errorf("after %v comes %v", err, again)
			}
			name := ""
			if i >= 0 {
				name = m.Name(i)
			}
			return strings.Join(append(words, name+err.Error()), " ")
		}
		if string(p.Data) != fmt.Sprint(p.Time) {
			t.Fatalf("data %q of the packet at %d", p.Data, p.Time)
		}
		words = append(words, m.Name(i)+string(p.Data))
	}
}

func TestMerge(t *testing.T) {
	bad := errors.New("BAD")
	in := func(name string, end error, at ...int64) Input { return Input{name, &times{at: at, end: end}} }
	for _, c := range []struct {
		inputs []Input
		want   string
	}{
		{nil, "EOF"},
		{[]Input{in("a", io.EOF)}, "EOF"},
		{[]Input{in("a", io.EOF, 1, 4, 4), in("b", io.EOF, 2, 4, 9)}, "a1 b2 a4 a4 b4 b9 EOF"},
		{[]Input{in("a", io.EOF, 5), in("b", io.EOF, 5), in("c", io.EOF, 5)}, "a5 b5 c5 EOF"},
		{[]Input{in("a", io.EOF, 5, 1, 7), in("b", io.EOF, 3, 6)}, "b3 a5 a1 b6 a7 EOF"},
		{[]Input{in("a", io.EOF, -3, 0), in("b", io.EOF, -9)}, "b-9 a-3 a0 EOF"},
		{[]Input{in("a", bad, 1, 4), in("b", io.EOF, 2, 4, 4, 9)}, "a1 b2 a4 b4 b4 aBAD"},
		{[]Input{in("a", io.EOF, 1, 4), in("b", bad, 2)}, "a1 b2 bBAD"},
		{[]Input{in("a", io.EOF, 1), in("b", bad)}, "bBAD"},
		{[]Input{in("a", bad, 5), in("b", bad, 5)}, "a5 b5 aBAD"},
		{[]Input{in("a", bad, 6), in("b", bad, 5)}, "b5 bBAD"},
	} {
		if got := merged(t, c.inputs...); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestMergeIsAStableSort: inputs in order of time merge to what sorting all their packets gives.
func TestMergeIsAStableSort(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var inputs []Input
		type packet struct {
			name string
			at   int64
		}
		var all []packet
		for i := range rnd.IntN(6) {
			name := string(rune('a' + i))
			var at []int64
			for range rnd.IntN(20) {
				at = append(at, rnd.Int64N(15))
			}
			slices.Sort(at)
			for _, v := range at {
				all = append(all, packet{name, v})
			}
			inputs = append(inputs, Input{name, &times{at: at, end: io.EOF}})
		}
		slices.SortStableFunc(all, func(a, b packet) int { return int(a.at - b.at) })
		var want strings.Builder
		for _, p := range all {
			fmt.Fprintf(&want, "%s%d ", p.name, p.at)
		}
		if got := merged(t, inputs...); got != want.String()+"EOF" {
			t.Fatalf("got  %s\nwant %sEOF", got, want.String())
		}
	}
}
