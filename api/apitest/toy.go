// Package apitest has a small module for the tests of whatever carries messages: all the ways that a request is answered, with
// handlers that tests hold up and let go.
//
// Its messages are not generated: each is a list of u32, some with bytes behind.
package apitest

import (
	"context"
	"errors"
	"sync"

	"github.com/gvpp/gvpp/api"
)

// Message is a message of the module. Of a reply with a retval, that is U[0].
type Message struct {
	desc *api.Desc
	U    []uint32
	Tail []byte // where the type has one
}

// Desc implements api.Message.
func (m *Message) Desc() *api.Desc { return m.desc }

// Encode implements api.Message.
func (m *Message) Encode(e *api.Encoder) {
	for _, u := range m.U {
		e.U32(u)
	}
	if tailed[m.desc] {
		e.U32(uint32(e.Len(len(m.Tail), 1<<32-1)))
		e.Raw(m.Tail)
	}
}

// Decode implements api.Message.
func (m *Message) Decode(d *api.Decoder) {
	for i := range m.U {
		m.U[i] = d.U32()
	}
	if tailed[m.desc] {
		m.Tail = make([]byte, d.Len(uint64(d.U32()), 1))
		d.Raw(m.Tail)
	}
}

var tailed = map[*api.Desc]bool{}

func desc(name string, kind api.Kind, words, retval int, tail bool) *api.Desc {
	d := &api.Desc{Name: name, CRC: 0x10000000 + uint32(len(name)), Kind: kind, Fixed: 4 * words, Retval: retval}
	if tailed[d] = tail; tail {
		d.Fixed += 4
	}
	d.New = func() api.Message { return &Message{desc: d, U: make([]uint32, words)} }
	return d
}

// The messages. Where it says so, bytes of any number follow the words.
var (
	Add          = desc("toy_add", api.Request, 2, -1, false)         // a, b
	AddReply     = desc("toy_add_reply", api.Reply, 2, 0, false)      // retval, a+b
	Count        = desc("toy_count_dump", api.Request, 1, -1, false)  // details to send
	CountDetails = desc("toy_count_details", api.Reply, 1, -1, true)  // 0, 1, …; 100 bytes
	Page         = desc("toy_page_get", api.Request, 1, -1, false)    // cursor
	PageReply    = desc("toy_page_get_reply", api.Reply, 2, 0, false) // retval, cursor
	PageDetails  = desc("toy_page_details", api.Reply, 1, -1, false)  // cursor … cursor+9
	Want         = desc("want_toy_events", api.Request, 2, -1, false) // enable, pid
	WantReply    = desc("want_toy_events_reply", api.Reply, 1, 0, false)
	Event        = desc("toy_event", api.Event, 2, -1, true) // pid, number; bytes
	Hold         = desc("toy_hold", api.Request, 0, -1, false)
	HoldReply    = desc("toy_hold_reply", api.Reply, 1, 0, false) // when Release is called
	Panic        = desc("toy_panic", api.Request, 0, -1, false)
	PanicReply   = desc("toy_panic_reply", api.Reply, 3, 0, false)
	Idle         = desc("toy_idle", api.Request, 0, -1, false) // nobody serves it
	IdleReply    = desc("toy_idle_reply", api.Reply, 5, 0, false)
	IdleDump     = desc("toy_idle_dump", api.Request, 0, -1, false) // nor this
	IdleDetails  = desc("toy_idle_details", api.Reply, 1, -1, false)
	Bulk         = desc("toy_bulk", api.Request, 0, -1, true)     // bytes
	BulkReply    = desc("toy_bulk_reply", api.Reply, 2, 0, false) // retval, how many
	Tell         = desc("toy_tell", api.Request, 1, -1, false)    // answered by nothing
)

// The methods.
var (
	AddMethod      = &api.Method{Request: Add, Reply: AddReply}
	CountMethod    = &api.Method{Request: Count, Stream: CountDetails}
	PageMethod     = &api.Method{Request: Page, Reply: PageReply, Stream: PageDetails}
	WantMethod     = &api.Method{Request: Want, Reply: WantReply, Events: []*api.Desc{Event}}
	HoldMethod     = &api.Method{Request: Hold, Reply: HoldReply}
	PanicMethod    = &api.Method{Request: Panic, Reply: PanicReply}
	IdleMethod     = &api.Method{Request: Idle, Reply: IdleReply}
	IdleDumpMethod = &api.Method{Request: IdleDump, Stream: IdleDetails}
	BulkMethod     = &api.Method{Request: Bulk, Reply: BulkReply}
	TellMethod     = &api.Method{Request: Tell}
)

// File is the module.
var File = &api.File{
	Name: "toy", CRC: 0x12ab34cd, Version: [3]uint32{1, 2, 3}, JSON: `{"messages": []}`,
	Messages: []*api.Desc{Add, AddReply, Count, CountDetails, Page, PageReply, PageDetails, Want, WantReply, Event, Hold, HoldReply,
		Panic, PanicReply, Idle, IdleReply, IdleDump, IdleDetails, Bulk, BulkReply, Tell},
	Methods: []*api.Method{AddMethod, CountMethod, PageMethod, WantMethod, HoldMethod, PanicMethod, IdleMethod, IdleDumpMethod, BulkMethod, TellMethod},
}

// New makes a message. u are its first words.
func New(d *api.Desc, u ...uint32) *Message {
	m := d.New().(*Message)
	copy(m.U, u)
	return m
}

// Pages is how many details all pages have together, and PageSize those of one.
const (
	Pages    = 35
	PageSize = 10
)

// Toy serves the module. The zero value is ready.
type Toy struct {
	Held    chan struct{} // gets a value when a hold begins; nil: nobody looks
	Release chan struct{} // a hold ends with a value from it
	Ended   chan error    // gets what a dump of Count ends with; nil: nobody looks
	Told    chan uint32   // gets what is told; nil: nobody looks

	mu      sync.Mutex
	callers []api.Caller
}

// Service is the module with t's handlers.
func (t *Toy) Service() api.Service {
	return api.Service{File: File, Handlers: []api.Handler{
		{Method: AddMethod, Call: add}, {Method: CountMethod, Call: t.count}, {Method: PageMethod, Call: page}, {Method: WantMethod, Call: t.want},
		{Method: HoldMethod, Call: t.hold}, {Method: PanicMethod, Call: func(context.Context, api.Message, func(api.Message) error) (api.Message, error) { panic("toy") }},
		{Method: BulkMethod, Call: bulk}, {Method: TellMethod, Call: t.tell},
	}}
}

// ErrOdd is the error of Add when a is 13; its retval is InvalidValue.
var ErrOdd = errors.New("toy: 13 is not added")

func add(_ context.Context, m api.Message, _ func(api.Message) error) (api.Message, error) {
	u := m.(*Message).U
	if u[0] == 13 {
		return nil, api.Wrap(api.InvalidValue, ErrOdd)
	}
	return New(AddReply, 0, u[0]+u[1]), nil
}

func (t *Toy) count(_ context.Context, m api.Message, send func(api.Message) error) (_ api.Message, err error) {
	defer func() {
		if t.Ended != nil {
			t.Ended <- err
		}
	}()
	for i := range m.(*Message).U[0] {
		d := New(CountDetails, i)
		d.Tail = make([]byte, 100)
		if err := send(d); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func page(_ context.Context, m api.Message, send func(api.Message) error) (api.Message, error) {
	at := m.(*Message).U[0]
	if at > Pages {
		return nil, api.InvalidValue
	}
	end := min(at+PageSize, Pages)
	for ; at < end; at++ {
		if err := send(New(PageDetails, at)); err != nil {
			return nil, err
		}
	}
	if end < Pages {
		return New(PageReply, 0, end), api.EAgain
	}
	return New(PageReply, 0, 1<<32-1), nil
}

func (t *Toy) want(ctx context.Context, _ api.Message, _ func(api.Message) error) (api.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callers = append(t.callers, api.CallerOf(ctx))
	return New(WantReply), nil
}

// Send sends an event with a number and n bytes to all that have asked for events, and returns how many took it.
func (t *Toy) Send(number uint32, n int) (taken int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.callers {
		m := New(Event, 4711, number)
		m.Tail = make([]byte, n)
		if c.Send(m) {
			taken++
		}
	}
	return taken
}

func (t *Toy) hold(ctx context.Context, _ api.Message, _ func(api.Message) error) (api.Message, error) {
	if t.Held != nil {
		t.Held <- struct{}{}
	}
	select {
	case <-t.Release:
		return New(HoldReply), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func bulk(_ context.Context, m api.Message, _ func(api.Message) error) (api.Message, error) {
	return New(BulkReply, 0, uint32(len(m.(*Message).Tail))), nil
}

func (t *Toy) tell(_ context.Context, m api.Message, _ func(api.Message) error) (api.Message, error) {
	if t.Told != nil {
		t.Told <- m.(*Message).U[0]
	}
	return nil, nil
}
