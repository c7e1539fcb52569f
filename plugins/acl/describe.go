package acl

import (
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/nodes/classify"
)

// describe says which rule of which list a packet owes its fate to; "" where it is none of a list.
func (p *Plugin) describe(m *buffer.Meta) string {
	if !classify.HasRule(m.Verdict) {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, swIf := range []uint32{m.RxIf, m.TxIf} {
		a := p.applied[swIf]
		if a == nil {
			continue
		}
		if i := slices.Index(a.rules, m.Rule); i >= 0 && i < len(a.lines) {
			if at := a.lines[i]; at.rule >= 0 {
				return fmt.Sprintf("acl %d rule %d", at.list, at.rule)
			}
			return "behind all acls"
		}
	}
	return ""
}
