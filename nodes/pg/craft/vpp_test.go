package craft_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The same texts make the same packets as in VPP, byte for byte, as far as its checksums are right.
func TestAsVPP(t *testing.T) {
	file, err := os.ReadFile("testdata/vpp.txt")
	if err != nil {
		t.Fatal(err)
	}
	var head string
	var at int
	var next func() []byte
	texts := 0
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if f := strings.Split(line, "|"); len(f) == 3 {
			o := options
			if f[1] != "" {
				if _, err := fmt.Sscanf(f[1], "size %d-%d", &o.Min, &o.Max); err != nil {
					t.Fatal(err)
				}
			}
			p := compile(t, f[2], o)
			head, at, texts = line, 0, texts+1
			b := make([]byte, 1792)
			next = func() []byte {
				got := b[:p.Write(b)]
				if f[0] == "ip4" {
					got = got[14:]
				}
				return got
			}
			continue
		}
		if got := hex.EncodeToString(next()); got != line {
			t.Errorf("%s, packet %d:\n got %s\nwant %s", head, at, got, line)
		}
		at++
	}
	if texts < 20 {
		t.Errorf("%d texts", texts)
	}
}
