package main

import (
	"fmt"
	"net"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// packets is what arrives: two that have far to go, IPv4 and IPv6, and two that have not.
func packets() [][]byte {
	return [][]byte{udp("10.0.0.1", "10.0.0.2", 64), udp("2001:db8::1", "2001:db8::2", 64), udp("10.0.0.1", "10.0.0.2", 2), udp("10.0.0.1", "10.0.0.2", 1)}
}

// udp is a frame with an empty UDP packet.
func udp(from, to string, ttl uint8) []byte {
	src, dst := net.ParseIP(from), net.ParseIP(to)
	eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv6}
	datagram := &layers.UDP{SrcPort: 1000, DstPort: 9}
	var ip interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	} = &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolUDP, HopLimit: ttl, SrcIP: src, DstIP: dst}
	if src.To4() != nil {
		eth.EthernetType = layers.EthernetTypeIPv4
		ip = &layers.IPv4{Version: 4, Protocol: layers.IPProtocolUDP, TTL: ttl, SrcIP: src, DstIP: dst}
	}
	b := gopacket.NewSerializeBuffer()
	_ = datagram.SetNetworkLayerForChecksum(ip)
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, eth, ip, datagram); err != nil {
		panic(err) // these layers can be serialised
	}
	return b.Bytes()
}

// describe is a packet in a line.
func describe(frame []byte) string {
	switch ip := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default).NetworkLayer().(type) {
	case *layers.IPv4:
		return fmt.Sprintf("%v > %v, %d hops left", ip.SrcIP, ip.DstIP, ip.TTL)
	case *layers.IPv6:
		return fmt.Sprintf("%v > %v, %d hops left", ip.SrcIP, ip.DstIP, ip.HopLimit)
	}
	return fmt.Sprintf("%d bytes that are not IP", len(frame))
}
