package apigen

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzCompile: whatever the source, it is compiled or refused with a place, soon; what is compiled gives valid JSON, and the
// same again the second time.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"testdata/quirks/*.api", "testdata/quirks/inc/*.api", "../binapi/*/*.api"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			if src, err := os.ReadFile(path); err == nil {
				f.Add(src)
			}
		}
	}
	for _, c := range refused {
		f.Add([]byte(c.src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		open := func(name string) (string, []byte, error) {
			if name == "self" {
				return name, src, nil
			}
			b, err := os.ReadFile("../binapi/ip_types/ip_types.api")
			return "ip_types.api", b, err
		}
		start := time.Now()
		file, err := CompileSource("x.api", src, open)
		if err != nil {
			if len(err.Error()) > 1<<20 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		text := file.JSON()
		if !json.Valid(text) {
			t.Fatalf("no JSON: %s", text)
		}
		if again, err := CompileSource("x.api", src, open); err != nil || string(again.JSON()) != string(text) {
			t.Fatalf("the second time: %v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("%d bytes took %v", len(src), took)
		}
	})
}
