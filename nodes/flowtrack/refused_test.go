package flowtrack_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// summed is a file with the right checksum.
func summed(b []byte) []byte {
	n := len(b) - 4
	binary.LittleEndian.PutUint32(b[n:], crc32.Checksum(b[:n], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// TestRefused: what is not whole, or not ours, is not believed, and not touched.
func TestRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	s := kept(t, file, 100, day)
	s.sees("udp 10.0.0.1:1 > 10.0.0.2:53")
	s.sees("tcp [::1]:1 > [::2]:53 [S]")
	s.close()
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, b ...byte) []byte {
		return summed(append(append(bytes.Clone(good[:at]), b...), good[at+len(b):]...))
	}
	first := len(good) - 12 - 2*96
	cases := map[string]struct {
		file []byte
		want string
	}{
		"empty":     {nil, `it is no file of gvpp's sessions: it begins with ""`},
		"foreign":   {[]byte("root:x:0:0:root:/root:/bin/bash\n"), `it is no file of gvpp's sessions: it begins with "root:x:0"`},
		"order":     {with(8, 1, 2, 3, 4), "another byte order"},
		"version":   {with(12, 2, 0), "it has version 2; this gvpp reads version 1"},
		"shorter":   {good[:len(good)-1], "cut short"},
		"record":    {append(bytes.Clone(good[:len(good)-12-96]), good[len(good)-12:]...), "checksum is wrong"},
		"longer":    {append(bytes.Clone(good), 0), "something was added"},
		"only head": {good[:24], "cut short"},
		"names":     {with(14, 255, 255), "cut short"},
		"count":     {with(len(good)-12, 3), "checksum is wrong"},
		"state":     {with(first+96+2, 99), "session 1 of it: its state does not exist"},
		"timer":     {with(first+3, 1), "session 0 of it: its state does not exist"},
		"interface": {with(first+12, 3), "session 0 of it: its interface is not in the list"},
	}
	for i := range good {
		flipped := bytes.Clone(good)
		flipped[i] ^= 0x10
		cases[fmt.Sprintf("byte %d", i)] = struct {
			file []byte
			want string
		}{flipped, ""}
	}
	for name, c := range cases {
		file := written(t, c.file)
		s := kept(t, file, 100, day)
		r := s.trk.Summarize()
		if r.Sessions != 0 || r.Save.Restored != 0 || r.Save.Refused == "" || !strings.Contains(r.Save.Refused, c.want) {
			t.Errorf("%s: %+v, want … %s …", name, r.Save, c.want)
		}
		if out := s.cli("show flowtrack summary"); !strings.Contains(out, "at start the file was refused: "+r.Save.Refused) {
			t.Errorf("%s: %s", name, out)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, c.file) {
			t.Errorf("%s: the file has changed, %v", name, err)
		}
		s.trk.SaveFile = filepath.Join(filepath.Dir(file), "elsewhere")
	}
}
