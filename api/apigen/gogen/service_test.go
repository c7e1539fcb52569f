package gogen_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apigen/gogen/testdata/sample"
	"github.com/gvpp/gvpp/api/apigen/gogen/testdata/sample_types"
)

// server serves some methods of the sample module.
type server struct {
	sample.Unimplemented
	points    int
	forgotten sample_types.Handle
}

func (*server) Numbers(_ context.Context, m *sample.Numbers) (*sample.NumbersReply, error) {
	if m.U32 > 100 {
		return nil, api.InvalidValue
	}
	return &sample.NumbersReply{Handle: sample_types.Handle(m.U32)}, nil
}

func (*server) ItemDump(_ context.Context, m *sample.ItemDump) iter.Seq2[*sample.ItemDetails, error] {
	return func(yield func(*sample.ItemDetails, error) bool) {
		for _, name := range []string{"a", "b"} {
			if !yield(&sample.ItemDetails{Item: sample.Item{Color: m.Color, Name: name}}, nil) {
				return
			}
		}
		yield(nil, api.NoSuchEntry)
	}
}

// PointGet sends three points a call.
func (s *server) PointGet(_ context.Context, m *sample.PointGet, send func(*sample.PointDetails) error) (*sample.PointGetReply, error) {
	for i := int(m.Cursor); i < s.points; i++ {
		if i == int(m.Cursor)+3 {
			return &sample.PointGetReply{Cursor: uint32(i)}, api.EAgain
		}
		if err := send(&sample.PointDetails{Point: sample_types.Point{X: int32(i)}}); err != nil {
			return nil, err
		}
	}
	return &sample.PointGetReply{Cursor: ^uint32(0)}, nil
}

func (*server) ListGet(_ context.Context, _ *sample.ListGet, send func(*sample.ListDetails) error) (*sample.ListGetReply, error) {
	return &sample.ListGetReply{}, errors.Join(send(&sample.ListDetails{N: 1}), send(&sample.ListDetails{N: 2}))
}

func (s *server) Forget(_ context.Context, m *sample.Forget) error {
	s.forgotten = m.Handle
	return nil
}

func (s *server) WantPointEvents(ctx context.Context, m *sample.WantPointEvents) (*sample.WantPointEventsReply, error) {
	api.CallerOf(ctx).Send(&sample.PointEvent{PID: m.PID, Point: sample_types.Point{Y: 1}})
	api.CallerOf(ctx).Send(&sample.PointGone{PID: m.PID})
	return &sample.WantPointEventsReply{}, nil
}

// A client implements what it calls.
var _ sample.Service = sample.Client{}

func TestCalls(t *testing.T) {
	s := &server{points: 7}
	c, ctx := sample.NewClient(api.Direct(sample.Serve(s))), context.Background()
	if r, err := c.Numbers(ctx, &sample.Numbers{U32: 5}); err != nil || r.Handle != 5 {
		t.Errorf("numbers: %+v, %v", r, err)
	}
	if r, err := c.Numbers(ctx, &sample.Numbers{U32: 101}); !errors.Is(err, api.InvalidValue) || r.Retval != -7 {
		t.Errorf("a number that is refused: %+v, %v", r, err)
	}
	if err := c.Forget(ctx, &sample.Forget{Handle: 3}); err != nil || s.forgotten != 3 {
		t.Errorf("forget: %v, and handle %d is forgotten", err, s.forgotten)
	}
	var names []string
	var last error
	for d, err := range c.ItemDump(ctx, &sample.ItemDump{Color: sample_types.COLOR_BLUE}) {
		if last = err; err == nil {
			names = append(names, d.Item.Color.String()+" "+d.Item.Name)
		}
	}
	if !slices.Equal(names, []string{"COLOR_BLUE a", "COLOR_BLUE b"}) || !errors.Is(last, api.NoSuchEntry) {
		t.Errorf("dump: %q, %v", names, last)
	}
}

func TestStreams(t *testing.T) {
	c, ctx := sample.NewClient(api.Direct(sample.Serve(&server{points: 7}))), context.Background()
	var got []int32
	take := func(d *sample.PointDetails) error { got = append(got, d.Point.X); return nil }
	if r, err := c.PointGet(ctx, &sample.PointGet{Cursor: 1}, take); !errors.Is(err, api.EAgain) || r.Cursor != 4 || !slices.Equal(got, []int32{1, 2, 3}) {
		t.Errorf("one call: %v, %+v, %v", got, r, err)
	}
	all := c.PointAll(ctx, &sample.PointGet{Cursor: 1})
	for range 2 { // each range begins anew
		got = nil
		for d, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, d.Point.X)
		}
		if !slices.Equal(got, []int32{1, 2, 3, 4, 5, 6}) {
			t.Errorf("all calls: %v", got)
		}
	}
	n := 0
	for d, err := range c.ListAll(ctx, &sample.ListGet{}) {
		if n++; err != nil || int(d.N) != n {
			t.Errorf("detail %d: %+v, %v", n, d, err)
		}
	}
	if n != 2 {
		t.Errorf("%d details, want 2", n)
	}
}

func TestEvents(t *testing.T) {
	s := &server{}
	c, ctx := sample.NewClient(api.Direct(sample.Serve(s))), context.Background()
	moved, gone := c.PointEvents(ctx), c.PointGoneEvents(ctx)
	if _, err := c.WantPointEvents(ctx, &sample.WantPointEvents{Enable: true, PID: 7}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for event := range moved {
		if n++; event.PID != 7 || event.Point.Y != 1 {
			t.Errorf("%+v", event)
		}
		break
	}
	for event := range gone {
		if n++; event.PID != 7 {
			t.Errorf("%+v", event)
		}
		break
	}
	if n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// Each method of Unimplemented is refused, with the reply's retval where there is a reply.
func TestUnimplemented(t *testing.T) {
	c, ctx := api.Direct(sample.Serve(sample.Unimplemented{})), context.Background()
	for _, m := range sample.File.Methods {
		reply, err := c.Invoke(ctx, m, m.Request.New(), nil)
		if !errors.Is(err, api.Unimplemented) {
			t.Errorf("%s: %v", m.Request.Name, err)
		}
		if (reply != nil) != (m.Reply != nil && m.Reply.Retval >= 0) {
			t.Errorf("%s: reply %+v", m.Request.Name, reply)
		}
	}
}

func TestFile(t *testing.T) {
	f := sample.File
	if f.Name != "sample" || f.Version != [3]uint32{3, 1, 4} || f.CRC == 0 || !json.Valid([]byte(f.JSON)) {
		t.Errorf("file %s, version %v, CRC %#x, %d bytes of JSON", f.Name, f.Version, f.CRC, len(f.JSON))
	}
	kinds := map[string]api.Kind{"numbers": api.Request, "numbers_reply": api.Reply, "item_details": api.Reply, "point_event": api.Event,
		"hello": api.Reply, "hello_reply": api.Request, "bare": api.Bare}
	for _, d := range f.Messages {
		if want, ok := kinds[d.Name]; ok && d.Kind != want {
			t.Errorf("%s has kind %d, want %d", d.Name, d.Kind, want)
		}
		delete(kinds, d.Name)
	}
	if len(kinds) > 0 {
		t.Errorf("not in the file: %v", kinds)
	}
	methods := map[string]*api.Method{}
	for _, m := range f.Methods {
		methods[m.Request.Name] = m
	}
	if m := methods["item_dump"]; m == nil || m.Reply != nil || m.Stream.Name != "item_details" {
		t.Errorf("item_dump: %+v", m)
	}
	if m := methods["point_get"]; m == nil || m.Reply.Name != "point_get_reply" || m.Stream.Name != "point_details" {
		t.Errorf("point_get: %+v", m)
	}
	if m := methods["want_point_events"]; m == nil || len(m.Events) != 2 || m.Events[1].Name != "point_gone" {
		t.Errorf("want_point_events: %+v", m)
	}
	if m := methods["forget"]; m == nil || m.Reply != nil || m.Stream != nil {
		t.Errorf("forget: %+v", m)
	}
}
