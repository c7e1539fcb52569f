package program

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/dataplane/afxdp"
)

// pass of startup.conf means what --pass means: packets to the host's port 22 and their answers, not the host's own to
// somebody else's port 22.
func TestHostFilterPassOfStartupConf(t *testing.T) {
	rule := func(text string) afxdp.PassRule {
		r, err := afxdp.ParsePassRule(text)
		must(t, err)
		return r
	}
	tcp22, tcp23, arp := rule("tcp 22"), rule("tcp 23"), rule("arp")
	c := &hostFilterCommand{NIC: "nic", Pass: []string{"tcp 23"}, Stanzas: strings.Fields("af_xdp { interface other pass { tcp 22 } pass { arp } }")}
	conf, err := c.startup(&streams{err: io.Discard})
	must(t, err)
	if len(conf.pass) != 0 || len(conf.interfaces) != 3 {
		t.Fatalf("for all %v, interfaces %v", conf.pass, conf.interfaces)
	}
	for i, want := range [][]afxdp.PassRule{{tcp22, arp}, {tcp22, arp, tcp23}, {answers(tcp22), arp, answers(tcp23)}} {
		if got := conf.interfaces[i]; !slices.Equal(got.pass, want) {
			t.Errorf("interface %q %q: %v, want %v", got.host, got.name, got.pass, want)
		}
	}
	if answers(tcp22) == tcp22 {
		t.Error("answers come from the port")
	}
}
