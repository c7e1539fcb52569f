package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/bench/peer"
)

// afxdpScenario is forwarding between two veth devices in namespaces, with 60-byte frames, by gvpp and by others in the
// same place. It measures:
//
//	rate             packets that arrive while one thread floods as fast as it can
//	worker CPU       what the forwarder's own thread spends on each of these, the kernel's part included: sending, and what
//	                 the far end does with a packet, happen in its time, receiving in the flood's. The kernel forwards in the
//	                 flood's time and has none
//	whole path CPU   what everybody spends on a packet that arrives, sender, forwarder and the kernel's threads for left-over
//	                 interrupts, at a rate that loses none: the figure by which kernel forwarding can be compared
//	latency          of probes, a thousand a second, alone and beside the flood of that rate, from user space to user space
//
// The forwarder's thread has one core, everything else the other.
var afxdpScenario = measure.Scenario{
	Name:   "afxdp",
	About:  "forwarding between veth devices, 60-byte frames: gvpp, plain echoes in Go and C, the kernel's nftables, VPP",
	Groups: afxdpGroups,
	Ready: func(measure.Options) error {
		if os.Geteuid() != 0 {
			return errors.New("it needs root, for network namespaces and AF_XDP; run it as root")
		}
		return nil
	},
}

// afxdpTimes is how long the parts of a round take.
type afxdpTimes struct{ warmUp, flood, paced, probes time.Duration }

var (
	afxdpLong  = afxdpTimes{200 * time.Millisecond, 500 * time.Millisecond, time.Second, time.Second}
	afxdpShort = afxdpTimes{50 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond}
)

// pacedRate is the moderate flood's, in packets a second: well below what any of the subjects forwards here.
const pacedRate = 100_000

func afxdpGroups(o measure.Options) (list []measure.Group) {
	times, flows := afxdpLong, []int{1, 10_000}
	if o.Short {
		times, flows = afxdpShort, []int{1}
	}
	for _, n := range flows {
		list = append(list, measure.Group{
			Params: fmt.Sprintf("flows=%d frame=60", n),
			Open:   func() ([]measure.Subject, error) { return openAFXDP(o, n, times) },
		})
	}
	return list
}

// forwarders are the subjects, each made in a rig of its own.
var forwarders = []func(measure.Options, peer.Site) (peer.Forwarder, error){
	func(_ measure.Options, s peer.Site) (peer.Forwarder, error) { return gvppForwarder("gvpp-xconnect", s) },
	func(_ measure.Options, s peer.Site) (peer.Forwarder, error) {
		return gvppForwarder("gvpp-stateful", s, statefulRules...)
	},
	func(_ measure.Options, s peer.Site) (peer.Forwarder, error) { return goEcho(s) },
	func(_ measure.Options, s peer.Site) (peer.Forwarder, error) { return peer.CEcho(s), nil },
	func(_ measure.Options, s peer.Site) (peer.Forwarder, error) { return peer.KernelNFT(s), nil },
	func(o measure.Options, s peer.Site) (peer.Forwarder, error) {
		return peer.VPPForwarder(o, s, peer.VPPForward), nil
	},
	func(o measure.Options, s peer.Site) (peer.Forwarder, error) {
		return peer.VPPForwarder(o, s, peer.VPPStateful), nil
	},
}

func openAFXDP(o measure.Options, flows int, times afxdpTimes) (list []measure.Subject, err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, s := range list {
			if s.Close != nil {
				err = errors.Join(err, s.Close())
			}
		}
	}()
	for _, make := range forwarders {
		r, err := newRig()
		if err != nil {
			return list, err
		}
		f, err := make(o, r.site())
		if err != nil {
			return list, errors.Join(err, r.lab.Close())
		}
		if f.Skip != "" {
			list = append(list, measure.Subject{Name: f.Name, Skip: f.Skip})
			if err := r.lab.Close(); err != nil {
				return list, err
			}
			continue
		}
		run := &forwarding{rig: r, Forwarder: f, times: times, frames: floodFrames(flows), softirqs: softirqThreads()}
		list = append(list, measure.Subject{Name: f.Name, Round: run.round, Close: run.close})
	}
	return list, nil
}
