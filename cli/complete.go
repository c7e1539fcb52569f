package cli

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Complete returns what the last word of the line, empty after a blank, may become, sorted: command words, and arguments
// that the command's completer proposes.
func (t *Tree) Complete(line string) []string {
	words, err := split(line)
	if isComment(line) && len(words) > 0 || err != nil && !errors.Is(err, errQuote) {
		return nil
	}
	if len(words) == 0 || err == nil && isBlank(line[len(line)-1]) {
		words = append(words, word{"", len(line)})
	}
	last := words[len(words)-1].text
	before := words[:len(words)-1]
	helping := len(before) > 0 && (before[0].text == "help" || before[0].text == "?")
	if helping {
		before = before[1:]
	}
	t.mu.RLock()
	n, used, err := t.find(before)
	var names []string
	if err == nil && used == len(before) {
		names = slices.Clone(n.withPrefix(last))
		if n == &t.root && !helping && strings.HasPrefix("help", last) {
			names = append(names, "help")
		}
	}
	t.mu.RUnlock()
	if err == nil && n.cmd != nil && n.cmd.complete != nil && !helping {
		args := append(texts(before[used:]), last)
		names = append(names, proposals(n.cmd.complete, args)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// proposals asks a completer and keeps what fits the last word. A completer that panics proposes nothing.
func proposals(complete func([]string) []string, args []string) (fit []string) {
	defer func() {
		if recover() != nil {
			fit = nil
		}
	}()
	last := args[len(args)-1]
	for _, c := range complete(args) {
		if strings.HasPrefix(c, last) && c != "" {
			fit = append(fit, c)
		}
	}
	return fit
}

// lastWord is the unfinished word that Complete proposes continuations of.
func lastWord(line string) string {
	words, err := split(line)
	if len(words) == 0 || err == nil && isBlank(line[len(line)-1]) {
		return ""
	}
	return words[len(words)-1].text
}

// continuation is what all candidates agree the line goes on with; where there is one only, a blank too.
func continuation(line string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	add := strings.TrimPrefix(commonPrefix(list), lastWord(line))
	if len(list) == 1 {
		add += " "
	}
	return add
}

// commonPrefix is what all of a sorted list start with.
func commonPrefix(list []string) string {
	first, last := list[0], list[len(list)-1]
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	for n < len(first) && n > 0 && !utf8.RuneStart(first[n]) {
		n--
	}
	return first[:n]
}
