package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A probe is a packet that carries its number. Its sender notes the time before it hands it to the kernel, its receiver
// when it has it: both ends in user space, so that two system calls and a thread's wake-up are in each figure, alike for
// all subjects.
const (
	probePort   = 999 // source port, below the flood's
	probeNumber = 42  // offset of the number in the frame: UDP data
	probeEvery  = time.Millisecond
	probeGrace  = time.Second // how long the last ones may be on their way, where not all have come
)

// probed is what became of probes.
type probed struct {
	took []time.Duration // sorted; those that arrived
	lost int
}

// quantile is the least time that share of the probes that arrived did not exceed.
func (p probed) quantile(share float64) time.Duration {
	if len(p.took) == 0 {
		return 0
	}
	return p.took[min(len(p.took)-1, int(share*float64(len(p.took))))]
}

// probe sends a probe a millisecond, a little irregularly, for a while, and waits for them.
func (r *rig) probe(long time.Duration) (p probed, err error) {
	out, err := r.rawSocket(r.sender, 0)
	if err != nil {
		return p, fmt.Errorf("probe: %w", err)
	}
	defer unix.Close(out)
	in, err := r.rawSocket(r.receiver, unix.ETH_P_IP)
	if err == nil {
		defer unix.Close(in)
		err = onlyProbes(in)
	}
	if err != nil {
		return p, fmt.Errorf("probe: %w", err)
	}
	n := int(long / probeEvery)
	sent, got := make([]time.Duration, n), make([]time.Duration, n)
	start := time.Now()
	receiver := newThreadOn(r.load, func() { receiveProbes(in, start, got, start.Add(long+probeGrace)) })
	sender := newThreadOn(r.load, func() { sendProbes(out, start, sent) })
	sender.wait()
	receiver.wait()
	for i := range sent {
		if got[i] == 0 {
			p.lost++
		} else {
			p.took = append(p.took, got[i]-sent[i])
		}
	}
	slices.Sort(p.took)
	return p, nil
}

// sendProbes notes when each left. The distance varies by half, so that it beats with nothing.
func sendProbes(fd int, start time.Time, sent []time.Duration) {
	frame := siteFrame(fmt.Sprintf("udp 10.0.1.2:%d > 10.0.2.2:53 len 18 nosum", probePort))
	r := rand.New(rand.NewPCG(5, 6))
	for i := range sent {
		pause(time.Until(start.Add(time.Duration(i)*probeEvery + time.Duration(r.Int64N(int64(probeEvery/2))))))
		binary.BigEndian.PutUint32(frame[probeNumber:], uint32(i))
		sent[i] = time.Since(start)
		_, _ = unix.Write(fd, frame)
	}
}

// receiveProbes notes when each arrived, until all are there or it is late.
func receiveProbes(fd int, start time.Time, got []time.Duration, late time.Time) {
	var frame [128]byte
	for missing := len(got); missing > 0 && time.Now().Before(late); {
		n, err := unix.Read(fd, frame[:])
		now := time.Since(start)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
			continue // the time that the socket waits at most has passed
		}
		if err != nil {
			return
		}
		if n < probeNumber+4 {
			continue
		}
		if i := binary.BigEndian.Uint32(frame[probeNumber:]); int(i) < len(got) && got[i] == 0 {
			got[i] = now
			missing--
		}
	}
}

// onlyProbes makes the kernel give the socket the probes alone, and a read return after a while.
func onlyProbes(fd int) error {
	const load, equal, give = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	code := []unix.SockFilter{
		{Code: load, K: 34}, // the source port of UDP in IPv4 without options
		{Code: equal, K: probePort, Jf: 1},
		{Code: give, K: 128},
		{Code: give, K: 0},
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}); err != nil {
		return err
	}
	wait := unix.NsecToTimeval(int64(probeGrace / 20))
	return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
}
