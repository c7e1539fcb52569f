package gogen

import (
	"fmt"

	"github.com/gvpp/gvpp/api/apigen"
)

// header says how a message's header is laid out, and how many of its fields that is. The names of the fields decide, as for VPP's
// clients: a reply that has client_index before context, as sockclnt_create_reply, has the layout of a request.
func header(m *apigen.Message) (kind string, length int) {
	named := func(i int, name string) bool { return i < len(m.Fields) && m.Fields[i].Name == name }
	switch {
	case !named(0, "_vl_msg_id"):
		return "", 0
	case named(1, "client_index") && named(2, "context"):
		return "Request", 3
	case named(1, "context"):
		return "Reply", 2
	case named(1, "client_index"):
		return "Event", 2
	}
	return "Bare", 1
}

// headerTypes are what the fields of a header are.
var headerTypes = map[string]string{"_vl_msg_id": "u16", "client_index": "u32", "context": "u32"}

// body cuts the header off a message.
func body(m *apigen.Message) (kind string, fields []*apigen.Field, err error) {
	kind, n := header(m)
	if kind == "" {
		return "", nil, fmt.Errorf("%v: message %s does not begin with _vl_msg_id", m.Pos, m.Name)
	}
	for _, f := range m.Fields[:n] {
		if f.Type != headerTypes[f.Name] || f.Array {
			return "", nil, fmt.Errorf("%v: message %s: %s is not of type %s", f.Pos, m.Name, f.Name, headerTypes[f.Name])
		}
	}
	return kind, m.Fields[n:], nil
}

// messages writes the messages, with a Desc each.
func (g *generator) messages() {
	n := g.modules[g.file.Name]
	for _, m := range g.file.Messages {
		kind, fields, err := body(m)
		if g.failed(err) {
			continue
		}
		s, err := g.fieldsShape(fields)
		if g.failed(err) {
			continue
		}
		retval, err := g.retval(fields)
		if g.failed(err) {
			continue
		}
		name := n.messages[m.Name]
		g.structure(fmt.Sprintf("%s is the message %s_%08x", name, m.Name, m.CRC), name, m.Comment, fields)
		g.p("var desc%s = &api.Desc{", name)
		g.p("\tName: %q, CRC: 0x%08x, Kind: api.%s, Fixed: %d, Retval: %d,", m.Name, m.CRC, kind, s.fixed, retval)
		g.p("\tNew: func() api.Message { return new(%s) },", name)
		g.p("}\n")
		g.p("// Desc implements api.Message.")
		g.p("func (m *%s) Desc() *api.Desc { return desc%s }\n", name, name)
	}
}

// retval is where the retval stands in a body; -1 for nowhere.
func (g *generator) retval(fields []*apigen.Field) (int, error) {
	at := 0
	for _, f := range fields {
		if f.Name == "retval" && (f.Type == "i32" || f.Type == "u32") && !f.Array { // VPP's vlib.api has both
			return at, nil
		}
		s, err := g.fieldShape(f)
		if err != nil {
			return 0, err
		}
		if s.open {
			return -1, nil
		}
		at += s.fixed
	}
	return -1, nil
}
