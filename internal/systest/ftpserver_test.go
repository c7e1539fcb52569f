package systest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gvpp/gvpp/internal/netlab"
)

// dataPatience is how long either side waits for a data connection: much longer than one takes that nothing keeps from beginning.
const dataPatience = 2 * time.Second

// ftpServer is as much of an FTP server as it takes: one file, whatever its name, in all four modes.
type ftpServer struct {
	host *netlab.Host
	file string
}

// serveFTP starts a server, until the test's end.
func serveFTP(t *testing.T, h *netlab.Host, address, file string) {
	t.Helper()
	l, err := h.Listen("tcp", address)
	ok(t, err)
	t.Cleanup(func() { l.Close() })
	s := &ftpServer{h, file}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
}

// serve is a control connection.
func (s *ftpServer) serve(c net.Conn) {
	defer c.Close()
	var data func() (net.Conn, error) // makes the next data connection
	fmt.Fprintf(c, "220 ready\r\n")
	for in := bufio.NewScanner(c); in.Scan(); {
		verb, arg, _ := strings.Cut(strings.TrimSpace(in.Text()), " ")
		answer := "200 well"
		switch strings.ToUpper(verb) {
		case "USER":
			answer = "230 come in"
		case "PASV", "EPSV":
			data, answer = s.passive(c, verb)
		case "PORT", "EPRT":
			to := addressOf(arg)
			data = func() (net.Conn, error) { return s.host.Dial("tcp", to.String(), dataPatience) }
		case "RETR":
			fmt.Fprintf(c, "150 it comes\r\n")
			answer = s.send(data)
		}
		fmt.Fprintf(c, "%s\r\n", answer)
	}
}

// passive waits for a data connection; what it answers tells where.
func (s *ftpServer) passive(c net.Conn, verb string) (data func() (net.Conn, error), answer string) {
	own := netip.MustParseAddrPort(c.LocalAddr().String()).Addr().Unmap()
	l, err := s.host.Listen("tcp", netip.AddrPortFrom(own, 0).String())
	if err != nil {
		return nil, "425 " + err.Error()
	}
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	answer = fmt.Sprintf("229 Entering Extended Passive Mode (|||%d|)", port)
	if verb == "PASV" {
		answer = fmt.Sprintf("227 Entering Passive Mode (%s).", commas(netip.AddrPortFrom(own, port)))
	}
	return func() (net.Conn, error) {
		defer l.Close()
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(dataPatience))
		return l.Accept()
	}, answer
}

func (s *ftpServer) send(data func() (net.Conn, error)) (answer string) {
	if data == nil {
		return "425 where to?"
	}
	c, err := data()
	if err != nil {
		return "425 " + err.Error()
	}
	defer c.Close()
	if _, err := io.WriteString(c, s.file); err != nil {
		return "426 " + err.Error()
	}
	return "226 that is all"
}

// commas is an address as PORT and 227 have it.
func commas(a netip.AddrPort) string {
	return strings.ReplaceAll(a.Addr().String(), ".", ",") + fmt.Sprintf(",%d,%d", a.Port()>>8, a.Port()&255)
}

// addressOf reads the argument of PORT or EPRT.
func addressOf(arg string) netip.AddrPort {
	if f := strings.Split(arg, "|"); len(f) == 5 {
		port, _ := strconv.ParseUint(f[3], 10, 16)
		return netip.AddrPortFrom(netip.MustParseAddr(f[2]), uint16(port))
	}
	f := strings.Split(arg, ",")
	high, _ := strconv.ParseUint(f[4], 10, 8)
	low, _ := strconv.ParseUint(f[5], 10, 8)
	return netip.AddrPortFrom(netip.MustParseAddr(strings.Join(f[:4], ".")), uint16(high<<8|low))
}
