package plugname

import (
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// trace says what the node did with a packet, for show trace. m and b are copies, made in the node. Which rule has counted a packet is
// found once more, among today's; which one has dropped it is in m.
func (p *Plugin) trace(m *buffer.Meta, b []byte) string {
	if !m.IsIP4 && !m.IsIP6 {
		return "not IP: passed"
	}
	var k key
	k.read(b, m)
	t, why := p.table.Load(), "no rule: passed"
	if m.Reason == reasonDropped {
		why = t.text(m.Rule)
	} else if at := t.find(&k); at != none {
		why = t.text(t.rules[at].id)
	}
	return fmt.Sprintf("to %v protocol %d port %d: %s", k.addr(), k.proto, k.port, why)
}

// describe says which rule has dropped a packet, for captures and the end of a trace; "" where none has. It waits for nobody.
func (p *Plugin) describe(m *buffer.Meta) string {
	if m.Node != p.node || m.Reason != reasonDropped {
		return "" // the reason is another node's
	}
	return p.table.Load().text(m.Rule)
}

// text is a rule for people.
func (t *table) text(id uint32) string {
	at := slices.IndexFunc(t.rules, func(c compiled) bool { return c.id == id })
	if at < 0 {
		return fmt.Sprintf("rule %d (deleted since)", id)
	}
	return fmt.Sprintf("rule %d: %s", id, t.texts[at])
}
