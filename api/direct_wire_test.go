package api_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
)

// unfit is a reply that cannot be encoded.
type unfit struct{ listReply }

func (m *unfit) Encode(e *api.Encoder) { e.FixedString("12345678", 8) }

// What does not fit a message fails without a socket as it does over one.
func TestDirectEncodes(t *testing.T) {
	long := strings.Repeat("x", 8) // the field has 8 bytes with its NUL
	c := direct(dumpMethod, func(_ context.Context, _ api.Message, send func(api.Message) error) (api.Message, error) {
		return nil, api.Stream(func(yield func(*listDetails, error) bool) {
			_ = yield(&listDetails{Name: "1234567"}, nil) && yield(&listDetails{Name: long}, nil) && yield(&listDetails{Name: "after"}, nil)
		}, send)
	})
	got, err := names(api.Dump[*listDetails](t.Context(), c, dumpMethod, &list{}))
	if !slices.Equal(got, []string{"1234567"}) || err == nil || !strings.Contains(err.Error(), "list_details: api: string of 8 bytes") {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := c.Invoke(t.Context(), dumpMethod, &list{}, nil); err == nil {
		t.Error("it is taken where nobody looks at the details")
	}
	for _, beside := range []error{nil, api.EAgain} {
		c := direct(listMethod, func(context.Context, api.Message, func(api.Message) error) (api.Message, error) {
			return new(unfit), beside
		})
		r, err := api.Invoke[*listReply](t.Context(), c, listMethod, &list{})
		if api.ErrnoOf(err) != api.Bug || errors.Is(err, api.EAgain) || r == nil || r.Retval != int32(api.Bug) {
			t.Errorf("a reply that does not fit, beside %v: %+v, %v", beside, r, err)
		}
	}
	var caller api.Caller
	events := direct(listMethod, func(ctx context.Context, _ api.Message, _ func(api.Message) error) (api.Message, error) {
		caller = api.CallerOf(ctx)
		return nil, nil
	})
	if _, err := events.Invoke(t.Context(), listMethod, &list{}, nil); err != nil {
		t.Fatal(err)
	}
	if q := events.Events(t.Context(), changedDesc); caller.Send(&changed{Names: make([]string, 256)}) || len(q) != 0 {
		t.Error("an event that does not fit is sent")
	}
}

// A handler's panic costs its call; a panic of the caller's own, in its loop, stays one.
func TestDirectPanic(t *testing.T) {
	c := direct(listMethod, func(context.Context, api.Message, func(api.Message) error) (api.Message, error) { panic("no wheels") })
	r, err := api.Invoke[*listReply](t.Context(), c, listMethod, &list{})
	if api.ErrnoOf(err) != api.Bug || !strings.Contains(err.Error(), `"list" has panicked: no wheels`) || r == nil || r.Retval != int32(api.Bug) {
		t.Errorf("got %+v, %v", r, err)
	}
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("the loop's panic became %v", p)
		}
	}()
	for range pages(direct(listMethod, lister(3)), list{}) {
		panic("mine")
	}
}

func BenchmarkDirect(b *testing.B) {
	c := direct(listMethod, func(context.Context, api.Message, func(api.Message) error) (api.Message, error) {
		return &listReply{}, nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Invoke(b.Context(), listMethod, &list{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
