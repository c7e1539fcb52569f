package flowtrack

import (
	"fmt"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// FirstPage is the cursor to begin with, LastPage is what Page gives when there is no further one.
const (
	FirstPage = uint32(0)
	LastPage  = ^uint32(0)
)

// cursor6 marks a cursor in the table of IPv6 sessions. Otherwise a cursor is the place in a table, of which there are fewer.
const cursor6 = 1 << 31

var _ [cursor6 - 2*MaxSessions]struct{}

// placesPerSession is how many places of the table are looked at for each session that a page may hold: few sessions that a filter
// means among very many others come in several pages, some of which may be empty.
const placesPerSession = 16

// Page is Each a part at a time: up to max sessions that a filter means, in no order. next is the cursor for the next page, or
// LastPage. A session that is there all the time is given once. A cursor that no page has given is api.InvalidValue.
func (p *Plugin) Page(f *Filter, from uint32, max int) (list []Session, next uint32, err error) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return nil, LastPage, nil
	}
	places := uint64(p.table4.Slots())
	if from&cursor6 != 0 {
		places = uint64(p.table6.Slots())
	}
	if uint64(from&^cursor6) > places {
		return nil, LastPage, api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: cursor %#x: want one of the last page, or %d to begin", from, FirstPage))
	}
	left, tick := max*placesPerSession, tickOf(p.dp.Clock())
	if from&cursor6 == 0 {
		list, next = pageOf(p, p.table4, tick, ends4, f, nil, from, max, &left)
		if next != LastPage {
			return list, next, nil
		}
		from = cursor6
	}
	list, next = pageOf(p, p.table6, tick, ends6, f, list, from&^cursor6, max, &left)
	if next != LastPage {
		next |= cursor6
	}
	return list, next, nil
}

// pageOf appends sessions of a table to list, from a place on.
func pageOf[K flow.Key](p *Plugin, t *flow.Table[K], tick uint32, ends func(*Session, *K), f *Filter, list []Session, from uint32, max int, left *int) ([]Session, uint32) {
	for x := from; x < uint32(t.Slots()); x++ {
		if len(list) == max || *left == 0 {
			return list, x
		}
		*left--
		if s, _, ok := read(p, t, x, tick, ends); ok && f.Match(&s) {
			list = append(list, s)
		}
	}
	return list, LastPage
}
