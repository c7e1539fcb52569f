package ftp

import (
	"net/netip"
	"strings"
	"testing"
)

// read is one segment in words.
func (m *Memory) read(reply bool, seq uint32, data string, ip6 bool) string {
	a, what := m.Read(reply, seq, []byte(data), ip6)
	switch what {
	case Nothing:
		return ""
	case Cut:
		return "cut"
	}
	addr := netip.Addr{}
	if a.HasAddr {
		addr = netip.AddrFrom16(a.Addr)
		if !ip6 {
			addr = netip.AddrFrom4([4]byte(a.Addr[:4]))
		}
	}
	return netip.AddrPortFrom(addr, a.Port).String()
}

func TestLines(t *testing.T) {
	const four, six = "10.0.0.1:1029", "[fd00::1]:1029"
	for _, c := range []struct {
		line  string
		reply bool
		ip6   bool
		want  string
	}{
		{"PORT 10,0,0,1,4,5\r\n", false, false, four},
		{"port 10,0,0,1,4,5\r\n", false, false, four},
		{"PORT 10,0,0,1,4,5\n", false, false, four},
		{"PORT 10,0,0,1,4,5\rSTOR", false, false, four},
		{"PORT 10,0,0,1,4,5", false, false, "cut"},
		{"PORT 10,0,0,1,4,", false, false, "cut"},
		{"PORT ", false, false, "cut"},
		{"PORT", false, false, "cut"},
		{"p", false, false, "cut"},
		{"PASV\r\n", false, false, ""},
		{"PASV", false, false, ""},
		{"POST 10,0,0,1,4,5\r\n", false, false, ""},
		{"PORT 10,0,0,1,4\r\n", false, false, ""},
		{"PORT 10,0,0,256,4,5\r\n", false, false, ""},
		{"PORT 10,0,0,1,0,0\r\n", false, false, ""},
		{"PORT 10,0,0,1,4,5,6\r\n", false, false, ""},
		{"PORT\r\n 10,0,0,1,4,5\r\n", false, false, ""},
		{"PORT 10,0,0,1,4,5\r\n", true, false, ""},
		{"PORT 10,0,0,1,4,5\r\n", false, true, ""},
		{"EPRT |1|10.0.0.1|1029|\r\n", false, false, four},
		{"eprt !1!10.0.0.1!1029!\r\n", false, false, four},
		{"EPRT |2|fd00::1|1029|\r\n", false, true, six},
		{"EPRT |2|10.0.0.1|1029|\r\n", false, true, ""},
		{"EPRT |2|fd00::1|1029|\r\n", false, false, ""},
		{"EPRT |1|10.0.0.1|1029|\r\n", false, true, ""},
		{"EPRT |1|10.0.0.1|102", false, false, "cut"},
		{"EPRT |1|10.0.0.1|65536|\r\n", false, false, ""},
		{"EPRT |1|10.0.0.1|0|\r\n", false, false, ""},
		{"EPRT 111110.0.0.1110291\r\n", false, false, ""},
		{"EPRT |1\r\n", false, false, ""},
		{"EPRT |", false, false, "cut"},
		{"227 Entering Passive Mode (10,0,0,1,4,5).\r\n", true, false, four},
		{"227 Entering Passive Mode 10,0,0,1,4,5\r\n", true, false, four},
		{"227 =10,0,0,1,4,5", true, false, "cut"},
		{"227 =10,0,0,1,4,5\r", true, false, four},
		{"227 no number\r\n", true, false, ""},
		{"227-10,0,0,1,4,5\r\n", true, false, ""},
		{"227 (10,0,0,1,4,5)\r\n", false, false, ""},
		{"227", true, false, "cut"},
		{"22", true, false, "cut"},
		{"220 hello\r\n", true, false, ""},
		{"229 Entering Extended Passive Mode (|||1029|)\r\n", true, false, "invalid AddrPort"},
		{"229 (|||1029|", true, true, "invalid AddrPort"},
		{"229 (|||1029", true, true, "cut"},
		{"229 (||1029|)\r\n", true, true, ""},
		{"229 |||1029|\r\n", true, true, ""},
	} {
		var m Memory
		if got := m.read(c.reply, 7, "first line\n", c.ip6); got != "" {
			t.Errorf("first line: %s", got)
		}
		got := m.read(c.reply, 18, c.line, c.ip6)
		if strings.HasPrefix(got, ":") || strings.HasPrefix(got, "invalid") {
			got = "invalid AddrPort"
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

// TestSequence: a line is read where the one before has ended, and nowhere else.
func TestSequence(t *testing.T) {
	const port, want = "PORT 10,0,0,1,4,5\r\n", "10.0.0.1:1029"
	const n = uint32(len(port))
	for _, start := range []uint32{1, ^uint32(0) - 2*n, ^uint32(0), ^uint32(0) - n + 1} {
		var m Memory
		for i, c := range []struct {
			seq  uint32
			data string
			want string
		}{
			{start, port, ""}, // what was before is not known
			{start, port, ""},
			{start + n, port, want},
			{start + n, port, want}, // again
			{start + n + 1, "PORT 10,0,0,1,4,5\r", ""},
			{start + 2*n + 1, "", ""},
			{start + 2*n, "STOR ", ""},
			{start + 2*n + 5, port, ""}, // a file of that name
			{start + n, port, ""},       // too long ago
			{start + 2*n, port, want},
			{start + 3*n + 5, "PORT 10,0,0,", "cut"},
			{start + 3*n + 17, "1,4,5\r\n", ""},
			{start + 3*n + 5, port, want},
			{start + 5*n, port, ""}, // something is lost
			{start + 6*n, port, want},
		} {
			if got := m.read(false, c.seq, c.data, false); got != c.want {
				t.Errorf("%d, step %d: %q, want %q", start, i, got, c.want)
			}
			if got := m.read(true, c.seq, c.data, false); got != "" {
				t.Errorf("%d, step %d, reply: %q", start, i, got)
			}
		}
	}
}

// TestResume: after that, each side's next segment is read, and no other one that is not known to begin a line.
func TestResume(t *testing.T) {
	const port, want = "PORT 10,0,0,1,4,5\r\n", "10.0.0.1:1029"
	var m Memory
	m.Resume()
	for i, c := range []struct {
		reply bool
		seq   uint32
		data  string
		want  string
	}{
		{false, 1000, "PO", "cut"}, {false, 1000, port, want}, {false, 1100, port, ""}, {false, 1019, port, want},
		{true, 0, "227 10,0,0,1,4,5\r\n", want}, {true, 50, "227 10,0,0,1,4,5\r\n", ""},
	} {
		if got := m.read(c.reply, c.seq, c.data, false); got != c.want {
			t.Errorf("step %d: %q, want %q", i, got, c.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"::", "::1", "1::", "fd00::1:2", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::2::3", ":::", "1:", "1.2.3.4", "12345::", "::01.2.3.4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got [16]byte
		ok := parse6([]byte(s), &got)
		want, err := netip.ParseAddr(s)
		is := err == nil && want.Is6() && want.Zone() == ""
		if ok != is || ok && want.As16() != got {
			t.Errorf("%q: %x, %v; want %v, %v", s, got, ok, want, is)
		}
	})
}

// FuzzRead: whatever is announced is in the line, and reading changes nothing but what is remembered, alike for the same lines.
func FuzzRead(f *testing.F) {
	f.Add("PORT 10,0,0,1,4,5\r\n", false, false)
	f.Add("EPRT |2|fd00::1|1029|\r\n", false, true)
	f.Add("227 (10,0,0,1,4,5)\r\n", true, false)
	f.Add("229 (|||1029|)\r\n", true, true)
	f.Fuzz(func(t *testing.T, data string, reply, ip6 bool) {
		var m Memory
		m.lineEnded(0, 0)
		m.lineEnded(1, 0)
		again := m
		a, what := m.Read(reply, 0, []byte(data), ip6)
		b, same := again.Read(reply, 0, []byte(strings.ToUpper(data)), ip6)
		if strings.ToLower(strings.ToUpper(data)) == strings.ToLower(data) && len(strings.ToUpper(data)) == len(data) && (a != b || what != same || m != again) {
			t.Errorf("capitals: %v %d, %v %d", a, what, b, same)
		}
		switch {
		case what == Announce && (a.Port == 0 || !strings.ContainsAny(data, "0123456789")):
			t.Errorf("%q announces %v", data, a)
		case what == Cut && strings.Contains(data, "\n"):
			t.Errorf("%q is cut", data)
		case what != Announce && a != Announcement{}:
			t.Errorf("%q: %v", data, a)
		}
	})
}

func TestNoAllocation(t *testing.T) {
	var m Memory
	m.lineEnded(0, 0)
	for _, line := range []string{"PORT 10,0,0,1,4,5\r\n", "EPRT |1|10.0.0.1|1029|\r\n", "EPRT |1|x", "USER a\r\n"} {
		data := []byte(line)
		if n := testing.AllocsPerRun(100, func() { m.Read(false, 0, data, false) }); n != 0 {
			t.Errorf("%q: %v allocations", line, n)
		}
	}
}
