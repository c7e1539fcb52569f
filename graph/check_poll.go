package graph

import (
	"fmt"

	"github.com/gvpp/gvpp/dataplane/buffer"
)

// watchedPoller is a node that is watched and polled.
type watchedPoller struct {
	*watched
	poller Poller
	call   func() // run of room
	room   []buffer.Index
	n      int
}

func (x *watched) watchPoll(p Poller) *watchedPoller {
	y := &watchedPoller{watched: x, poller: p}
	y.call = y.run
	return y
}

// run is Poll of the node.
func (x *watchedPoller) run() {
	defer x.recovered(nil)
	x.n = x.poller.Poll(x.w, x.room)
}

// Poll implements Poller.
func (x *watchedPoller) Poll(w *Worker, room []buffer.Index) (n int) {
	x.room, x.n = room, 0
	x.around(0, x.call)
	if x.n < 0 || x.n > len(room) {
		x.fault(fmt.Sprintf("returns %d from Poll, which had room for %d", x.n, len(room)), nil)
		return 0
	}
	for _, b := range room[:x.n] {
		if int(b) >= len(x.last) {
			x.fault(fmt.Sprintf("gives the graph buffer %d from Poll, and there are %d", b, len(x.last)), nil)
			continue
		}
		if l := &x.last[b]; l.poll == w.Pass() {
			x.fault("gives the graph a packet twice from one Poll", []buffer.Index{b})
			continue
		}
		x.last[b] = lastSeen{node: x.id, seen: true, poll: w.Pass()}
		room[n] = b
		n++
	}
	return n
}
