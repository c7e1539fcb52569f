package port

import (
	"encoding/json"
	"net"
	"reflect"
	"strings"
	"testing"
)

func TestInfoAsJSON(t *testing.T) {
	for _, want := range []Info{
		{Driver: "af_xdp", Mode: "native copy", MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, MTU: 1500, Queues: 2, LinkUp: true, Notes: []string{"n"}},
		{Driver: "memory", Queues: 1},
	} {
		b, err := json.Marshal(want)
		if err != nil || strings.Contains(string(b), "02:00:00:00:00:01") != (want.MAC != nil) {
			t.Errorf("%s, %v", b, err)
		}
		var got Info
		if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", b, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"mac":"x"}`), new(Info)); err == nil {
		t.Error("no address, no error")
	}
}
