package config

import "testing"

func TestNearestWithin(t *testing.T) {
	for _, c := range []struct {
		word string
		most int
		want string
	}{{"ip4-lokup", 1, "ip4-lookup"}, {"ip4-loup", 1, ""}, {"ip4-loup", 2, "ip4-lookup"}, {"ip5-lookup", 1, "ip4-lookup"}, {"ip6-lookup", 2, "ip6-lookup"}, {"x", 0, ""}} {
		if got := NearestWithin(c.word, []string{"ip4-lookup", "ip6-lookup", "y"}, c.most); got != c.want {
			t.Errorf("%s, %d: %q, want %q", c.word, c.most, got, c.want)
		}
	}
}
