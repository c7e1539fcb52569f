package classify

import (
	"fmt"

	"github.com/gvpp/gvpp/api"
)

// Listed is a rule and what it has decided about, all workers together.
type Listed struct {
	Rule           Rule
	Packets, Bytes uint64
}

// FirstPage is the cursor to begin with, LastPage is what List gives behind the last rule.
const (
	FirstPage = uint32(0)
	LastPage  = ^uint32(0)
)

const (
	// maxCursors is how many lists can be read at the same time while rules are deleted: a cursor that is older may be lost if the
	// rule that it stands at goes. Each costs a comparison for every rule that is deleted.
	maxCursors = 64

	// looksPerRule is how many rules are looked at for each that a page may hold, so that a page of one interface's rules among very
	// many of others does not keep changes waiting.
	looksPerRule = 16
)

// cursor is where a list goes on.
type cursor struct {
	id uint32 // by this rule clients name it
	at *entry // that rule, or if it is gone the next one that is not; nil: the end
}

// List gives rules in their order, up to max at once: those of one interface, or of all. next is the cursor for the next page, or
// LastPage; a page may be empty and not be the last one. A rule that is there all the time is given once, whatever is added and
// deleted between two pages; one that is added meanwhile may be. A cursor that is not known gives api.InvalidValue: begin again.
func (p *Plugin) List(from uint32, only *uint32, max int) (list []Listed, next uint32, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.book.first
	if from != FirstPage {
		var ok bool
		if e, ok = p.book.from(from - 1); !ok {
			return nil, LastPage, api.Wrap(api.InvalidValue, fmt.Errorf("classify: cursor %d: want one of the last page's reply, or %d to begin again", from, FirstPage))
		}
	}
	for looks := 0; e != nil && len(list) < max && looks < max*looksPerRule; e, looks = e.next, looks+1 {
		if only == nil || *only == e.rule.Interface {
			n := p.sum(e.slot)
			list = append(list, Listed{e.rule, n.Packets, n.Bytes})
		}
	}
	if e == nil {
		return list, LastPage, nil
	}
	p.book.remember(e)
	return list, e.rule.ID + 1, nil
}

// from is where a list goes on that stopped before a rule.
func (b *book) from(id uint32) (e *entry, ok bool) {
	for i := len(b.cursors) - 1; i >= 0; i-- {
		if b.cursors[i].id == id {
			return b.cursors[i].at, true
		}
	}
	e = b.find(id)
	return e, e != nil
}

// remember notes that a list goes on at a rule.
func (b *book) remember(e *entry) {
	if len(b.cursors) == maxCursors {
		copy(b.cursors, b.cursors[1:])
		b.cursors = b.cursors[:maxCursors-1]
	}
	b.cursors = append(b.cursors, cursor{e.rule.ID, e})
}

// passOver moves cursors off a rule that is about to be deleted.
func (b *book) passOver(e *entry) {
	for i := range b.cursors {
		if b.cursors[i].at == e {
			b.cursors[i].at = e.next
		}
	}
}
