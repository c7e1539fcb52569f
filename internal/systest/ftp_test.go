package systest

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// fetch is an FTP client: it fetches the server's file over a data connection that it asks for with verb.
func fetch(h *netlab.Host, address, verb string) (file string, err error) {
	raw, err := h.Dial("tcp", address, dataPatience)
	if err != nil {
		return "", err
	}
	_ = raw.SetDeadline(time.Now().Add(5 * dataPatience))
	c := textproto.NewConn(raw)
	defer c.Close()
	if _, _, err = c.ReadResponse(220); err != nil {
		return "", err
	}
	say := func(want int, format string, a ...any) (answer string) {
		if err == nil {
			err = c.PrintfLine(format, a...)
		}
		if err == nil {
			_, answer, err = c.ReadResponse(want)
		}
		return answer
	}
	say(230, "USER anybody")
	data := offer(h, netip.MustParseAddrPort(raw.LocalAddr().String()).Addr().Unmap(), address, verb, say)
	if err != nil {
		return "", err
	}
	say(150, "RETR file")
	d, dataErr := data()
	if dataErr != nil {
		return "", fmt.Errorf("data connection: %w", dataErr)
	}
	defer d.Close()
	_ = d.SetDeadline(time.Now().Add(5 * dataPatience))
	b, dataErr := io.ReadAll(d)
	if _, _, err := c.ReadResponse(226); err != nil {
		return "", err
	}
	return string(b), dataErr
}

// offer agrees with the server on a data connection and returns what makes it.
func offer(h *netlab.Host, own netip.Addr, server, verb string, say func(int, string, ...any) string) func() (net.Conn, error) {
	var to string
	switch verb {
	case "PASV":
		inside, _, _ := strings.Cut(say(227, "PASV")[len("Entering Passive Mode ("):], ")")
		to = addressOf(inside).String()
	case "EPSV":
		var port int
		fmt.Sscanf(say(229, "EPSV"), "Entering Extended Passive Mode (|||%d|)", &port)
		to = netip.AddrPortFrom(netip.MustParseAddrPort(server).Addr(), uint16(port)).String()
	default:
		return wait(h, own, verb, say)
	}
	return func() (net.Conn, error) { return h.Dial("tcp", to, dataPatience) }
}

// wait waits for the server's data connection.
func wait(h *netlab.Host, own netip.Addr, verb string, say func(int, string, ...any) string) func() (net.Conn, error) {
	l, err := h.Listen("tcp", netip.AddrPortFrom(own, 0).String())
	if err != nil {
		return func() (net.Conn, error) { return nil, err }
	}
	at := netip.MustParseAddrPort(l.Addr().String())
	if family := 1 + own.BitLen()/128; verb == "EPRT" {
		say(200, "EPRT |%d|%s|%d|", family, own, at.Port())
	} else {
		say(200, "PORT %s", commas(at))
	}
	return func() (net.Conn, error) {
		defer l.Close()
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(dataPatience))
		return l.Accept()
	}
}

// modes are the ways to have a data connection.
var modes = []struct{ address, verb string }{
	{server4 + ":21", "PASV"}, {server4 + ":21", "EPSV"}, {server4 + ":21", "PORT"}, {server4 + ":21", "EPRT"},
	{"[" + server6 + "]:21", "EPSV"}, {"[" + server6 + "]:21", "EPRT"},
}

// TestFTP: through rules that drop all but control connections and what belongs to them, files come with the helper, and do not without.
func TestFTP(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	d.ctl("classify default left drop")
	d.ctl("classify default right drop")
	for _, rule := range []string{"left proto tcp dport 21 state new pass", "left state established,related pass", "right state established,related pass"} {
		d.addRule(rule)
	}
	s.ftp(t, d)
}

// TestFTPKeepState: the same with one rule that keeps the state of control connections.
func TestFTPKeepState(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run()
	d.ctl("classify default left drop")
	d.ctl("classify default right drop")
	d.addRule("left proto tcp dport 21 keep-state pass")
	s.ftp(t, d)
}

func (s *site) ftp(t *testing.T, d *daemon) {
	t.Helper()
	file := strings.Repeat("all of it, in order\n", 20_000)
	serveFTP(t, s.server, server4+":21", file)
	serveFTP(t, s.server, "["+server6+"]:21", file)
	d.ctl("flowtrack helper ftp")
	for _, m := range modes {
		if got, err := fetch(s.client, m.address, m.verb); err != nil || got != file {
			t.Errorf("%s at %s: %d bytes, %v; want %d", m.verb, m.address, len(got), err, len(file))
		}
	}
	var report struct{ Announced, Begun, Refused uint64 }
	if d.show("show flowtrack helpers", &report); report.Announced != uint64(len(modes)) || report.Begun != report.Announced || report.Refused != 0 {
		t.Errorf("%+v", report)
	}
	d.ctl("flowtrack helper del ftp")
	for _, m := range []int{0, 2} {
		if got, err := fetch(s.client, modes[m].address, modes[m].verb); err == nil {
			t.Errorf("%s without a helper: %d bytes have come", modes[m].verb, len(got))
		}
	}
}
