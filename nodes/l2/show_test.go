package l2_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// shown is a bridge with all that its shows tell of.
func shown(t *testing.T) *bridge {
	b := newBridge(t, 3)
	for _, line := range []string{
		"create loopback interface", "set interface l2 bridge loop0 1 bvi 2", "set bridge-domain mac-age 1 5", "set interface l3 c", "create sub-interfaces c 100",
		"set interface state c.100 up", "set interface l2 bridge c.100 1 3", "set interface l2 tag-rewrite c.100 translate 1-2 dot1ad 5 7",
		"l2fib add 02:00:00:00:00:09 1 filter", "create bridge-domain 7 bd-tag spare flood-limit 10 loop-check 0",
	} {
		b.Exec(line)
	}
	b.sends(0, frame(host(2), host(1)), 1)
	return b
}

func TestShowsInVPPsShape(t *testing.T) {
	b := shown(t)
	for line, want := range map[string]string{
		"show bridge-domain 1 detail": `  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd   UU-Flood   Flooding  ARP-Term  arp-ufwd Learn-co Learn-li   BVI-Intf
    1       1      0      5         on        on       flood        on       off       off        1     1048576    loop0

           Interface           If-idx ISN  SHG  BVI  TxFlood        VLAN-Tag-Rewrite
             loop0               4     0    2    *      *                 none
               a                 1     0    0    -      *                 none
               b                 2     0    0    -      *                 none
             c.100               5     0    3    -      *         trans-1-2 dot1ad 5 7
`,
		"show bridge-domain": `  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd   UU-Flood   Flooding  ARP-Term  arp-ufwd Learn-co Learn-li   BVI-Intf
    1       1      0      5         on        on       flood        on       off       off        1     1048576    loop0
    7       2      0     off        on        on       flood        on       off       off        0     1048576     N/A
`,
		"show bridge-domain 7 detail": `  BD-ID   Index   BSN  Age(min)  Learning  U-Forwrd   UU-Flood   Flooding  ARP-Term  arp-ufwd Learn-co Learn-li   BVI-Intf
    7       2      0     off        on        on       flood        on       off       off        0     1048576     N/A

  BD-Tag: spare

  Flood limit: 10 frames a second from each interface
`,
		"show l2fib verbose": `    Mac-Address     BD-Idx If-Idx BSN-ISN Age(min) static filter bvi         Interface-Name
 02:00:00:00:00:01    1      1      0/0      0       -      -     -                 a
 02:00:00:00:00:09    1      -1     0/0      no      *      *     -                N/A
 de:ad:00:00:00:00    1      4      0/0      no      *      -     *               loop0
L2FIB total/learned entries: 3/1  Learn limit: 1048576
`,
		"show l2fib": "L2FIB total/learned entries: 3/1  Learn limit: 1048576\n",
		"show mode":  "l2 bridge a bd_id 1 shg 0\nl2 bridge b bd_id 1 shg 0\nl3 c\nl2 bridge loop0 bd_id 1 bvi shg 2\nl2 bridge c.100 bd_id 1 shg 3\n",
	} {
		if got := b.Exec(line); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", line, got, want)
		}
	}
	if b.Exec("show l2fib all") != b.Exec("show l2fib verbose") {
		t.Error("all is not verbose")
	}
}

// The same for programs: names and kinds of what they read.
func TestShowsForPrograms(t *testing.T) {
	b := shown(t)
	domain := map[string]any{
		"bd_id": 1., "bd_index": 1., "learn": true, "forward": true, "uu_flood": true, "flood": true, "arp_term": false, "arp_ufwd": false, "mac_age": 5.,
		"learn_limit": 1048576., "loop_check": true, "flood_limit": 0., "learned": 1., "loop_age_seconds": -1.,
	}
	var members []any
	for _, m := range []struct {
		name    string
		swIf    int
		shg     int
		bvi     bool
		rewrite string
	}{{"loop0", 4, 2, true, "none"}, {"a", 1, 0, false, "none"}, {"b", 2, 0, false, "none"}, {"c.100", 5, 3, false, "trans-1-2 dot1ad 5 7"}} {
		members = append(members, map[string]any{"interface": m.name, "sw_if_index": float64(m.swIf), "shg": float64(m.shg), "bvi": m.bvi, "uu_fwd": false,
			"tag_rewrite": m.rewrite, "loop_drops": 0., "flood_limit_drops": 0.})
	}
	domain["members"] = members
	entry := func(mac, name string, swIf, age float64, static, filter, bvi, learned bool) map[string]any {
		e := map[string]any{"mac": mac, "bd_id": 1., "bd_index": 1., "sw_if_index": swIf, "static": static, "filter": filter, "bvi": bvi, "learned": learned, "age_seconds": age}
		if name != "" {
			e["interface"] = name
		}
		return e
	}
	for line, want := range map[string]any{
		"show bridge-domain 1 detail": []any{domain},
		"show l2fib learn":            []any{entry("02:00:00:00:00:01", "a", 1, 0, false, false, false, true)},
		"show l2fib add": []any{entry("02:00:00:00:00:09", "", 1<<32-1, -1, true, true, false, false),
			entry("de:ad:00:00:00:00", "loop0", 4, -1, true, false, true, false)},
		"show mode a c loop0": []any{map[string]any{"interface": "a", "mode": "bridge", "bd_id": 1.}, map[string]any{"interface": "c", "mode": "l3"},
			map[string]any{"interface": "loop0", "mode": "bridge", "bd_id": 1., "bvi": true, "shg": 2.}},
	} {
		var got any
		if err := json.Unmarshal([]byte(b.json(line)), &got); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if fib, ok := got.(map[string]any); ok {
			if fib["total"] != 3. || fib["learned"] != 1. || fib["learn_limit"] != 1048576. {
				t.Errorf("%s: %v", line, fib)
			}
			got = fib["entries"]
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nwant %v", line, got, want)
		}
	}
}
