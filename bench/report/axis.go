package report

import (
	"math"
	"slices"
	"strconv"
)

// axis maps values to pixels.
type axis struct {
	log      bool
	lo, hi   float64 // at the ends; of a log axis: exponents of 10
	from, to float64 // pixels of lo and hi
	zero     float64 // of a log axis: the exponent that stands for 0
	ticks    []float64
}

// at is the pixel of a value.
func (a *axis) at(v float64) float64 {
	if a.log {
		v = a.exponent(v)
	}
	if a.hi == a.lo {
		return (a.from + a.to) / 2
	}
	return a.from + (v-a.lo)/(a.hi-a.lo)*(a.to-a.from)
}

func (a *axis) exponent(v float64) float64 {
	if v <= 0 {
		return a.zero
	}
	return math.Log10(v)
}

// xAxis is logarithmic with a tick at each value that was measured. 0 stands before the least other value.
func xAxis(values []float64, from, to float64) axis {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	a := axis{log: true, from: from, to: to, ticks: values}
	positive := values
	if len(values) > 1 && values[0] == 0 {
		positive = values[1:]
	}
	least := math.Log10(max(positive[0], 1e-9))
	a.zero = least - 0.7
	a.lo, a.hi = a.exponent(values[0]), a.exponent(values[len(values)-1])
	return a
}

// yLogFrom is the ratio of the largest to the least value from which the axis is logarithmic: below it, lengths that are
// in proportion say more.
const yLogFrom = 40

// yAxis is linear from 0, or logarithmic where the values are far apart.
func yAxis(least, most, from, to float64) axis {
	if least > 0 && most/least >= yLogFrom {
		return logAxis(least, most, from, to)
	}
	a := axis{from: from, to: to}
	step := niceStep(most / 5)
	for i := 0; ; i++ {
		v := float64(i) * step
		a.ticks = append(a.ticks, v)
		if a.hi = v; v >= most || i == 12 {
			return a
		}
	}
}

// logAxis has ticks at 1, 2 and 5, or at powers of ten where those are many.
func logAxis(least, most, from, to float64) axis {
	a := axis{log: true, from: from, to: to, lo: math.Floor(math.Log10(least)), hi: math.Ceil(math.Log10(most))}
	steps := []float64{1, 2, 5}
	if a.hi-a.lo > 3 {
		steps = steps[:1]
	}
	for e := a.lo; e <= a.hi; e++ {
		for _, s := range steps {
			if v := s * math.Pow(10, e); math.Log10(v) <= a.hi {
				a.ticks = append(a.ticks, v)
			}
		}
	}
	return a
}

// niceStep is the least of 1, 2, 2.5, 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, s := range []float64{1, 2, 2.5, 5} {
		if s*p >= v*(1-1e-9) {
			return s * p
		}
	}
	return 10 * p
}

// tickLabel writes a value short: 1k, 10M, 2.5.
func tickLabel(v float64) string {
	for _, u := range []struct {
		unit float64
		sign string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= u.unit {
			return strconv.FormatFloat(v/u.unit, 'g', 4, 64) + u.sign
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
