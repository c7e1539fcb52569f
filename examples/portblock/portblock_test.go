package portblock_test

import (
	"slices"
	"testing"

	"github.com/gvpp/gvpp/examples/portblock"
	"github.com/gvpp/gvpp/examples/portblock/portblockapi"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/plugin"
)

func newHarness(t *testing.T) (h *gvpptest.Harness, block *portblock.Plugin) {
	block = new(portblock.Plugin)
	return gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{block}, Interfaces: []string{"a", "b"}}), block
}

func TestBlockedPortsAreDropped(t *testing.T) {
	h, block := newHarness(t)
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	to53 := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53")
	others := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:80", "tcp 10.0.0.1:1000 > 10.0.0.2:65534 [S]", "icmp 10.0.0.1 > 10.0.0.2")
	if err := block.Add(t.Context(), 53); err != nil {
		t.Fatal(err)
	}
	h.SendAndExpectSame(a, to53, b) // not enabled
	h.Enable(a, "ip4-unicast", "portblock")
	h.SendAndAssertNoReplies(a, to53)
	h.SendAndExpectSame(a, others, b)
	h.SendAndExpectSame(b, to53, a) // not enabled on b
	h.Exec("portblock add 65534")
	h.SendAndAssertNoReplies(a, others[1:2])
	h.Refused("portblock add 65536", "65536")
	h.ExpectCounter("portblock", "packets to a blocked port", 2)
	h.ExpectNoAllocs(a, append(others, to53...))
}

func TestNothingAllocates(t *testing.T) {
	h, _ := newHarness(t)
	h.Exec("portblock add 53")
	h.Enable(h.Interface("a"), "ip4-unicast", "portblock")
	h.ExpectNoAllocs(h.Interface("a"), gvpptest.Repeat(256, "udp 10.0.0.1:1000 > 10.0.0.2:%d"))
	h.ExpectCounter("portblock", "packets to a blocked port", 6)
}

// What the binary API's messages do, called as a client of the socket does, but in the same process.
func TestMessages(t *testing.T) {
	h, block := newHarness(t)
	client := portblockapi.NewClient(h.API())
	for _, port := range []uint16{443, 53, 0} {
		if _, err := client.PortblockAdd(t.Context(), &portblockapi.PortblockAdd{Port: port}); err != nil {
			t.Fatal(err)
		}
	}
	if err := block.Add(t.Context(), 65535); err != nil {
		t.Fatal(err)
	}
	var ports []uint16
	for d, err := range client.PortblockDump(t.Context(), &portblockapi.PortblockDump{}) {
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, d.Port)
	}
	if want := []uint16{0, 53, 443, 65535}; !slices.Equal(ports, want) {
		t.Errorf("blocked are %v, want %v", ports, want)
	}
	for d := range client.PortblockDump(t.Context(), &portblockapi.PortblockDump{}) {
		if d.Port == 53 {
			break
		}
	}
}
