package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gvpp/gvpp/api"
)

// lister answers a list with details, two a page, of which there are n.
func lister(n uint32) api.Call {
	return func(_ context.Context, request api.Message, send func(api.Message) error) (api.Message, error) {
		m := request.(*list)
		for i := m.Cursor; i < n; i++ {
			if i == m.Cursor+2 {
				return &listReply{Cursor: i}, api.EAgain
			}
			if err := send(&listDetails{Name: fmt.Sprint(i)}); err != nil {
				return nil, err
			}
		}
		return &listReply{Cursor: ^uint32(0)}, nil
	}
}

func direct(m *api.Method, call api.Call) *api.DirectConn {
	return api.Direct(api.Service{Handlers: []api.Handler{{Method: m, Call: call}}})
}

func pages(c api.Conn, m list) iter.Seq2[*listDetails, error] {
	return api.Pages(func(each func(*listDetails) error) (bool, error) {
		r, err := api.InvokeStream[*listReply](context.Background(), c, listMethod, &m, each)
		if r == nil {
			return false, err
		}
		again, err := api.NextPage(err, m.Cursor, r.Cursor)
		m.Cursor = r.Cursor
		return again, err
	})
}

func names(seq iter.Seq2[*listDetails, error]) (names []string, last error) {
	for d, err := range seq {
		if err != nil {
			last = err
			continue
		}
		names = append(names, d.Name)
	}
	return names, last
}

func TestPages(t *testing.T) {
	c := direct(listMethod, lister(5))
	got, err := names(pages(c, list{}))
	if want := []string{"0", "1", "2", "3", "4"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for d := range pages(c, list{}) {
		if d.Name == "2" {
			break // in the second page: the handler hears of it and is not called again
		}
	}
	stuck := direct(listMethod, func(context.Context, api.Message, func(api.Message) error) (api.Message, error) {
		return &listReply{}, api.EAgain
	})
	if _, err := names(pages(stuck, list{})); !errors.Is(err, api.Bug) {
		t.Errorf("a cursor that stays gives %v", err)
	}
}

func TestDump(t *testing.T) {
	calls, sent := 0, 0
	c := direct(dumpMethod, func(_ context.Context, _ api.Message, send func(api.Message) error) (api.Message, error) {
		calls++
		return nil, api.Stream(func(yield func(*listDetails, error) bool) {
			for sent = 0; sent < 3; sent++ {
				if !yield(&listDetails{Name: fmt.Sprint(sent)}, nil) {
					return
				}
			}
			yield(nil, api.NoSuchEntry)
		}, send)
	})
	dump := api.Dump[*listDetails](context.Background(), c, dumpMethod, &list{})
	if got, err := names(dump); !slices.Equal(got, []string{"0", "1", "2"}) || !errors.Is(err, api.NoSuchEntry) {
		t.Errorf("got %v, %v", got, err)
	}
	for range dump {
		break
	}
	if calls != 2 || sent != 0 {
		t.Errorf("%d calls, %d details after the break, want 2 and 0", calls, sent)
	}
	if _, err := names(api.Refused[*listDetails](api.Bug)); err != api.Bug {
		t.Errorf("a refused dump gives %v", err)
	}
	for _, err := range api.Dump[*changed](context.Background(), c, dumpMethod, &list{}) {
		if !errors.Is(err, api.Bug) {
			t.Errorf("details of another type give %v", err)
		}
	}
}

func TestDirectErrors(t *testing.T) {
	ctx := context.Background()
	invoke := func(c api.Conn) (*listReply, error) {
		return api.Invoke[*listReply](ctx, c, listMethod, &list{})
	}
	gives := func(m api.Message, err error) *api.DirectConn {
		return direct(listMethod, func(context.Context, api.Message, func(api.Message) error) (api.Message, error) { return m, err })
	}
	why := fmt.Errorf("no disk: %w", io.ErrUnexpectedEOF)
	for name, c := range map[string]struct {
		conn api.Conn
		want *listReply
		err  error
	}{
		"nobody":           {api.Direct(), &listReply{Retval: -9}, api.Unimplemented},
		"no reply":         {gives(nil, nil), &listReply{}, nil},
		"retval":           {gives(&listReply{Retval: -6, Cursor: 4}, nil), &listReply{Retval: -6, Cursor: 4}, api.NoSuchEntry},
		"errno":            {gives(nil, api.InvalidValue), &listReply{Retval: -7}, api.InvalidValue},
		"errno and reply":  {gives(&listReply{Cursor: 4}, api.EAgain), &listReply{Retval: -165, Cursor: 4}, api.EAgain},
		"wrapped":          {gives(nil, api.Wrap(api.SyscallError1, why)), &listReply{Retval: -11}, io.ErrUnexpectedEOF},
		"an error":         {gives(nil, why), &listReply{Retval: -1}, io.ErrUnexpectedEOF},
		"a pointer to nil": {gives(api.Answer[*listReply](nil, api.Bug)), &listReply{Retval: -168}, api.Bug},
	} {
		got, err := invoke(c.conn)
		if !reflect.DeepEqual(got, c.want) || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: got %+v, %v, want %+v, %v", name, got, err, c.want, c.err)
		}
	}
	if _, err := invoke(gives(&changed{}, nil)); !errors.Is(err, api.Bug) || !strings.Contains(err.Error(), "changed") {
		t.Errorf("a reply of another type gives %v", err)
	}
	if _, err := gives(nil, nil).Invoke(ctx, listMethod, &changed{}, nil); !errors.Is(err, api.InvalidArgument) {
		t.Errorf("a request of another type gives %v", err)
	}
	over, end := context.WithCancel(ctx)
	end()
	if _, err := gives(nil, nil).Invoke(over, listMethod, &list{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a call after the end gives %v", err)
	}
}

func TestDirectEvents(t *testing.T) {
	var caller api.Caller
	c := direct(listMethod, func(ctx context.Context, _ api.Message, _ func(api.Message) error) (api.Message, error) {
		caller = api.CallerOf(ctx)
		return nil, nil
	})
	if _, err := c.Invoke(context.Background(), listMethod, &list{}, nil); err != nil {
		t.Fatal(err)
	}
	if caller.Send(&changed{}) {
		t.Error("an event is sent that nobody listens for")
	}
	ctx, leave := context.WithCancel(context.Background())
	one, other := api.Received[*changed](ctx, c, changedDesc), c.Events(context.Background(), changedDesc)
	sent := 0
	for ; caller.Send(&changed{PID: uint32(sent)}); sent++ {
	}
	if sent != 100 {
		t.Errorf("%d events wait, want 100", sent)
	}
	next := uint32(0)
	for event := range one {
		if event.PID != next {
			t.Fatalf("event %d, want %d", event.PID, next)
		}
		if next++; next == 50 {
			break
		}
	}
	ended := c.Events(ctx, changedDesc)
	if leave(); len(ended) > 0 {
		t.Error("an event from before the subscription")
	}
	if _, open := <-ended; open {
		t.Error("an event after the subscription's end")
	}
	if len(other) != 100 {
		t.Errorf("%d events wait for the other listener, want 100", len(other))
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	for range other {
		sent--
	}
	if sent != 0 {
		t.Errorf("%d events were lost by the end of the connection", sent)
	}
	<-caller.Done()
	if _, open := <-c.Events(context.Background(), changedDesc); open || caller.Send(&changed{}) {
		t.Error("events after the end")
	}
}

// Events are sent while listeners come and go and the connection ends.
func TestDirectEventsTogether(t *testing.T) {
	var caller api.Caller
	c := direct(listMethod, func(ctx context.Context, _ api.Message, _ func(api.Message) error) (api.Message, error) {
		caller = api.CallerOf(ctx)
		return nil, nil
	})
	if _, err := c.Invoke(context.Background(), listMethod, &list{}, nil); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 300 {
				ctx, leave := context.WithCancel(context.Background())
				events := c.Events(ctx, changedDesc)
				caller.Send(&changed{})
				leave()
				for range events { // until it is closed
				}
			}
		})
	}
	all.Go(func() {
		for range 3000 {
			caller.Send(&changed{})
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if caller.Send(&changed{}) {
		t.Error("an event is sent after the end")
	}
}

// A call is made while the details of another come, as a loop over a dump does.
func TestDirectCallsOverlap(t *testing.T) {
	c := direct(listMethod, lister(2))
	n := 0
	for _, err := range pages(c, list{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Invoke(context.Background(), listMethod, &list{}, func(api.Message) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n != 4 {
		t.Errorf("%d details within details, want 4", n)
	}
}
