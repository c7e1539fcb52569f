package gogen

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"

	"github.com/gvpp/gvpp/api/apigen"
)

// initialisms are the words that stay in one case within a Go name. They are those of GoVPP's generator, so that a program finds
// the names that it knows; mac, for one, is not among them.
var initialisms = func() map[string]string {
	m := map[string]string{"ipv": "IPv"}
	for word := range strings.FieldsSeq("ACL API CPU CSS DNS DHCP EOF GUID HTML HTTP HTTPS ID IP ICMP JSON LHS QPS PID RAM RHS RPC SLA " +
		"SMTP SQL SSH TCP TLS TTL UDP UI UID UUID URI URL VM VPN XML XMPP XSRF XSS") {
		m[strings.ToLower(word)] = word
	}
	return m
}()

// goName makes a Go name of a name of the .api language: sw_if_index becomes SwIfIndex, src_ip4 SrcIP4, rx_1_2 Rx1_2.
func goName(name string) string {
	var s strings.Builder
	last := rune(0)
	for part := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return r == '_' }) {
		if unicode.IsDigit(last) && unicode.IsDigit(rune(part[0])) {
			s.WriteByte('_')
		}
		// A word ends at an underscore, and at a digit behind a letter.
		start := 0
		for i := 1; i <= len(part); i++ {
			if i < len(part) && !(unicode.IsDigit(rune(part[i])) && unicode.IsLower(rune(part[i-1]))) {
				continue
			}
			s.WriteString(title(part[start:i]))
			start = i
		}
		last = rune(part[len(part)-1])
	}
	if s.Len() == 0 || unicode.IsDigit(rune(s.String()[0])) {
		return "X" + s.String()
	}
	return s.String()
}

func title(word string) string {
	if special, ok := initialisms[word]; ok {
		return special
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// used are package names that generated code has a meaning for.
var used = []string{"api", "context", "iter", "math"}

// packageName is the Go package of a module: its name, but for words that Go or generated code has taken.
func packageName(module string) string {
	if token.IsKeyword(module) || slices.Contains(used, module) {
		return module + "s"
	}
	return strings.ReplaceAll(module, "-", "_")
}

// names are the Go names that a module declares, by the names in the .api file.
type names struct {
	messages, types map[string]string
	taken           map[string]string // Go name: what has it
}

// declared are the names that each package with methods has besides those of messages and types.
var declared = []string{"File", "Service", "Unimplemented", "Serve", "Client", "NewClient"}

// namesOf gives names to what a file declares. A type that shares its Go name with a message or with generated code is called
// NameType, a message that does NameMessage. Nothing but the file decides, so that importing modules find the same names.
func namesOf(f *apigen.File) (*names, error) {
	n := &names{messages: map[string]string{}, types: map[string]string{}, taken: map[string]string{}}
	for _, d := range declared {
		n.taken[d] = "generated code"
	}
	for _, m := range f.Messages {
		if err := n.add(n.messages, m.Name, goName(m.Name), "Message", m.Pos); err != nil {
			return nil, err
		}
	}
	for _, t := range f.Types {
		if _, known := n.types[t.Name]; known || t.Module != f.Name {
			continue
		}
		name := goName(t.Name)
		if t.Kind == apigen.Union && !strings.HasSuffix(name, "Union") {
			name += "Union"
		}
		if err := n.add(n.types, t.Name, name, "Type", t.Pos); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *names) add(in map[string]string, name, goName, suffix string, at apigen.Pos) error {
	if n.taken[goName] != "" {
		goName += suffix
	}
	if other := n.taken[goName]; other != "" {
		return fmt.Errorf("%v: %s and %s have the same Go name %s", at, name, other, goName)
	}
	in[name], n.taken[goName] = goName, name
	return nil
}

// fieldNames gives Go names to fields; those that are methods of each struct get a suffix.
func fieldNames(fields []*apigen.Field) (map[*apigen.Field]string, error) {
	byField, byName := map[*apigen.Field]string{}, map[string]*apigen.Field{}
	for _, f := range fields {
		name := goName(f.Name)
		switch name {
		case "Desc", "Encode", "Decode":
			name += "Field"
		}
		if other := byName[name]; other != nil {
			return nil, fmt.Errorf("%v: the fields %s and %s have the same Go name %s", f.Pos, f.Name, other.Name, name)
		}
		byField[f], byName[name] = name, f
	}
	return byField, nil
}
