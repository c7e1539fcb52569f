package classify

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// trace is what pkt-classify says of a packet: the verdict, and what it owes it to.
func (p *Plugin) trace(m *buffer.Meta, _ []byte) string {
	switch why := p.describe(m); {
	case why == "":
		return "nothing configured"
	case IsRedirect(m.Verdict):
		return "redirected to sw_if_index " + fmt.Sprint(m.TxIf) + ": " + why
	default:
		return why
	}
}

// describe is what decided about a packet, in a line; "" where classify has not.
func (p *Plugin) describe(m *buffer.Meta) string {
	switch m.Verdict &^ redirected {
	case byNothing:
		return ""
	case byRule:
		return p.ruleText(m.Rule)
	case bySession:
		return p.ruleText(m.Rule) + ", through the packet's session"
	case byNoRoom:
		return p.ruleText(m.Rule) + ", which could not keep a session"
	case byDefault:
		return "no rule matches: the interface's default"
	case byNonIP:
		return "not IP: the interface's non-ip setting"
	case byNeighbours:
		return "neighbour discovery, which the interface's default spares"
	}
	return ""
}

// ruleText is a rule as people know it, by its id; the text is missing where the rule has been removed since.
func (p *Plugin) ruleText(id uint32) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.book.find(id)
	if e == nil {
		return fmt.Sprintf("rule %d (removed since)", id)
	}
	return fmt.Sprintf("rule %d (%s %v): %v", id, p.dp.InterfaceName(e.rule.Interface), e.rule.Direction, &e.rule)
}
