package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// What generated code calls, so that there is little of it.

// errEnough ends a call whose details nobody wants any more.
var errEnough = errors.New("api: enough")

// wrongType is what a peer gets that answers with another message than the method's.
func wrongType(m *Method, got Message) error {
	return fmt.Errorf("%s: answered with a message of another type, %s: %w", m.Request.Name, got.Desc().Name, Bug)
}

// Answer makes a Call's results of a method's: a nil pointer becomes a nil Message.
func Answer[M interface {
	comparable
	Message
}](reply M, err error) (Message, error) {
	var none M
	if reply == none {
		return nil, err
	}
	return reply, err
}

// Stream sends what a dump yields, until its first error. A nil dump yields nothing.
func Stream[M Message](details iter.Seq2[M, error], send func(Message) error) error {
	if details == nil {
		return nil
	}
	for m, err := range details {
		if err != nil {
			return err
		}
		if err := send(m); err != nil {
			return err
		}
	}
	return nil
}

// Sender is send for messages of one type.
func Sender[M Message](send func(Message) error) func(M) error {
	return func(m M) error { return send(m) }
}

// Invoke calls a method of c and returns its reply.
func Invoke[M Message](ctx context.Context, c Conn, m *Method, request Message) (M, error) {
	return InvokeStream[M, Message](ctx, c, m, request, nil)
}

// InvokeStream calls a method of c that sends details before its reply. each may be nil.
func InvokeStream[M, D Message](ctx context.Context, c Conn, m *Method, request Message, each func(D) error) (reply M, err error) {
	got, err := c.Invoke(ctx, m, request, func(detail Message) error {
		d, ok := detail.(D)
		if !ok {
			return wrongType(m, detail)
		}
		if each == nil {
			return nil
		}
		return each(d)
	})
	if got == nil {
		if err == nil && m.Reply != nil {
			err = fmt.Errorf("%s: no reply: %w", m.Request.Name, Bug)
		}
		return reply, err
	}
	reply, ok := got.(M)
	if !ok && err == nil {
		err = wrongType(m, got)
	}
	return reply, err
}

// Dump calls a method of c that answers with details only. An error, if any, comes last, with no message. Each range over
// the result makes a call; to break off ends it.
func Dump[D Message](ctx context.Context, c Conn, m *Method, request Message) iter.Seq2[D, error] {
	return Pages(func(each func(D) error) (bool, error) {
		_, err := InvokeStream[Message](ctx, c, m, request, each)
		return false, err
	})
}

// Pages yields the details of calls that are made as long as they return true.
func Pages[D Message](call func(each func(D) error) (again bool, err error)) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		enough := false
		each := func(d D) error {
			if enough = enough || !yield(d, nil); enough {
				return errEnough
			}
			return nil
		}
		for again := true; again; {
			var err error
			if again, err = call(each); enough {
				return
			} else if err != nil {
				var none D
				yield(none, err)
				return
			}
		}
	}
}

// NextPage says whether the call of a stream is to be made again, from the cursor next: when it ended with EAgain, and the
// cursor has moved on.
func NextPage(err error, cursor, next uint32) (again bool, _ error) {
	if !errors.Is(err, EAgain) {
		return false, err
	}
	if next == cursor {
		return false, fmt.Errorf("api: the cursor stays at %d: %w", cursor, Bug)
	}
	return true, nil
}

// Received is the events of a type, from the moment of the call; they queue until the range over them begins. It ends with ctx, with
// the connection, or when the range is broken off, and can be ranged over once.
func Received[M Message](ctx context.Context, c Conn, d *Desc) iter.Seq[M] {
	ctx, leave := context.WithCancel(ctx)
	events := c.Events(ctx, d)
	return func(yield func(M) bool) {
		defer leave()
		for event := range events {
			if m, ok := event.(M); ok && !yield(m) {
				return
			}
		}
	}
}

// Refused is a dump that only gives an error.
func Refused[M Message](err error) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		var none M
		yield(none, err)
	}
}
