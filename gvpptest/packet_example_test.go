package gvpptest_test

import (
	"fmt"

	"github.com/google/gopacket/layers"

	"github.com/gvpp/gvpp/gvpptest"
)

func ExampleLines() {
	for _, p := range gvpptest.Lines(`
		# the begin of a connection
		tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] mss 1460
		tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA] ack 1
	`) {
		fmt.Println(len(p), p)
	}
	// Output:
	// 58 tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] mss 1460
	// 54 tcp 10.0.0.2:80 > 10.0.0.1:1000 [SA] ack 1
}

func ExampleRepeat() {
	for _, p := range gvpptest.Repeat(3, "udp 10.0.0.1:1000 > 10.0.0.%[1]d:%[1]d len 10") {
		fmt.Println(p)
	}
	// Output:
	// udp 10.0.0.1:1000 > 10.0.0.0:0 len 10
	// udp 10.0.0.1:1000 > 10.0.0.1:1 len 10
	// udp 10.0.0.1:1000 > 10.0.0.2:2 len 10
}

func ExamplePacket_Layers() {
	p := gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53 ttl 9 vlan 7")[0]
	ip := p.Layers().Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	fmt.Println(ip.SrcIP, ip.DstIP, ip.TTL)
	// Output: 10.0.0.1 10.0.0.2 9
}
