package portblock_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/examples/portblock"
	"github.com/gvpp/gvpp/examples/portblock/portblockapi"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

func TestBlockedPortsAreDropped(t *testing.T) {
	block := new(portblock.Plugin)
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{block}, Interfaces: []string{"a", "b"}})
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	to53 := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53")
	others := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:80", "tcp 10.0.0.1:1000 > 10.0.0.2:65534 [S]", "icmp 10.0.0.1 > 10.0.0.2")
	if err := block.Add(t.Context(), 53); err != nil {
		t.Fatal(err)
	}
	h.SendAndExpect(a, to53, b) // not enabled
	h.Enable(a, "ip4-unicast", "portblock")
	h.SendAndAssertNoReplies(a, to53)
	if trace := h.Trace(); !strings.Contains(trace, "drop: portblock: packets to a blocked port") {
		t.Errorf("the trace does not say why:\n%s", trace)
	}
	h.SendAndExpect(a, others, b)
	h.SendAndExpect(b, to53, a) // not enabled on b
	h.Exec("portblock add 65534")
	h.SendAndAssertNoReplies(a, others[1:2])
	h.Refused("portblock add 65536", "65536")
	h.ExpectCounter("portblock", "packets to a blocked port", 2)
}

// What the binary API's messages do, called as a client of the socket does, but in the same process.
func TestMessages(t *testing.T) {
	ctx := context.Background()
	block := new(portblock.Plugin)
	dp, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{block}})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close()
	conn := api.Direct(dp.API()...)
	defer conn.Close()
	client := portblockapi.NewClient(conn)
	for _, port := range []uint16{443, 53, 0} {
		if _, err := client.PortblockAdd(ctx, &portblockapi.PortblockAdd{Port: port}); err != nil {
			t.Fatal(err)
		}
	}
	if err := block.Add(ctx, 65535); err != nil {
		t.Fatal(err)
	}
	var ports []uint16
	for d, err := range client.PortblockDump(ctx, &portblockapi.PortblockDump{}) {
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, d.Port)
	}
	if want := []uint16{0, 53, 443, 65535}; !slices.Equal(ports, want) {
		t.Errorf("blocked are %v, want %v", ports, want)
	}
	for d := range client.PortblockDump(ctx, &portblockapi.PortblockDump{}) {
		if d.Port == 53 {
			break
		}
	}
}
