package ip_test

import (
	"testing"

	"github.com/gvpp/gvpp/gvpptest"
)

// What packets do again and again takes no memory.
func TestPacketsAllocateNothing(t *testing.T) {
	h := gvpptest.New(t, gvpptest.Config{Interfaces: []string{"a", "b"}})
	a := h.Interface("a")
	h.Exec(`set interface ip address a 10.0.1.1/24
		set interface ip address b 10.0.2.1/24
		set interface ip address a 2001:db8:1::1/64
		set interface ip address b 2001:db8:2::1/64
		set ip neighbor static a 10.0.1.2 02:00:00:00:00:12
		set ip neighbor static a 2001:db8:1::2 02:00:00:00:00:12
		set ip neighbor static b 10.0.2.2 02:00:00:00:00:22
		set ip neighbor static b 10.0.2.3 02:00:00:00:00:23
		set ip neighbor static b 2001:db8:2::2 02:00:00:00:00:22
		ip table add 7
		ip route add 20.0.0.0/8 via 10.0.2.2 b via 10.0.2.3 b
		ip route add 21.0.0.0/8 via ip4-lookup-in-table 7
		ip route add 22.0.0.0/8 via null-send-unreach`)
	for _, lines := range []string{
		"udp 10.0.1.2:1 > 10.0.2.2:2\nudp 10.0.1.2:1 > 20.0.0.1:2\nudp 10.0.1.2:1 > 21.0.0.1:2\nudp 10.0.1.2:1 > 23.0.0.1:2",
		"udp [2001:db8:1::2]:1 > [2001:db8:2::2]:2\nudp [2001:db8:1::2]:1 > [2001:db8:2::2]:2 ttl 1",
		"udp 10.0.1.2:1 > 10.0.2.2:2 ttl 1\nudp 10.0.1.2:1 > 22.0.0.1:2\nudp 10.0.1.2:1 > 10.0.1.1:2",
		"icmp 10.0.1.2 > 10.0.1.1\nicmpv6 2001:db8:1::2 > 2001:db8:1::1",
	} {
		h.ExpectNoAllocs(a, gvpptest.Lines(lines))
	}
}
