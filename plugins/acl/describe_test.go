package acl_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/internal/packetline"
)

// A captured packet says which rule of which list it owes its fate to.
func TestCaptureNamesTheList(t *testing.T) {
	r := newRig(t)
	n := r.list("permit dst 10.0.0.2/32 proto 17 dport 53, deny dst 10.0.0.2/32 proto 6 dport 22")
	r.ok(r.acl.Apply(r.ctx, 1, []uint32{n}, nil))
	for line, want := range map[string]string{
		"udp 10.0.0.1:1000 > 10.0.0.2:53": "| acl 0 rule 0",
		"tcp 10.0.0.1:1000 > 10.0.0.2:22": "| acl 0 rule 1",
		"tcp 10.0.0.1:1000 > 10.0.0.2:23": "| behind all acls",
	} {
		var file bytes.Buffer
		r.ok(r.dp.StartCapture(&file, gvpp.CaptureConfig{Rx: true}))
		r.a.Inject(0, packetline.MustBuild(line))
		for r.dp.Step() {
		}
		if _, err := r.dp.StopCapture(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(file.String(), want) {
			t.Errorf("%s: no %q in %q", line, want, file.String())
		}
	}
}
