package gvpp_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gvpp/gvpp"
)

// What is refused leaves the file alone that it names, and so does one that names what is no capture.
func TestPcapTraceSparesFiles(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	r.cli("pcap trace rx file " + path)
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	r.cli("pcap trace off")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r.refused("pcap trace rx preallocate-data max 1000000 max-bytes-per-pkt 65535 file "+path, "at most 1024")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused capture has left %d bytes of %d: %v", len(after), len(before), err)
	}
	for name, text := range map[string]string{"passwd": "root:x:0:0::/root:/bin/sh\n", "short": "\n\r"} {
		other := filepath.Join(dir, name)
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.refused("pcap trace rx file "+other, "no capture")
		if after, err := os.ReadFile(other); err != nil || string(after) != text {
			t.Errorf("%s: %q, %v", name, after, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.cli("pcap trace rx file " + filepath.Join(dir, "empty"))
	r.cli("pcap trace off")
}

// Of many sessions that begin captures to one file, one succeeds at a time, and has its file.
func TestPcapTraceOfManySessions(t *testing.T) {
	r := newRig(t, gvpp.Config{}, "a", "b")
	r.connect("a", "b")
	r.run()
	path := filepath.Join(t.TempDir(), "x")
	for range 50 {
		var wg sync.WaitGroup
		var done atomic.Int32
		for range 4 {
			wg.Go(func() {
				if r.CLI().Run(context.Background(), "pcap trace rx file "+path, false, io.Discard) == nil {
					done.Add(1)
				}
			})
		}
		wg.Wait()
		if n := done.Load(); n != 1 {
			t.Fatalf("%d captures at once", n)
		}
		r.cli("pcap trace off")
		file, err := os.ReadFile(path)
		if err != nil || len(captured(t, file)) != 0 {
			t.Fatalf("the file of the capture: %v", err)
		}
	}
}

// The comment of a packet that could not be sent says why.
func TestCaptureOfUnsentPackets(t *testing.T) {
	var now int64
	r := tracked(t, &now)
	r.cli("set interface state b down")
	var file bytes.Buffer
	if err := r.StartCapture(&file, gvpp.CaptureConfig{Drop: true}); err != nil {
		t.Fatal(err)
	}
	r.send("a", "udp 10.0.0.1:1000 > 10.0.0.2:53")
	if _, err := r.StopCapture(); err != nil {
		t.Fatal(err)
	}
	if got := comments(t, file.Bytes()); len(got) != 1 || !strings.Contains(got[0], "dropped by interface-output: interface is down or gone") {
		t.Errorf("%q", got)
	}
}
