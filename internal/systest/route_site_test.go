package systest

import (
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

// Addresses of routed sites: the client is .1 of its networks, the server of its own, gvpp is .254.
const (
	far1, far1v6   = "10.2.0.1", "fd02::1"
	gate1, gate1v6 = "10.1.0.254", "fd01::fe"
	gate2, gate2v6 = "10.2.0.254", "fd02::fe"
)

// routed is a site with gvpp as router between two networks:
//
//	client 10.1.0.1 ── left │ gvpp │ right ── server 10.2.0.1
type routed struct {
	*site
	*daemon
}

// routerLines make a router of gvpp.
var routerLines = []string{
	"set interface ip address left " + gate1 + "/24", "set interface ip address left " + gate1v6 + "/64",
	"set interface ip address right " + gate2 + "/24", "set interface ip address right " + gate2v6 + "/64",
}

// newRouted makes one. prepare may change it before gvpp starts, which has the interfaces named by more, too.
func newRouted(t *testing.T, prepare func(s *site), more ...string) *routed {
	t.Helper()
	s := newSite(t, 1, 1)
	endHosts(t, s.client, s.server)
	if prepare != nil {
		prepare(s)
	}
	stanza := []string{"af_xdp", "{", "interface", "left", "interface", "right"}
	for _, name := range more {
		stanza = append(stanza, "interface", name)
	}
	r := &routed{s, s.runBare(append(stanza, "}")...)}
	r.lines(routerLines...)
	return r
}

// endHosts gives a client and a server their addresses, and routes to each other.
func endHosts(t *testing.T, client, server *netlab.Host) {
	t.Helper()
	for _, a := range []struct {
		*netlab.Host
		addr, net, gate string
	}{
		{client, "10.1.0.1/24", "10.2.0.0/16", gate1}, {client, "fd01::1/64", "fd02::/16", gate1v6},
		{server, "10.2.0.1/24", "10.1.0.0/16", gate2}, {server, "fd02::1/64", "fd01::/64", gate2v6},
	} {
		ok(t, a.Addr("eth0", a.addr))
		ok(t, a.Route(a.net, a.gate))
	}
}

// lines gives commands.
func (r *routed) lines(list ...string) {
	r.t().Helper()
	for _, line := range list {
		r.ctl(line)
	}
}

func (r *routed) t() testing.TB { return r.site.t }

// reaches fails unless each ping to an address is answered.
func (r *routed) reaches(from *netlab.Host, to string, count int) {
	r.t().Helper()
	got, err := from.Ping(to, count, netlab.PingOptions{Timeout: long})
	if err != nil || got.Lost() != 0 {
		r.t().Errorf("%s to %s: %d of %d lost, %v\n%s", from.Name, to, got.Lost(), got.Sent, err, r.ctl("show errors"))
	}
}

// comesBack waits until an address is reached, and fails unless it is from then on.
func (r *routed) comesBack(from *netlab.Host, to string) {
	r.t().Helper()
	eventually(r.t(), to+" answers", func() bool {
		_, err := from.Ping(to, 1, netlab.PingOptions{Timeout: 100 * ms})
		return err == nil
	})
	r.reaches(from, to, 20)
}

// neighbor is a line of show ip neighbors.
type neighbor struct{ Address, State, MAC, Interface string }

// neighbors are those on an interface in one of the states.
func (r *routed) neighbors(on string, states ...string) (list []neighbor) {
	r.t().Helper()
	var all []neighbor
	r.show("show ip neighbors", &all)
	for _, n := range all {
		for _, s := range states {
			if n.Interface == on && n.State == s {
				list = append(list, n)
			}
		}
	}
	return list
}

// tx is how many packets have left by an interface.
func (r *routed) tx(name string) uint64 {
	r.t().Helper()
	return r.interfaces()[name].Counters.Tx
}
