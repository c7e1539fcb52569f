package gvpptest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// ExpectPackets fails the test unless packets that were received are those of lines, in this order, and shows the difference.
func (h *Harness) ExpectPackets(got []Packet, lines ...string) {
	h.t.Helper()
	want, err := build(lines)
	if err != nil {
		h.t.Fatal(err)
	}
	h.expectSame("", want, got)
}

// expectSame fails the test unless both are the same.
func (h *Harness) expectSame(from string, want, got []Packet) {
	h.t.Helper()
	if from != "" {
		from = " that left by " + from
	}
	if !slices.EqualFunc(want, got, same) {
		h.t.Errorf("the packets%s differ (-want +got):\n%s", from, diff(want, got))
	}
}

// inOrderOf puts packets into the order that others have, and those that are none of them behind.
func inOrderOf(want, got []Packet) (out []Packet) {
	left := map[string]int{}
	for _, p := range got {
		left[string(p)]++
	}
	for _, p := range want {
		if left[string(p)] > 0 {
			left[string(p)]--
			out = append(out, p)
		}
	}
	for _, p := range got {
		if left[string(p)] > 0 {
			left[string(p)]--
			out = append(out, p)
		}
	}
	return out
}

func same(a, b Packet) bool { return bytes.Equal(a, b) }

// change is a step from one list of packets to another.
type change struct {
	sign byte // ' ' in both, '-' only in the first, '+' only in the second
	Packet
}

// Bounds of a diff.
const (
	diffLines = 20
	diffTable = 1 << 20 // beyond, packets are compared by their places
)

// diff shows what is different, packets by their lines, equal ones around it left out.
func diff(want, got []Packet) string {
	list := changes(want, got)
	var s strings.Builder
	shown, equal := 0, 0
	flush := func() {
		if equal > 0 {
			fmt.Fprintf(&s, "    … %s the same\n", plural(equal, "packet"))
		}
		equal = 0
	}
	for i, c := range list {
		if c.sign == ' ' {
			equal++
			continue
		}
		flush()
		if shown++; shown > diffLines {
			fmt.Fprintf(&s, "    … and more")
			break
		}
		fmt.Fprintf(&s, "  %c %s%s\n", c.sign, c, unseen(list, i))
	}
	flush()
	return strings.TrimRight(s.String(), "\n")
}

// unseen says where a packet differs from the one that it stands for when their lines are the same.
func unseen(list []change, i int) string {
	if list[i].sign != '+' || i == 0 || list[i-1].sign != '-' || list[i-1].String() != list[i].String() {
		return ""
	}
	want, got := list[i-1].Packet, list[i].Packet
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	some := func(p Packet) Packet { return p[at:min(len(p), at+6)] }
	return fmt.Sprintf("\n      byte %d: want %x, got %x", at, []byte(some(want)), []byte(some(got)))
}

// changes are the fewest steps from want to got.
func changes(want, got []Packet) (list []change) {
	n, m := len(want), len(got)
	if n*m > diffTable {
		return byPlace(want, got)
	}
	long := make([][]int, n+1) // long[i][j]: the longest list that want[i:] and got[j:] have in common
	for i := range long {
		long[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if same(want[i], got[j]) {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && same(want[i], got[j]):
			list = append(list, change{' ', want[i]})
			i, j = i+1, j+1
		case i < n && (j == m || long[i+1][j] >= long[i][j+1]):
			list = append(list, change{'-', want[i]})
			i++
		default:
			list = append(list, change{'+', got[j]})
			j++
		}
	}
	return list
}

// byPlace compares packets that are at the same place.
func byPlace(want, got []Packet) (list []change) {
	for i := range max(len(want), len(got)) {
		if i < len(want) && i < len(got) && same(want[i], got[i]) {
			list = append(list, change{' ', want[i]})
			continue
		}
		if i < len(want) {
			list = append(list, change{'-', want[i]})
		}
		if i < len(got) {
			list = append(list, change{'+', got[i]})
		}
	}
	return list
}
