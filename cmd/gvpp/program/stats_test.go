package program

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp"
)

func TestStatseg(t *testing.T) {
	s, err := readStartup("", strings.Fields("unix { runtime-dir /x } statseg { socket-name /y/s size 4m page-size 4k update-interval 0.5 per-node-counters off }"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if s.statsSocket != "/y/s" || s.stats != (gvpp.StatsConfig{Size: 4 << 20, Interval: 500 * time.Millisecond, NoNodes: true}) {
		t.Errorf("%q %+v", s.statsSocket, s.stats)
	}
	if s, err = readStartup("", strings.Fields("unix { runtime-dir /x } statseg { default }"), io.Discard); err != nil || s.statsSocket != "/x/stats.sock" {
		t.Errorf("%q %v", s.statsSocket, err)
	}
	for _, bad := range []string{"size 1", "size x", "update-interval 0", "per-node-counters maybe", "socket 1"} {
		if _, err := readStartup("", strings.Fields("statseg { "+bad+" }"), io.Discard); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// A running program gives its segment away, and the socket goes with it.
func TestStatsSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stats.sock")
	s, err := readStartup("", strings.Fields("unix { runtime-dir "+filepath.Dir(path)+" } statseg { size 4m }"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.serve(ctx, slog.New(slog.DiscardHandler), func(dp *gvpp.Dataplane) error {
		defer cancel()
		c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
		if err != nil {
			return err
		}
		defer c.Close()
		oob := make([]byte, 64)
		_, n, _, _, err := c.ReadMsgUnix(make([]byte, 1), oob)
		if err != nil {
			return err
		}
		msgs, err := unix.ParseSocketControlMessage(oob[:n])
		if err != nil || len(msgs) != 1 {
			t.Fatalf("%d control messages, %v", len(msgs), err)
		}
		fds, err := unix.ParseUnixRights(&msgs[0])
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Fstat(fds[0], &st); err != nil || st.Size != 4<<20 {
			t.Errorf("%d bytes, %v", st.Size, err)
		}
		return unix.Close(fds[0])
	})
	if err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("unixpacket", path); err == nil {
		c.Close()
		t.Error("the socket is still there")
	}
}
