package oracle

import "slices"

// mostTries bounds how often a dialogue is sent again, which takes 0.1 s where it needs a namespace of its own.
const mostTries = 100

// Minimise makes a finding's example as short as it can be, by leaving out packets, and reports whether the example shows
// the same difference again at all, on sides that know nothing else.
func (m *Match) Minimise(f *Finding) (bool, error) {
	same, err := m.shows(f.Example, f.What)
	if !same || err != nil {
		return false, err
	}
	tries := mostTries
	for step := len(f.Example) / 2; step > 0; step /= 2 {
		for i := 0; i+step < len(f.Example) && tries > 0; tries-- { // the last one stays
			fewer := slices.Delete(slices.Clone(f.Example), i, i+step)
			same, err := m.shows(fewer, f.What)
			if err != nil {
				return false, err
			}
			if same {
				f.Example = fewer
			} else {
				i += step
			}
		}
	}
	return true, nil
}

// shows reports whether the last packet of a dialogue shows a difference, and none before it one.
func (m *Match) shows(packets []Packet, what string) (bool, error) {
	if err := m.fresh(packets); err != nil {
		return false, err
	}
	lines, err := m.replay(packets)
	if err != nil {
		return false, err
	}
	for i, l := range lines {
		if last := i == len(lines)-1; last != (l.differ == what) || !last && l.differ != "" {
			return false, nil
		}
	}
	return true, nil
}

// line is a packet of a dialogue and what became of it.
type line struct {
	packet        Packet
	kernel, graph Answer
	differ        string
}

// replay sends packets on sides that are fresh.
func (m *Match) replay(packets []Packet) (lines []line, err error) {
	for _, p := range packets {
		l := line{packet: p}
		if l.kernel, l.graph, err = m.ask(p, m.graph.now+1e6); err != nil {
			return nil, err
		}
		l.differ = l.kernel.difference(l.graph)
		lines = append(lines, l)
	}
	return lines, nil
}

// Story is a dialogue as text: each packet, and what the sides say of it.
func (m *Match) Story(packets []Packet) (string, error) {
	if err := m.fresh(packets); err != nil {
		return "", err
	}
	lines, err := m.replay(packets)
	if err != nil {
		return "", err
	}
	text := ""
	for _, l := range lines {
		text += "    " + Describe(l.packet.Data) + "\n        kernel " + l.kernel.String() + "\n"
		if l.differ != "" {
			text += "        gvpp   " + l.graph.String() + "\n"
		}
	}
	return text, nil
}

// fresh makes the sides forget all that packets could meet. Fragments wait in the kernel for half a minute, wherever
// sessions are forgotten, so these want another namespace.
func (m *Match) fresh(packets []Packet) error {
	if slices.ContainsFunc(packets, func(p Packet) bool { return p.Whole != nil }) {
		if err := m.kernel.Close(); err != nil {
			return err
		}
		k, err := NewKernel(m.limits)
		if err != nil {
			return err
		}
		m.kernel = k
		if err := m.setKernel(); err != nil {
			return err
		}
	}
	return m.Anew()
}
