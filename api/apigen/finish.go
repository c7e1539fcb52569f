package apigen

import "slices"

// messageID is the field that every message begins with; files do not say it.
const messageID = "_vl_msg_id"

// replyMessage is what autoreply makes of a message.
func replyMessage(m *Message) *Message {
	return &Message{Pos: m.Pos, Name: m.Name + "_reply", Options: slices.Clone(m.Options), Fields: []*Field{
		{Pos: m.Pos, Type: "u32", Name: "context"}, {Pos: m.Pos, Type: "i32", Name: "retval"},
	}}
}

// finish makes a parsed file whole: messages with their ids and CRCs, services, and all checks that need the file.
func (c *compiler) finish(f *File) {
	names := map[string]*Message{}
	add := func(m *Message) {
		if old := names[m.Name]; old != nil {
			c.errorf(m.Pos, "message %s is defined already, at %s", m.Name, old.Pos)
			return
		}
		names[m.Name] = m
		f.Messages = append(f.Messages, m)
	}
	for _, s := range f.statements {
		switch s := s.(type) {
		case *Message:
			add(s)
			if slices.Contains(s.Flags, "autoreply") {
				add(replyMessage(s))
			}
		case []*Service:
			f.Services = append(f.Services, s...)
		case *Counters:
			f.Counters = append(f.Counters, s)
		case []CounterPath:
			f.Paths = append(f.Paths, s)
		}
	}
	c.services(f, names)
	c.warnings(f, names)
	for _, t := range f.Types {
		c.checkTags(t.Name, t.Fields)
	}
	for _, m := range f.Messages {
		c.checkTags(m.Name, m.Fields)
	}
	f.CRC = fileCRC(f)
	for _, m := range f.Messages {
		m.CRC = messageCRC(m)
		m.Fields = slices.Insert(m.Fields, 0, &Field{Pos: m.Pos, Type: "u16", Name: messageID})
	}
}

// checkTags checks unions that say which of their fields is meant: [discriminator=F] on a field of union type names an enum
// before it, and each field of the union has [case=E], one of that enum's names, each once.
func (c *compiler) checkTags(owner string, fields []*Field) {
	before := map[string]*Field{}
	for _, f := range fields {
		if f.Array {
			continue
		}
		before[f.Name] = f
		o, ok := option(f.Options, "discriminator")
		if !ok {
			continue
		}
		enum := before[o.Value]
		switch {
		case o.Kind != Text || enum == nil || enum == f:
			c.errorf(f.Pos, "%s.%s: discriminator %q is not a field before it", owner, f.Name, o.Value)
		case enum.Ref == nil || enum.Ref.Kind != Enum && enum.Ref.Kind != EnumFlag:
			c.errorf(f.Pos, "%s.%s: discriminator %s is of type %s; want an enum", owner, f.Name, o.Value, enum.Type)
		case f.Ref == nil || f.Ref.Kind != Union:
			c.errorf(f.Pos, "%s.%s: a discriminator on a field of type %s; want a union", owner, f.Name, f.Type)
		default:
			c.checkCases(f.Ref, enum.Ref)
		}
	}
}

func (c *compiler) checkCases(union, enum *Type) {
	left := map[string]bool{}
	for _, e := range enum.Entries {
		left[e.Name] = true
	}
	for _, f := range union.Fields {
		o, ok := option(f.Options, "case")
		free, known := left[o.Value]
		switch {
		case !ok || o.Kind == NoValue:
			c.errorf(f.Pos, "union %s: %s has no [case=], which its discriminator needs", union.Name, f.Name)
		case o.Kind != Text || !known:
			c.errorf(f.Pos, "union %s: case %s of %s is not a name of enum %s", union.Name, o.Value, f.Name, enum.Name)
		case !free:
			c.errorf(f.Pos, "union %s: case %s is there twice", union.Name, o.Value)
		}
		left[o.Value] = false
	}
}
