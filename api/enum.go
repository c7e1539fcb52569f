package api

import (
	"strconv"
	"strings"
)

// Name is a name of an enum's value.
type Name struct {
	Value int64
	Name  string
}

// EnumString is the first name of a value, or its number.
func EnumString(v int64, names []Name) string {
	for _, n := range names {
		if n.Value == v {
			return n.Name
		}
	}
	return strconv.FormatInt(v, 10)
}

// FlagString is the names of the flags in a value, joined by |; what no name is left for is a number. A name of several flags
// stands for them if all are set and nothing before it has named them.
func FlagString(v int64, names []Name) string {
	var set []string
	rest := v
	for _, n := range names {
		if n.Value == v {
			return n.Name
		}
		if n.Value != 0 && rest&n.Value == n.Value {
			set = append(set, n.Name)
			rest &^= n.Value
		}
	}
	if rest != 0 || len(set) == 0 {
		set = append(set, strconv.FormatInt(rest, 10))
	}
	return strings.Join(set, "|")
}
