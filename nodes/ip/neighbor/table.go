package neighbor

import (
	"container/heap"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"
)

// Key names a neighbour.
type Key struct {
	SwIf uint32
	Addr netip.Addr
}

// State is how much is known of a neighbour.
type State uint8

// The states.
const (
	Incomplete State = iota // it has been asked for
	Reachable               // it has answered not long ago, or the operator says so
	Stale                   // nobody has heard of it for a while
	Probe                   // it is asked whether it is still there
	Failed                  // it has not answered
)

var stateNames = [...]string{"incomplete", "reachable", "stale", "probe", "failed"}

// String is the state in a word.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "?"
}

// Entry is a neighbour as it is shown.
type Entry struct {
	Key
	MAC     [6]byte // unless Incomplete or Failed
	State   State
	Static  bool  // the operator's, for ever
	NoRoute bool  // it has no route of its own
	Since   int64 // when it was confirmed last, on the caller's clock
}

// Sink is told of what packets must do.
type Sink interface {
	// Resolved says that a neighbour has another MAC address than before, or one at last. e is to be read before it returns.
	Resolved(e *Entry)
	// Doubted gives the flag that is to be set when a packet goes to a neighbour that has not been heard of for a while; nil: it has.
	Doubted(k Key, used *atomic.Bool)
	// Gone says that a neighbour that was resolved is not any more, and as what it was known.
	Gone(e *Entry)
}

// Ask is a request to be sent: to all on the link, or with Unicast to MAC, which it had before.
type Ask struct {
	Key
	MAC     [6]byte
	Unicast bool
}

// Config is the table's bounds and times.
type Config struct {
	Max          [2]int        // neighbours of IPv4, of IPv6
	Wanted       int           // neighbours of an interface that are being looked for: half of them for all, half in shares
	Asks, Learns int           // per second and interface: requests, by the shares of link; neighbours learned from theirs
	Tries        int           // requests without an answer
	Retry        time.Duration // from one to the next
	Again        time.Duration // likewise, where packets come for one that has not answered yet
	ReachableFor time.Duration
	StaleFor     time.Duration
}

// Default is like VPP where that has a number: 50,000 neighbours of each family. A host that moves is missed for a minute or two.
func Default() Config {
	return Config{Max: [2]int{50000, 50000}, Wanted: 1024, Asks: 500, Learns: 500, Tries: 3, Retry: time.Second, Again: 5 * time.Millisecond,
		ReachableFor: time.Minute, StaleFor: 20 * time.Minute}
}

// What operations refuse.
var (
	ErrUnknown = errors.New("see `show ip neighbors`")
	ErrFull    = errors.New("delete some, or wait until they age")
)

// Table is all neighbours. It is for one caller at a time.
type Table struct {
	config  Config
	sink    Sink
	entries map[Key]*entry
	due     dueHeap      // all that have a timer
	stale   map[Key]bool // those that have not been said or heard of again since BeginReplace
	count   [2]int       // by family
	links   map[uint32]*link
	asks    []Ask // Tick's
}

type entry struct {
	Entry
	at    int64 // when something is due, on the caller's clock; 0: never
	place int   // in due
	from  uint8 // whose packet it was looked for first
	tries int
	asked int64 // when it was asked for last
	used  *atomic.Bool
}

// New makes an empty table.
func New(c Config, s Sink) *Table {
	return &Table{config: c, sink: s, entries: map[Key]*entry{}, links: map[uint32]*link{}}
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// make makes an entry that has no timer.
func (t *Table) make(k Key, from uint8) *entry {
	e := &entry{Entry: Entry{Key: k, State: Incomplete}, place: -1, from: from}
	t.entries[k] = e
	t.count[family(k.Addr)]++
	t.wanted(e, 1)
	return e
}

// ask notes that an entry's request goes out now.
func (t *Table) ask(now int64, e *entry, tries int) {
	e.tries, e.asked = tries, now
	t.timer(e, now+int64(t.config.Retry))
}

// Outcome is what has come of something learned.
type Outcome uint8

// The outcomes.
const (
	Confirmed Outcome = iota // known, and as it was
	Learned                  // new, or found
	Moved                    // known, with another MAC address
	Unasked                  // nobody wants to know
	Refused                  // static, or no room
)

// Learn says that a neighbour has been heard of. create: it asks us, so that we will need it soon.
func (t *Table) Learn(now int64, k Key, mac [6]byte, create bool) Outcome {
	e := t.entries[k]
	switch {
	case e == nil && !create:
		return Unasked
	case e == nil:
		if t.count[family(k.Addr)] >= t.config.Max[family(k.Addr)] || !t.link(k.SwIf).learned.take(now, t.config.Learns) {
			return Refused
		}
		e = t.make(k, 0)
	case e.Static && e.MAC != mac:
		return Refused
	case e.Static:
		delete(t.stale, k)
		if e.used != nil {
			e.used = nil
			t.sink.Doubted(k, nil)
		}
		return Confirmed
	}
	delete(t.stale, k)
	out := Confirmed
	if e.State == Incomplete || e.State == Failed {
		out = Learned
	} else if e.MAC != mac {
		out = Moved
	}
	doubted := e.used != nil
	t.wanted(e, -1)
	e.MAC, e.State, e.Since, e.used = mac, Reachable, now, nil
	t.timer(e, now+int64(t.config.ReachableFor)*(100+int64(k.Addr.As16()[15]%50))/100) // not all at once
	switch {
	case out != Confirmed:
		t.sink.Resolved(&e.Entry)
	case doubted:
		t.sink.Doubted(k, nil)
	}
	return out
}

// Next is when Tick has something to do, on the caller's clock; false where never.
func (t *Table) Next() (at int64, ok bool) {
	if len(t.due) == 0 {
		return 0, false
	}
	return t.due[0].at, true
}

// timer sets when something is due for an entry; 0 for never.
func (t *Table) timer(e *entry, at int64) {
	e.at = at
	switch {
	case at == 0 && e.place >= 0:
		heap.Remove(&t.due, e.place)
	case at != 0 && e.place >= 0:
		heap.Fix(&t.due, e.place)
	case at != 0:
		heap.Push(&t.due, e)
	}
}
