package apigen

// warnings are about messages that vppapigen takes and that cannot work, or not well, because a field of theirs is not there.
func (c *compiler) warnings(f *File, messages map[string]*Message) {
	warn := func(m *Message, format string, a ...any) {
		f.Warnings = append(f.Warnings, errorAt(m.Pos, format, a...))
	}
	if f.Name == connecting {
		return
	}
	for _, s := range f.Services {
		request, reply := messages[s.Caller], messages[s.Reply]
		if request == nil || reply == nil {
			continue
		}
		if !begins(request, "client_index", "context") {
			warn(request, "%s is answered by %s and does not begin with u32 client_index; u32 context: no client can call it", request.Name, reply.Name)
		}
		if details := messages[s.StreamMessage]; details != nil && !answers(details) {
			warn(details, "%s does not begin with u32 context: clients cannot tell what it belongs to", details.Name)
		}
		switch {
		case !answers(reply):
			warn(reply, "%s does not begin with u32 context: clients cannot tell what it belongs to", reply.Name)
		case s.Stream && s.StreamMessage == "": // details
		case !hasRetval(reply):
			warn(reply, "%s has no i32 retval: its handler's errors cannot reach the caller", reply.Name)
		}
	}
}

// connecting is the module whose requests make and end connections: transports know them, with or without the fields of others.
const connecting = "memclnt"

// answers tells whether a message can be one's answer. Details of VPP's own begin with client_index too.
func answers(m *Message) bool { return begins(m, "context") || begins(m, "client_index", "context") }

// begins tells whether a message's first fields are of type u32 and have the names.
func begins(m *Message, names ...string) bool {
	for i, name := range names {
		if i >= len(m.Fields) || m.Fields[i].Name != name || m.Fields[i].Type != "u32" || m.Fields[i].Array {
			return false
		}
	}
	return true
}

func hasRetval(m *Message) bool {
	for _, f := range m.Fields {
		if f.Name == "retval" && f.Type == "i32" && !f.Array {
			return true
		}
	}
	return false
}
