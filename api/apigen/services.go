package apigen

import "strings"

// services checks what rpc statements say and adds what follows from the names of the other messages: X is answered by
// X_reply, X_dump by a stream of X_details.
func (c *compiler) services(f *File, messages map[string]*Message) {
	caller, reply, event := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range f.Services {
		if caller[s.Caller] {
			c.errorf(s.Pos, "there are two rpcs for %s", s.Caller)
		}
		caller[s.Caller], reply[s.Reply] = true, true
	}
	for _, s := range f.Services {
		for _, name := range s.messages() {
			if messages[name] == nil {
				c.errorf(s.Pos, "rpc %s names %s, and there is no message of that name", s.Caller, name)
			}
		}
		if reply[s.Caller] {
			c.errorf(s.Pos, "rpc %s: %s is the reply of another rpc", s.Caller, s.Caller)
		}
		for _, e := range s.Events {
			event[e] = true
		}
	}
	for _, m := range f.Messages {
		if event[m.Name] {
			continue
		}
		if s := c.implied(m, messages, caller); s != nil {
			f.Services = append(f.Services, s)
		}
	}
}

// messages are the names in an rpc.
func (s *Service) messages() []string {
	list := []string{s.Caller}
	if s.Reply != "null" {
		list = append(list, s.Reply)
	}
	if s.StreamMessage != "" {
		list = append(list, s.StreamMessage)
	}
	return append(list, s.Events...)
}

// implied is the service that a message's name implies; nil for none.
func (c *compiler) implied(m *Message, messages map[string]*Message, caller map[string]bool) *Service {
	if base, ok := strings.CutSuffix(m.Name, "_reply"); ok {
		if !caller[base] && messages[base] == nil {
			c.errorf(m.Pos, "%s replies to %s, and there is no message of that name", m.Name, base)
		}
		return nil
	}
	if base, ok := strings.CutSuffix(m.Name, "_dump"); ok {
		switch {
		case caller[m.Name]:
		case messages[base+"_details"] != nil:
			return &Service{Pos: m.Pos, Caller: m.Name, Reply: base + "_details", Stream: true}
		default:
			c.errorf(m.Pos, "%s has no %s_details to be answered by, nor an rpc", m.Name, base)
		}
		return nil
	}
	if base, ok := strings.CutSuffix(m.Name, "_details"); ok {
		switch {
		case messages[base+"_get"] != nil:
			if !caller[base+"_get"] {
				c.errorf(m.Pos, "%s and %s_get need an rpc: service { rpc %s_get returns %s_get_reply stream %s; };", m.Name, base, base, base, m.Name)
			}
		case messages[base+"_dump"] == nil:
			c.errorf(m.Pos, "%s has no %s_dump or %s_get that asks for it", m.Name, base, base)
		}
		return nil
	}
	if caller[m.Name] {
		return nil
	}
	if messages[m.Name+"_reply"] == nil {
		c.errorf(m.Pos, "%s has no %s_reply; write it, or autoreply define %s, or an rpc that says how it is answered", m.Name, m.Name, m.Name)
		return nil
	}
	return &Service{Pos: m.Pos, Caller: m.Name, Reply: m.Name + "_reply"}
}
