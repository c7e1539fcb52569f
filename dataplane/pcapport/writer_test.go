package pcapport

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/pcapgo"
)

func TestWriter(t *testing.T) {
	for _, resolution := range []time.Duration{time.Nanosecond, time.Microsecond} {
		path := filepath.Join(t.TempDir(), "w.pcap")
		w, err := Create(path, resolution)
		if err != nil {
			t.Fatal(err)
		}
		stamp := time.Unix(1700000000, 123456789)
		for i, data := range []string{"first", "", strings.Repeat("x", MaxSnap)} {
			if err := w.Write(stamp.UnixNano(), []byte(data), 2*len(data)); err != nil {
				t.Fatal(err)
			}
			// Before Close, as after a crash: everything is there.
			if all, err := readFile(path); err != io.EOF || len(all) != i+1 {
				t.Errorf("after %d packets: %d are there, %v", i+1, len(all), err)
			}
		}
		for _, err := range []error{w.Write(-1, nil, 0), w.Write(1<<32*1e9, nil, 0)} {
			if err != ErrTime {
				t.Errorf("error %v, want %v", err, ErrTime)
			}
		}
		if err := w.Write(0, make([]byte, MaxSnap+1), 0); err != ErrLong {
			t.Errorf("error %v, want %v", err, ErrLong)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		checkWritten(t, path, stamp.Truncate(resolution))
	}
}

// checkWritten reads what TestWriter wrote, with gopacket.
func checkWritten(t *testing.T, path string, stamp time.Time) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{5, 0, MaxSnap} {
		data, ci, err := r.ReadPacketData()
		if err != nil || len(data) != n || ci.Length != 2*n || !ci.Timestamp.Equal(stamp) {
			t.Errorf("%d bytes of %d at %v, %v; want %d at %v", len(data), ci.Length, ci.Timestamp, err, n, stamp)
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF {
		t.Errorf("behind the last packet: %v", err)
	}
}

func TestWriterErrors(t *testing.T) {
	if _, err := Create(filepath.Join(t.TempDir(), "no", "w.pcap"), time.Nanosecond); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want no such directory", err)
	}
	if _, err := NewWriter(io.Discard, "w.pcap", time.Millisecond); err == nil || !strings.Contains(err.Error(), "1ms") {
		t.Errorf("error %v, want one with 1ms", err)
	}
	full := &limited{n: 24 + 20}
	w, err := NewWriter(full, "w.pcap", time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	first, second, third := w.Write(0, []byte("abcd"), 0), w.Write(0, []byte("abcd"), 0), w.Write(0, nil, 0)
	if first != nil || !errors.Is(second, errFull) || third != second || w.Close() != second {
		t.Errorf("errors %v, %v, %v; want nil, then full for good", first, second, third)
	}
}

var errFull = errors.New("full")

// limited is a disk with n bytes left.
type limited struct{ n int }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.n {
		return 0, errFull
	}
	l.n -= len(b)
	return len(b), nil
}

func TestWriterAllocatesNothing(t *testing.T) {
	w, err := NewWriter(io.Discard, "w.pcap", time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 1500)
	if n := testing.AllocsPerRun(100, func() {
		if err := w.Write(1, p, 0); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
