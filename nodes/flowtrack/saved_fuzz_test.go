package flowtrack

import (
	"bytes"
	"hash/crc32"
	"os"
	"testing"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// FuzzSaved: no file makes the reader panic or take more memory than the names need; what it accepts can be restored, shown and
// followed, and is written as it was read.
func FuzzSaved(f *testing.F) {
	seed, err := os.ReadFile("testdata/sessions-v1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:savedHead+savedTail])
	trk := New()
	trk.Sessions = 50
	a := port.NewMemory("a", 1)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{trk}, Interfaces: []gvpp.Interface{a}, Clock: func() int64 { return 1e12 }})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := dp.SetFeature("ip4-unicast", "flow-lookup", 1, true); err != nil {
		f.Fatal(err)
	}
	trk.keep.wall = func() time.Time { return time.Unix(1.7e9, 0) }
	var frames [][]byte
	for _, l := range []string{"tcp 10.0.0.1:1001 > 10.0.0.3:443 [PA] seq 2 ack 10", "tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA]", "udp 10.0.0.2:53 > 10.0.0.1:5000", "gre 10.0.0.1 > 10.0.0.2"} {
		frames = append(frames, packetline.MustBuild(l))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= savedTail { // most of what is wrong is behind the checksum
			le.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
		}
		saved, err := openSaved(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		var out bytes.Buffer
		w := newSaver(&out, saved.at, saved.names)
		if err := saved.each(func(s *savedSession) bool { w.add(s); return true }); err != nil || w.end() != nil || out.Len() != len(b) {
			t.Fatalf("%v, %d bytes of %d", err, out.Len(), len(b))
		}
		r, err := trk.take(saved)
		if err != nil || r.Restored+r.Expired+r.LeftOut != saved.count || r.Restored > 100 {
			t.Fatalf("%+v, %v, of %d", r, err, saved.count)
		}
		for _, frame := range frames {
			a.Inject(0, frame)
		}
		for dp.Step() {
		}
		trk.Each(func(s Session) bool { return s.TimeoutLeft >= 0 })
		trk.Clear()
		dp.Housekeep()
	})
}
