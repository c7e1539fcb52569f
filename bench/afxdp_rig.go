package main

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/peer"
	"github.com/gvpp/gvpp/internal/netlab"
	"github.com/gvpp/gvpp/internal/packetline"
)

// rig is a sender, a namespace with a forwarder, and a receiver, with a veth pair between each two. A forwarder that
// routes finds addresses, a route and a neighbour; one that only moves frames does not mind them.
//
//	sender 10.0.1.2 eth0 ──── left 10.0.1.1 forwarder right 10.0.2.1 ──── eth0 receiver
type rig struct {
	lab                      *netlab.Lab
	sender, middle, receiver *netlab.Host
	load, worker             int // cores: of who sends and receives, of who forwards
}

// leftMAC is where all frames go to. Nobody has nobodysMAC: what is routed to it reaches the receiver's device and, like
// what is only moved, goes no further there.
var (
	leftMAC    = net.HardwareAddr{2, 0, 0, 0, 1, 1}
	nobodysMAC = net.HardwareAddr{2, 0, 0, 0, 9, 9}
)

func newRig() (r *rig, err error) {
	r = &rig{}
	if r.load, r.worker, err = cores(); err != nil {
		return nil, err
	}
	if r.lab, err = netlab.New(); err != nil {
		return nil, err
	}
	if err := r.build(); err != nil {
		return nil, errors.Join(err, r.lab.Close())
	}
	return r, nil
}

func (r *rig) build() (err error) {
	for _, h := range []struct {
		name string
		host **netlab.Host
	}{{"sender", &r.sender}, {"forwarder", &r.middle}, {"receiver", &r.receiver}} {
		if *h.host, err = r.lab.Host(h.name); err != nil {
			return err
		}
		for _, dev := range []string{"default", "all"} { // no packets of the kernel's own
			if err := (*h.host).Sysctl("ipv6/conf/"+dev+"/disable_ipv6", "1"); err != nil {
				return err
			}
		}
	}
	left := netlab.End{Host: r.middle, Name: "left", MAC: leftMAC, Addrs: []string{"10.0.1.1/24"}}
	right := netlab.End{Host: r.middle, Name: "right", Addrs: []string{"10.0.2.1/24"}}
	if err := r.lab.Pair(netlab.End{Host: r.sender, Name: "eth0"}, left); err != nil {
		return err
	}
	if err := r.lab.Pair(netlab.End{Host: r.receiver, Name: "eth0"}, right); err != nil {
		return err
	}
	return r.middle.Neighbour("right", "10.0.2.2", nobodysMAC)
}

func (r *rig) site() peer.Site {
	return peer.Site{Host: r.middle, Left: "left", Right: "right", Core: r.worker}
}

// delivered is how many packets have reached the receiver's device.
func (r *rig) delivered() (uint64, error) {
	link, err := r.receiver.Link("eth0")
	if err != nil {
		return 0, err
	}
	if link.Statistics == nil {
		return 0, errors.New("the receiver's device has no counters")
	}
	return link.Statistics.RxPackets, nil
}

// siteFrame is the frame of a line of packetline, addressed to the device left.
func siteFrame(line string) []byte {
	p := packetline.MustBuild(line)
	copy(p, leftMAC)
	return p
}

// rawSocket is a packet socket on a host's eth0 that receives frames of a protocol, in host order; 0: none.
func (r *rig) rawSocket(h *netlab.Host, protocol uint16) (fd int, err error) {
	err = h.Do(func() error {
		link, err := h.Link("eth0")
		if err != nil {
			return err
		}
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return fmt.Errorf("packet socket: %w", err)
		}
		err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
		if err == nil {
			err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol<<8 | protocol>>8, Ifindex: link.Index})
		}
		if err != nil {
			unix.Close(fd)
		}
		return err
	})
	return fd, err
}
