package api

import "context"

// Call serves one request: of a method without stream it returns the reply; of one with a stream it gives the details to
// send, which is safe until it returns, and returns the reply, or nil for a dump. An error becomes the reply's retval
// (see ErrnoOf); a reply returned beside it is sent with that retval, else one of zeros. send's error means that nobody
// listens any more; hand it on.
type Call func(ctx context.Context, request Message, send func(Message) error) (reply Message, err error)

// Handler is a method and who serves it. Calls come concurrently from different callers, one after the other from one.
// Context ends when the caller goes or the dataplane stops; CallerOf tells who calls.
type Handler struct {
	Method *Method
	Call   Call
}

// Service is a module and the handlers for some of its methods. The others are answered with Unimplemented.
type Service struct {
	File     *File
	Handlers []Handler
}

// Caller is a client, as handlers see it.
type Caller interface {
	// Name is what the client calls itself.
	Name() string
	// Send queues an event for the client. It never waits: where the queue is full the event is dropped, which the server
	// counts, and false is returned.
	Send(event Message) bool
	// Done is closed when the client has gone.
	Done() <-chan struct{}
}

type callerKey struct{}

// WithCaller makes a context for the calls of a caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who has sent the request; nil where nobody can be sent events.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Conn is a way to call methods: a socket's (api/client), or one in the same process.
type Conn interface {
	// Invoke sends a request and returns its reply (nil for a dump). Details go to each, in order; its error ends the call
	// and is returned. A reply with a retval other than 0 is returned with that Errno.
	Invoke(ctx context.Context, m *Method, request Message, each func(Message) error) (reply Message, err error)
	// Events hands over events of a type from now on until ctx ends: then, or when the connection does, the channel is
	// closed. Events that nobody takes are dropped when a bounded queue is full.
	Events(ctx context.Context, d *Desc) <-chan Message
}
