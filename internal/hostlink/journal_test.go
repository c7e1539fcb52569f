package hostlink

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A journal that somebody has damaged is an error with a remedy, and no reason to panic.
func TestDamagedJournal(t *testing.T) {
	const whole = `"nic":"n","bridge":"gvbr-n","h0":"h0-n","h1":"h1-n","index":7`
	dir := t.TempDir()
	load := func(text string) error {
		if err := os.WriteFile(journalPath(dir, "n"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load("n", dir)
		return err
	}
	if err := load("{" + whole + `,"settings":{"addresses":["AhgAAAcAAAA="]}}`); err != nil {
		t.Errorf("a whole one: %v", err)
	}
	for _, text := range []string{
		"", "{", "null", "{}", `{"nic":"other","bridge":"gvbr-n","h0":"h0-n","h1":"h1-n","index":7}`, `{"nic":"n","index":7}`,
		"{" + whole + `,"settings":{"addresses":["AA=="]}}`,
		"{" + whole + `,"settings":{"addresses":["AhgAAAcAAAAI"]}}`,         // half an attribute
		"{" + whole + `,"settings":{"addresses":["AhgAAAcAAAAJAAEACgEA"]}}`, // an attribute that is cut off
		"{" + whole + `,"settings":{"routes":["AgAA"]}}`,
		"{" + whole + `,"settings":{"neighbours":["BwAAAAAAAAAAAAAA"]}}`, // of family 7
	} {
		err := load(text)
		if err == nil || !strings.Contains(err.Error(), journalPath(dir, "n")) || !strings.Contains(err.Error(), "ip link del h0-n") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTexts(t *testing.T) {
	r := route(attribute{unix.RTA_DST, []byte{198, 51, 100, 0}}, attribute{unix.RTA_GATEWAY, []byte{10, 1, 0, 1}}, attribute{unix.RTA_PREFSRC, []byte{10, 9, 0, 1}})
	r[1] = 24
	if got := routeText(r); got != "198.51.100.0/24 via 10.1.0.1 src 10.9.0.1" {
		t.Error(got)
	}
	if got := routeText(route(attribute{unix.RTA_MULTIPATH, hops(3, 4)})); got != "default nexthop via 10.0.0.3 nexthop via 10.0.0.4" {
		t.Error(got)
	}
}
