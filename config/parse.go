package config

// parser holds the tokens that are left.
type parser struct {
	tokens []token
	depth  int
}

// parse makes stanzas of tokens: name { … } or name word, until there are none.
func parse(tokens []token) ([]Stanza, error) {
	p := &parser{tokens: tokens}
	var list []Stanza
	for len(p.tokens) > 0 {
		s, err := p.stanza()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return Merge(list), nil
}

func (p *parser) next() (token, bool) {
	if len(p.tokens) == 0 {
		return token{}, false
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t, true
}

func (p *parser) stanza() (Stanza, error) {
	name, _ := p.next()
	switch {
	case name.kind == isClose:
		return Stanza{}, errorAt(name.pos, "unbalanced }: no block is open here")
	case name.kind == isOpen:
		return Stanza{}, errorAt(name.pos, "a block needs a name before its {")
	case name.text == "":
		return Stanza{}, errorAt(name.pos, "the name of a stanza is empty")
	}
	s := Stanza{Name: name.text, Pos: name.pos}
	t, ok := p.next()
	switch {
	case !ok || t.kind == isClose:
		return s, errorAt(name.pos, "stanza %q has no value: write %s { … } or %s WORD", name.text, name.text, name.text)
	case t.kind == isWord:
		s.Body = []Entry{{Word: t.text, Pos: t.pos}}
		return s, nil
	}
	body, err := p.block(name, t)
	s.Body = body
	return s, err
}

// block reads entries up to the } that closes open; name is what the block belongs to.
func (p *parser) block(name, open token) ([]Entry, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errorAt(open.pos, "blocks are nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	body := []Entry{}
	for {
		t, ok := p.next()
		switch {
		case !ok:
			return nil, errorAt(open.pos, "the block of %q is not closed: a } is missing", name.text)
		case t.kind == isClose:
			return body, nil
		case t.kind == isWord:
			body = append(body, Entry{Word: t.text, Pos: t.pos})
		case len(body) == 0 || body[len(body)-1].HasBlock:
			return nil, errorAt(t.pos, "a block needs a word before its {")
		default:
			last := &body[len(body)-1]
			inner, err := p.block(token{text: last.Word}, t)
			if err != nil {
				return nil, err
			}
			last.Block, last.HasBlock = inner, true
		}
	}
}
