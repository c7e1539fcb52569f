package client_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
)

const patience = 20 * time.Second

// rig is a server of the toy module, and a client of it.
type rig struct {
	*client.Client
	toy  *apitest.Toy
	path string
	stop func()
}

func serve(t *testing.T) *rig {
	t.Helper()
	r := &rig{toy: &apitest.Toy{Held: make(chan struct{}, 100), Release: make(chan struct{}), Told: make(chan uint32, 1)}, path: filepath.Join(t.TempDir(), "api.sock")}
	s, err := server.New(server.Config{Path: r.path, Services: []api.Service{r.toy.Service()}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(ctx) }()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(r.stop)
	if r.Client, err = client.Dial(t.Context(), r.path, "tester"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) add(ctx context.Context, a, b uint32) (uint32, error) {
	reply, err := r.Invoke(ctx, apitest.AddMethod, apitest.New(apitest.Add, a, b), nil)
	if reply == nil {
		return 0, err
	}
	return reply.(*apitest.Message).U[1], err
}

func (r *rig) count(ctx context.Context, n uint32, each func(uint32) error) error {
	_, err := r.Invoke(ctx, apitest.CountMethod, apitest.New(apitest.Count, n), func(m api.Message) error { return each(m.(*apitest.Message).U[0]) })
	return err
}

func TestCalls(t *testing.T) {
	r := serve(t)
	ctx := t.Context()
	if sum, err := r.add(ctx, 2, 3); sum != 5 || err != nil {
		t.Errorf("got %d, %v", sum, err)
	}
	reply, err := r.Invoke(ctx, apitest.AddMethod, apitest.New(apitest.Add, 13, 3), nil)
	if err != api.InvalidValue || reply == nil || int32(reply.(*apitest.Message).U[0]) != int32(api.InvalidValue) {
		t.Errorf("got %v, %v, want a reply with its retval", reply, err)
	}
	var got []uint32
	if err := r.count(ctx, 1000, func(i uint32) error { got = append(got, i); return nil }); err != nil || len(got) != 1000 || !slices.IsSorted(got) {
		t.Errorf("%d details, %v", len(got), err)
	}
	if err := r.count(ctx, 0, func(uint32) error { return errors.New("a detail") }); err != nil {
		t.Error(err)
	}
	got = nil
	for m, err := range api.Pages(func(each func(*apitest.Message) error) (bool, error) {
		at := uint32(len(got))
		reply, err := api.InvokeStream[*apitest.Message](ctx, r, apitest.PageMethod, apitest.New(apitest.Page, at), each)
		return api.NextPage(err, at, reply.U[1])
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.U[0])
	}
	if len(got) != apitest.Pages || !slices.IsSorted(got) {
		t.Errorf("pages give %v", got)
	}
	if reply, err := r.Invoke(ctx, apitest.TellMethod, apitest.New(apitest.Tell, 42), nil); reply != nil || err != nil {
		t.Errorf("got %v, %v", reply, err)
	}
	if told := <-r.toy.Told; told != 42 {
		t.Errorf("told %d", told)
	}
	if _, err := r.Invoke(ctx, apitest.IdleMethod, apitest.New(apitest.Idle), nil); err != api.Unimplemented {
		t.Errorf("got %v", err)
	}
	if _, err := r.Invoke(ctx, apitest.AddMethod, apitest.New(apitest.Idle), nil); !errors.Is(err, api.InvalidArgument) {
		t.Errorf("got %v", err)
	}
	big := apitest.New(apitest.Bulk)
	big.Tail = make([]byte, 10<<20)
	if reply, err := r.Invoke(ctx, apitest.BulkMethod, big, nil); err != nil || reply.(*apitest.Message).U[1] != 10<<20 {
		t.Errorf("10 MiB: %v", err)
	}
	if ping, err := memclnt.NewClient(r).ControlPing(ctx, &memclnt.ControlPing{}); err != nil || ping.VpePID == 0 {
		t.Errorf("got %+v, %v", ping, err)
	}
}

// TestMissing names what the server does not have.
func TestMissing(t *testing.T) {
	r := serve(t)
	other := *apitest.Add
	other.CRC = 0xdeadbeef
	absent := &api.Desc{Name: "toy_absent", Kind: api.Request, Retval: -1}
	file := &api.File{Messages: []*api.Desc{apitest.Add, &other, absent}}
	err := r.Check(file)
	for _, want := range []string{"the server has toy_add with CRC 10000007, the program deadbeef", "no message toy_absent_00000000"} {
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, api.Unimplemented) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := r.Check(apitest.File, memclnt.File); err != nil {
		t.Error(err)
	}
	if _, open := <-r.Events(t.Context(), absent); open {
		t.Error("an event that the server does not have")
	}
}

// TestNested makes calls while a dump's details come, and many at once.
func TestNested(t *testing.T) {
	r := serve(t)
	err := r.count(t.Context(), 5000, func(i uint32) error {
		sum, err := r.add(t.Context(), i+100, 1)
		if sum != i+101 {
			t.Errorf("got %d for %d", sum, i)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	var wg sync.WaitGroup
	for i := range uint32(50) {
		wg.Go(func() {
			for j := range uint32(100) {
				if sum, err := r.add(t.Context(), 100+i, j); sum != 100+i+j || err != nil {
					t.Errorf("%d+%d: got %d, %v", 100+i, j, sum, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestEnd ends calls by their context, by an error and by a break, and the connection goes on.
func TestEnd(t *testing.T) {
	r := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-r.toy.Held; cancel() }()
	if _, err := r.Invoke(ctx, apitest.HoldMethod, apitest.New(apitest.Hold), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if ping, err := memclnt.NewClient(r).ControlPing(t.Context(), &memclnt.ControlPing{}); err != nil || ping.Retval != 0 { // the hold still runs
		t.Errorf("got %+v, %v", ping, err)
	}
	r.toy.Release <- struct{}{}
	if _, err := r.add(ctx, 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	enough := errors.New("enough")
	if err := r.count(t.Context(), 1000, func(i uint32) error {
		if i == 10 {
			return enough
		}
		return nil
	}); err != enough {
		t.Errorf("got %v", err)
	}
	if sum, err := r.add(t.Context(), 1, 2); sum != 3 || err != nil {
		t.Errorf("got %d, %v", sum, err)
	}
}

func TestEvents(t *testing.T) {
	r := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	events, others := r.Events(ctx, apitest.Event), r.Events(t.Context(), apitest.Event)
	if _, err := r.Invoke(ctx, apitest.WantMethod, apitest.New(apitest.Want, 1, 1), nil); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(10) {
		r.toy.Send(i, 10)
	}
	for i := range uint32(10) {
		m := (<-events).(*apitest.Message)
		if m.U[0] != 4711 || m.U[1] != i {
			t.Errorf("event %d is %v", i, m.U)
		}
	}
	cancel()
	if _, open := <-events; open {
		t.Error("an event behind the end")
	}
	for range 5000 { // more than wait
		r.toy.Send(77, 0)
	}
	if sum, err := r.add(t.Context(), 1, 2); sum != 3 || err != nil {
		t.Errorf("behind events that nobody takes: got %d, %v", sum, err)
	}
	r.Close()
	n := 0
	for range others {
		n++
	}
	if n < 100 {
		t.Errorf("%d events waited", n)
	}
}

// TestLost ends calls when the server goes, and others when the client closes.
func TestLost(t *testing.T) {
	before := runtime.NumGoroutine()
	r := serve(t)
	hold := func(c *client.Client) chan error {
		ended := make(chan error, 1)
		go func() {
			_, err := c.Invoke(t.Context(), apitest.HoldMethod, apitest.New(apitest.Hold), nil)
			ended <- err
		}()
		<-r.toy.Held
		return ended
	}
	second, err := client.Dial(t.Context(), r.path, "second")
	if err != nil {
		t.Fatal(err)
	}
	ended := hold(second)
	second.Close()
	if err := <-ended; !errors.Is(err, client.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
	if _, err := second.Invoke(t.Context(), apitest.AddMethod, apitest.New(apitest.Add), nil); !errors.Is(err, client.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
	second.Close()
	ended = hold(r.Client)
	r.stop()
	if err := <-ended; !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("without a server: got %v", err)
	}
	<-r.Done()
	if r.Err() == nil {
		t.Error("no reason")
	}
	if _, open := <-r.Events(t.Context(), apitest.Event); open {
		t.Error("an event without a server")
	}
	r.Close()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestHalfSent gives up a request that the server does not read, which ends the connection.
func TestHalfSent(t *testing.T) {
	r := serve(t)
	go r.Invoke(t.Context(), apitest.HoldMethod, apitest.New(apitest.Hold), nil)
	<-r.toy.Held
	big := apitest.New(apitest.Bulk)
	big.Tail = make([]byte, 4<<20)
	var err error
	for range 3 { // one is in the queue, one is read and waits for it
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err = r.Invoke(ctx, apitest.BulkMethod, big, nil)
		cancel()
	}
	if <-r.Done(); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(r.Err(), context.DeadlineExceeded) {
		t.Errorf("got %v, the connection %v", err, r.Err())
	}
}

// TestDialErrors has servers that are none.
func TestDialErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := client.Dial(t.Context(), filepath.Join(dir, "none"), "x"); err == nil {
		t.Error("a client of nobody")
	}
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, answer := range map[string][]byte{
		"too long":  {0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0},
		"other":     append(binary.BigEndian.AppendUint64(make([]byte, 8), 2<<32), 0, 15),
		"short":     append(binary.BigEndian.AppendUint64(make([]byte, 8), 3<<32), 0, 16, 0),
		"no pings":  append(binary.BigEndian.AppendUint64(make([]byte, 8), 20<<32), append([]byte{0, 16}, make([]byte, 18)...)...),
		"refusal":   append(binary.BigEndian.AppendUint64(make([]byte, 8), 20<<32), append([]byte{0, 16}, append(make([]byte, 8), 255, 255, 255, 255, 0, 0, 0, 0, 0, 0)...)...),
		"no answer": nil,
	} {
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			c.Write(answer)
			if answer == nil {
				io.Copy(io.Discard, c)
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := client.Dial(ctx, path, "x")
		cancel()
		t.Log(name, err)
		if err == nil || (answer == nil) != errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := client.Dial(t.Context(), path, strings.Repeat("x", 64)); err == nil {
		t.Error("a name of 64 bytes")
	}
}
