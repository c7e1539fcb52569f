package apigen

import "slices"

// services reads what follows the word service.
func (p *parser) services() any {
	p.expect("{")
	var list []*Service
	for list == nil || p.peek().kind != "}" {
		list = append(list, p.rpc())
	}
	p.end("}", ";")
	return list
}

func (p *parser) rpc() *Service {
	p.expect("rpc")
	caller := p.name("the message that is sent")
	p.expect("returns")
	s := &Service{Pos: caller.pos, Caller: caller.text}
	switch t := p.peek(); t.kind {
	case "null":
		p.take()
		s.Reply = "null"
	case "stream":
		p.take()
		s.Stream = true
		s.Reply = p.name("the message that is streamed").text
	default:
		s.Reply = p.name("null, stream, or the message that replies").text
		p.rpcRest(s)
	}
	p.end(";")
	if s.Caller == s.Reply {
		p.errorf(s.Pos, "rpc %s returns itself", s.Caller)
	}
	return s
}

// rpcRest reads what may follow the reply.
func (p *parser) rpcRest(s *Service) {
	switch {
	case p.got("stream"):
		s.Stream = true
		s.StreamMessage = p.name("the message that is streamed").text
	case p.got("events"):
		for s.Events == nil || p.peek().kind == tokenName {
			s.Events = append(s.Events, p.name("an event").text)
			p.got(",")
		}
	}
}

// counters reads what follows the word.
func (p *parser) counters() any {
	name := p.name("the name of the counters")
	c := &Counters{Pos: name.pos, Name: name.text}
	p.expect("{")
	for c.Elements == nil || p.peek().kind != "}" {
		c.Elements = append(c.Elements, p.counter())
	}
	p.end("}", ";")
	return c
}

func (p *parser) counter() (e CounterElement) {
	e.Name = p.name("the name of a counter").text
	p.expect("{")
	for e.words == nil || p.peek().kind != "}" {
		word := p.expect("severity", "units", "description", "type").kind
		kind := tokenName
		if word == "units" || word == "description" {
			kind = tokenString
		}
		*e.word(word) = p.expect(kind).text
		p.end(";")
		if !slices.Contains(e.words, word) {
			e.words = append(e.words, word)
		}
	}
	p.end("}", ";")
	return e
}

// word is the field for a word of the language.
func (e *CounterElement) word(word string) *string {
	switch word {
	case "severity":
		return &e.Severity
	case "type":
		return &e.Type
	case "units":
		return &e.Units
	}
	return &e.Description
}

// paths reads what follows the word.
func (p *parser) paths() any {
	p.expect("{")
	var list []CounterPath
	for list == nil || p.peek().kind != "}" {
		path := p.expect(tokenString).text
		list = append(list, CounterPath{path, p.expect(tokenString).text})
		p.end(";")
	}
	p.end("}", ";")
	return list
}
