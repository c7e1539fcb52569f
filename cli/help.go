package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// helpTopic reports whether the line asks for help, and about which words: "help show", "? show", "show ?" or, of a command,
// "ip route add ?". used is how many words the tree knew.
func helpTopic(words []word, used int) (bool, []word) {
	if len(words) == 0 {
		return false, nil
	}
	first, last := words[0].text, words[len(words)-1].text
	switch {
	case used == 0 && first == "?", used == 0 && first != "" && strings.HasPrefix("help", first):
		return true, words[1:]
	case last == "?" && used > 0:
		return true, words[:len(words)-1]
	}
	return false, nil
}

// CommandHelp is what help says of a command, or of a word that commands begin with.
type CommandHelp struct {
	Path  string `json:"path"`
	Usage string `json:"usage,omitempty"` // empty for a word that is no command by itself
	Help  string `json:"help,omitempty"`
}

// help shows the topic's usage and what it goes on with.
func (t *Tree) help(topic []word, json bool, out io.Writer) error {
	t.mu.RLock()
	n, used, err := t.find(topic)
	var list []CommandHelp
	if err == nil {
		list = n.describe()
	}
	t.mu.RUnlock()
	switch {
	case err != nil:
		return err
	case used < len(topic) && n.cmd == nil:
		return unknown(strings.TrimSpace("help "+n.path), strings.Join(texts(topic[used:]), " "))
	case json:
		return writeJSON(out, list)
	}
	if n.cmd != nil {
		if err := writeUsage(out, list[0]); err != nil || len(list) == 1 {
			return err
		}
		list = list[1:]
	}
	if err := writeList(out, list); err != nil || n != &t.root {
		return err
	}
	_, err = io.WriteString(out, "help WORD… tells more. Words may be cut short: sh err.\n")
	return err
}

// Commands describes all commands, by path.
func (t *Tree) Commands() []CommandHelp {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.root.commands([]CommandHelp{})
}

func (n *node) commands(list []CommandHelp) []CommandHelp {
	if n.cmd != nil {
		list = append(list, CommandHelp{n.cmd.path, n.cmd.usage, n.cmd.help})
	}
	for _, name := range n.names {
		list = n.children[name].commands(list)
	}
	return list
}

// describe gives the node itself, if it is a command, and a line for each child: its help, or the words it goes on with.
func (n *node) describe() []CommandHelp {
	list := []CommandHelp{}
	if n.cmd != nil {
		list = append(list, CommandHelp{n.path, n.cmd.usage, n.cmd.help})
	}
	for _, name := range n.names {
		c := n.children[name]
		if c.cmd != nil {
			list = append(list, CommandHelp{c.path, c.cmd.usage, c.cmd.help})
		} else {
			list = append(list, CommandHelp{Path: c.path, Help: strings.Join(c.names, ", ") + " …"})
		}
	}
	return list
}

func writeUsage(out io.Writer, h CommandHelp) error {
	_, err := fmt.Fprintf(out, "usage: %s\n", h.Usage)
	if err == nil && h.Help != "" {
		_, err = fmt.Fprintf(out, "  %s\n", strings.ReplaceAll(h.Help, "\n", "\n  "))
	}
	return err
}

// firstSentence is what a list has room for, or the first line, where that ends before.
func firstSentence(help string) string {
	line, _, more := strings.Cut(help, "\n")
	if first, _, ends := strings.Cut(line, ". "); ends {
		return first + "."
	}
	if more && !strings.HasSuffix(line, ".") {
		line += " …"
	}
	return line
}

func writeList(out io.Writer, list []CommandHelp) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, h := range list {
		fmt.Fprintf(w, "  %s\t%s\n", h.Path, firstSentence(h.Help))
	}
	return w.Flush()
}
