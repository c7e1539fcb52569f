package stats_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/internal/statsreader"
	"github.com/gvpp/gvpp/stats"
	"github.com/gvpp/gvpp/unixsock"
)

// serve makes a segment and its socket.
func serve(t testing.TB, size int) (*stats.Segment, string) {
	t.Helper()
	s, err := stats.New(size)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "stats.sock")
	v, err := s.Listen(path, "", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

func mustConnect(t *testing.T, path string) *statsreader.Reader {
	t.Helper()
	r, err := statsreader.Connect(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func read(t *testing.T, r *statsreader.Reader) map[string]statsreader.Value {
	t.Helper()
	out, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func change(t testing.TB, s *stats.Segment, f func(c *stats.Change)) {
	t.Helper()
	if err := s.Change(f); err != nil {
		t.Error(err)
	}
}

// All kinds of entries, as a client reads them.
func TestClientReadsWhatIsWritten(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	r := mustConnect(t, path)
	if h := r.Header(); h[0] != 2 || h[2] != 1 || h[3] != 0 || h[5] != 0 || h[6] != 0 {
		t.Errorf("header %v", h)
	}
	var rx, drops *stats.Counters
	var names *stats.Names
	change(t, s, func(c *stats.Change) {
		c.Scalar("/sys/heartbeat").Set(7)
		rx, drops = c.Combined("/if/rx", 2, 1, 4), c.Simple("/if/drops", 2, 1, 4)
		names = c.Names("/if/names", 4)
		c.SetName(names, 0, "local0")
	})
	change(t, s, func(c *stats.Change) {
		c.Grow(rx, 3)
		c.Grow(drops, 3)
		c.SetName(names, 2, "eth2")
		c.Link("/interfaces/eth2/rx", rx, 2)
		c.Link("/interfaces/eth2/drops", drops, 2)
	})
	copy(rx.Row(1)[4:], []uint64{10, 640}) // column 2
	rx.SetPair(0, 2, 1, 60)
	drops.Set(1, 2, 5)
	got := read(t, r)
	for name, want := range map[string]statsreader.Value{
		"/sys/heartbeat":         {Kind: 1, Numbers: [][]uint64{{7}}, Names: nil},
		"/if/rx":                 {Kind: 3, Numbers: [][]uint64{{0, 0, 0, 0, 1, 60}, {0, 0, 0, 0, 10, 640}}, Names: nil},
		"/if/drops":              {Kind: 2, Numbers: [][]uint64{{0, 0, 0}, {0, 0, 5}}, Names: nil},
		"/if/names":              {Kind: 4, Numbers: nil, Names: []string{"local0", "", "eth2"}},
		"/interfaces/eth2/rx":    {Kind: 3, Numbers: [][]uint64{{1, 60}, {10, 640}}, Names: nil},
		"/interfaces/eth2/drops": {Kind: 2, Numbers: [][]uint64{{0}, {5}}, Names: nil},
	} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 6 || r.Header()[2] != 5 {
		t.Errorf("%d entries, epoch %d", len(got), r.Header()[2])
	}
}

// An index is never another entry's at once: what is removed is empty, under a name of its own, then it is used again.
func TestRemoveAndAddAgain(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	r := mustConnect(t, path)
	var k *stats.Counters
	change(t, s, func(c *stats.Change) {
		c.Scalar("/a")
		k = c.Simple("/acl/0/matches", 2, 3, 3)
		c.Scalar("/b").Set(2)
	})
	k.Set(0, 1, 9)
	used := s.Usage().Used
	change(t, s, func(c *stats.Change) { c.Remove("/a"); c.RemoveCounters(k) })
	if got := read(t, r); len(got) != 3 || got["/empty/0"].Kind != 5 || got["/empty/1"].Kind != 5 || got["/b"].Sum(0) != 2 {
		t.Errorf("%v", got)
	}
	change(t, s, func(c *stats.Change) {
		c.Scalar("/longer/than/before").Set(3)
		k = c.Simple("/acl/1/matches", 2, 3, 3)
	})
	got := read(t, r)
	if len(got) != 3 || got["/longer/than/before"].Sum(0) != 3 || !reflect.DeepEqual(got["/acl/1/matches"].Numbers, [][]uint64{{0, 0, 0}, {0, 0, 0}}) {
		t.Errorf("%v", got)
	}
	if u := s.Usage(); u.Used != used || u.Entries != 3 {
		t.Errorf("%+v, %d bytes before", u, used)
	}
	if e := s.Entries(); len(e) != 3 || e[2].Name != "/b" || e[2].Value != 2 || e[2].Type != stats.TypeScalar {
		t.Errorf("%+v", e)
	}
}

func TestRefusals(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	r := mustConnect(t, path)
	change(t, s, func(c *stats.Change) { c.Scalar("/a") })
	for _, bad := range []struct {
		what string
		f    func(c *stats.Change)
	}{
		{`"/a"`, func(c *stats.Change) { c.Scalar("/a") }},
		{`"a"`, func(c *stats.Change) { c.Scalar("a") }},
		{`at most 127`, func(c *stats.Change) { c.Scalar("/" + strings.Repeat("x", 127)) }},
		{`column 4 of 4`, func(c *stats.Change) { c.Link("/l", c.Simple("/k", 1, 4, 4), 4) }},
		{`there is room for 4`, func(c *stats.Change) { c.Grow(c.Simple("/m", 1, 1, 4), 5) }},
		{`bytes are taken`, func(c *stats.Change) { c.Simple("/n", 1, 1<<20, 1<<20) }},
		{`there is no room`, func(c *stats.Change) { c.SetName(c.Names("/o", 2), 2, "x") }},
		{`5 columns of 4`, func(c *stats.Change) { c.Combined("/p", 1, 5, 4) }},
		{`directory's 1820 entries are`, func(c *stats.Change) {
			for i := range 2000 {
				c.Scalar(fmt.Sprint("/many/", i))
			}
		}},
	} {
		if err := s.Change(bad.f); err == nil || !strings.Contains(err.Error(), bad.what) {
			t.Errorf("%v, want %s", err, bad.what)
		}
		read(t, r)
	}
	for _, size := range []int{1, -1, stats.MinSize - 1, stats.MaxSize + 1} {
		if _, err := stats.New(size); err == nil {
			t.Errorf("%d bytes", size)
		}
	}
}

// Clients decode names as ASCII.
func TestNamesAreASCII(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	r := mustConnect(t, path)
	change(t, s, func(c *stats.Change) {
		c.Scalar("/if/" + stats.Part("höhe/1\n"))
		n := c.Names("/if/names", 1)
		c.SetName(n, 0, "höhe/1\n")
	})
	got := read(t, r)
	if _, ok := got["/if/h_he_1_"]; !ok || got["/if/names"].Names[0] != "h_he/1_" {
		t.Errorf("%v", got)
	}
}

// The segment is a client's to read, by no trick to write or to resize.
func TestClientsCannotWrite(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	_, fd, err := statsreader.Descriptor(path)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.Pwrite(fd, []byte{1}, 24); err == nil {
		t.Error("written by the descriptor")
	}
	if _, err := unix.Mmap(fd, 0, stats.MinSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		t.Error("mapped for writing")
	}
	again, err := unix.Open(fmt.Sprint("/proc/self/fd/", fd), unix.O_RDWR, 0)
	if err == nil { // we are its owner
		defer unix.Close(again)
		if _, err := unix.Pwrite(again, []byte{1}, 24); err == nil {
			t.Error("written by a descriptor opened anew")
		}
		if _, err := unix.Mmap(again, 0, stats.MinSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			t.Error("mapped for writing by a descriptor opened anew")
		}
		for _, size := range []int64{0, 2 * stats.MinSize} {
			if err := unix.Ftruncate(again, size); err == nil {
				t.Errorf("resized to %d", size)
			}
		}
	}
	change(t, s, func(c *stats.Change) { c.Scalar("/a").Set(1) }) // we still can
}

// The socket: one at a time, and 0660.
func TestSocket(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := s.Listen(path, "", slog.Default()); !errors.Is(err, unixsock.ErrInUse) {
		t.Errorf("%v", err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			r, err := statsreader.Connect(path)
			if err != nil {
				t.Error(err)
				return
			}
			if r.Header()[0] != 2 {
				t.Error("no header")
			}
			r.Close()
		})
	}
	wg.Wait()
}

// churn changes the structure once, at random.
func churn(s *stats.Segment, fixed *stats.Counters, names *stats.Names, lists map[int]*stats.Counters, i int) error {
	return s.Change(func(c *stats.Change) {
		k := rand.IntN(8)
		name := fmt.Sprintf("/interfaces/%s/rx", strings.Repeat("x", k+1))
		switch {
		case c.Has(name):
			c.Remove(name)
		default:
			c.Grow(fixed, 1+min(i, fixed.Capacity()-1))
			c.Link(name, fixed, rand.IntN(1+min(i, fixed.Capacity()-1)))
		}
		c.SetName(names, k, strings.Repeat("n", rand.IntN(100)))
		if list := lists[k]; list != nil {
			c.RemoveCounters(list)
			delete(lists, k)
		} else if list = c.Combined(fmt.Sprintf("/acl/%d/matches", k), 3, k*5, k*5); list != nil {
			lists[k] = list
		}
	})
}

// Readers always find what they can read, whatever is changed meanwhile, and what they accept has been there.
func TestReadersDuringChanges(t *testing.T) {
	s, path := serve(t, stats.MinSize)
	var fixed *stats.Counters
	var names *stats.Names
	change(t, s, func(c *stats.Change) { fixed, names = c.Combined("/if/rx", 3, 1, 1000), c.Names("/if/names", 8) })
	lists, stop, accepted := map[int]*stats.Counters{}, make(chan struct{}), make(chan int, 2)
	for range 2 {
		r := mustConnect(t, path)
		go func() {
			n := 0
			defer func() { accepted <- n }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := r.Dump()
				if errors.Is(err, statsreader.ErrAgain) {
					continue
				}
				if err != nil || got["/if/rx"].Kind != 3 {
					t.Errorf("%v %v", got, err)
					return
				}
				n++
			}
		}()
	}
	for i := range 20_000 {
		if err := churn(s, fixed, names, lists, i); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	n := <-accepted + <-accepted
	if u := s.Usage(); u.Changes != 20_001 || u.Entries > 2+16+2 {
		t.Errorf("%+v", u)
	}
	t.Logf("%d dumps accepted during 20,000 changes", n)
}
