package portblock_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/examples/portblock"
	"github.com/gvpp/gvpp/examples/portblock/portblockapi"
	"github.com/gvpp/gvpp/plugin"
)

// udp is an IPv4 packet to a port, without checksums in the transport header.
func udp(to uint16) []byte {
	p := make([]byte, 60)
	copy(p, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00")
	copy(p[14:], "\x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x66\xcb\x0a\x00\x00\x01\x0a\x00\x00\x02\x04\x00\x00\x00\x00\x0c\x00\x00")
	p[36], p[37] = byte(to>>8), byte(to)
	return p
}

func TestBlockedPortsAreDropped(t *testing.T) {
	ctx := context.Background()
	a, b := port.NewMemory("a", 1), port.NewMemory("b", 1)
	block := new(portblock.Plugin)
	dp, err := gvpp.New(gvpp.Config{Interfaces: []gvpp.Interface{a, b}, Plugins: []plugin.Plugin{block}})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close()
	if err := dp.CrossConnect(ctx, "a", "b"); err != nil {
		t.Fatal(err)
	}
	send := func() int {
		a.Inject(0, udp(53), udp(80), udp(65535), udp(0))
		for dp.Step() {
		}
		return len(b.Sent())
	}
	if err := block.Add(ctx, 53); err != nil {
		t.Fatal(err)
	}
	if n := send(); n != 4 {
		t.Errorf("not enabled: %d of 4 packets pass", n)
	}
	if has, err := dp.SetFeature("ip4-unicast", "portblock", 1, true); !has || err != nil {
		t.Fatal(has, err)
	}
	if n := send(); n != 3 {
		t.Errorf("53 blocked: %d of 4 packets pass", n)
	}
	if err := dp.CLI().Run(ctx, "portblock add 65535", false, nil); err != nil {
		t.Fatal(err)
	}
	if n := send(); n != 2 {
		t.Errorf("53 and 65535 blocked: %d of 4 packets pass", n)
	}
	if err := dp.CLI().Run(ctx, "portblock add 65536", false, nil); err == nil || !strings.Contains(err.Error(), "65536") {
		t.Errorf("port 65536: %v", err)
	}
	if e := dp.Errors(); len(e) != 1 || e[0].Node != "portblock" || e[0].Count != 3 {
		t.Errorf("counted %v", e)
	}
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
