package afxdp

import (
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What others do to their rings while the orphans of a failed NewSocket are looked for.
func TestOrphans(t *testing.T) {
	at := func(page uintptr, socket string) mapping { return mapping{page << 12, (page + 1) << 12, socket} }
	orphan, older, open := at(1, "socket:[1]"), at(2, "socket:[2]"), at(3, "socket:[3]")
	closing, opening := at(4, "socket:[4]"), at(5, "socket:[5]")
	lists := [][]mapping{{orphan, older, open, closing}, {orphan, older, open, opening}}
	var looked bool
	found := orphans([]mapping{older},
		func() []mapping {
			now := lists[0]
			lists = lists[1:]
			return now
		},
		func() map[string]bool {
			if looked = true; len(lists) != 1 {
				t.Error("the descriptors are not listed between the mappings")
			}
			return map[string]bool{open.socket: true}
		})
	if !looked || !slices.Equal(found, []mapping{orphan}) {
		t.Errorf("found %v, want %v", found, orphan)
	}
}

// Somebody else in the process opens and closes packet rings while opening a socket fails, over and over.
func TestStrangersRingStays(t *testing.T) {
	r := newRigOf(t, 1, 64, 2048)
	l, err := r.dp.Link("left")
	ok(t, err)
	quit, done := make(chan struct{}), make(chan error)
	go func() { done <- stranger(quit) }()
	end := time.Now().Add(time.Second)
	for opens := 0; time.Now().Before(end) || opens == 0; opens++ {
		err := r.dp.Do(func() error {
			s, err := anchorSocket(r.host, l.Index, 7, 64, unix.XDP_COPY) // there is no queue 7
			if err == nil {
				_ = s.close()
			}
			return err
		})
		if err == nil {
			t.Fatal("opened a queue that does not exist")
		}
		select {
		case err := <-done:
			t.Fatalf("after %d failed opens: %v", opens, err)
		default:
		}
	}
	close(quit)
	ok(t, <-done)
}

// stranger maps, touches and unmaps packet rings until told to quit.
func stranger(quit chan struct{}) (err error) {
	debug.SetPanicOnFault(true)
	defer func() {
		if recover() != nil {
			err = errors.New("the ring of somebody else was unmapped")
		}
	}()
	for {
		select {
		case <-quit:
			return nil
		default:
		}
		if err := touchRing(300 * time.Microsecond); err != nil {
			return err
		}
	}
}

func touchRing(during time.Duration) error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0) // protocol 0: receives nothing
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req := unix.TpacketReq{Block_size: 4096, Block_nr: 4, Frame_size: 2048, Frame_nr: 8}
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return err
	}
	mem, err := unix.Mmap(fd, 0, 16384, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	for end := time.Now().Add(during); time.Now().Before(end); runtime.Gosched() {
		mem[8000]++
	}
	return unix.Munmap(mem)
}
