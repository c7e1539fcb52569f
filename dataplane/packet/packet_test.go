package packet

import "testing"

func TestFaultTexts(t *testing.T) {
	for f := FaultNone; f < NumFaults; f++ {
		if f.String() == "" {
			t.Errorf("fault %d has no text", f)
		}
	}
	if got := NumFaults.String(); got != "unknown fault" {
		t.Errorf("fault beyond the last: %q", got)
	}
}
