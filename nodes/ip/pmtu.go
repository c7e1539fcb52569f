package ip

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/api"
	ipapi "github.com/gvpp/gvpp/api/binapi/ip"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// leastPathMTU is the smallest that a path may have: what every host of IPv4 takes in one piece.
const leastPathMTU = 68

// SetPathMTU says the longest datagram that gets to a host on an interface's link, if that is less than the interface's MTU; 0 takes
// it away. It is for hosts on links only: what is behind them has routes, not paths, here.
func (p *Plugin) SetPathMTU(m fib.PathMTU) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.MTU != 0 && m.MTU < leastPathMTU {
		return api.Wrap(api.InvalidValue, fmt.Errorf("ip: path MTU %d: want %d or more", m.MTU, leastPathMTU))
	}
	if m.MTU != 0 && !p.linked(m.Table, m.Addr) {
		return api.Wrap(api.Unimplemented, fmt.Errorf("ip: %v is on no link of table %d: path MTUs are for neighbours only", m.Addr, m.Table))
	}
	delete(p.stalePaths, fib.PathMTU{Table: m.Table, Addr: m.Addr})
	return p.fib.SetPathMTU(m)
}

// linked says whether a host is on the link of an interface of a table. mu is held.
func (p *Plugin) linked(table uint32, a netip.Addr) bool {
	v := family(a.Is6())
	for _, i := range p.ifs {
		if i.table[v] == table && slices.ContainsFunc(i.addresses, func(n netip.Prefix) bool { return n.Contains(a) }) {
			return true
		}
	}
	return false
}

// PathMTUs lists those that were said.
func (p *Plugin) PathMTUs() []fib.PathMTU {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fib.PathMTUs()
}

// BeginPathMTUReplace marks all path MTUs; EndPathMTUReplace takes those away that have not been said again.
func (p *Plugin) BeginPathMTUReplace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalePaths = map[fib.PathMTU]bool{}
	for _, m := range p.fib.PathMTUs() {
		m.MTU = 0
		p.stalePaths[m] = true
	}
}

// EndPathMTUReplace ends what BeginPathMTUReplace has begun.
func (p *Plugin) EndPathMTUReplace() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for m := range p.stalePaths {
		if err := p.fib.SetPathMTU(m); err != nil {
			return err
		}
	}
	p.stalePaths = nil
	return nil
}

// IPPathMtuUpdate implements ip.Service.
func (a ipAPI) IPPathMtuUpdate(_ context.Context, m *ipapi.IPPathMtuUpdate) (*ipapi.IPPathMtuUpdateReply, error) {
	addr, err := m.Pmtu.Nh.Netip()
	if err != nil {
		return nil, err
	}
	return nil, Retval(a.p.SetPathMTU(fib.PathMTU{Table: m.Pmtu.TableID, Addr: addr, MTU: m.Pmtu.PathMtu}))
}

// IPPathMtuGet implements ip.Service: all of them at once, from the cursor on.
func (a ipAPI) IPPathMtuGet(_ context.Context, m *ipapi.IPPathMtuGet, send func(*ipapi.IPPathMtuDetails) error) (*ipapi.IPPathMtuGetReply, error) {
	list := a.p.PathMTUs()
	at := min(int(m.Cursor), len(list))
	page := list[at:min(at+pathsPerPage, len(list))]
	for _, x := range page {
		d := &ipapi.IPPathMtuDetails{Pmtu: ipapi.IPPathMtu{TableID: x.Table, Nh: ip_types.AddressOf(x.Addr), PathMtu: x.MTU}}
		if err := send(d); err != nil {
			return nil, err
		}
	}
	if next := at + len(page); next < len(list) {
		return &ipapi.IPPathMtuGetReply{Cursor: uint32(next)}, api.EAgain
	}
	return &ipapi.IPPathMtuGetReply{Cursor: none}, nil
}

// pathsPerPage is how many path MTUs a call of ip_path_mtu_get gives.
const pathsPerPage = 4096

// IPPathMtuReplaceBegin implements ip.Service.
func (a ipAPI) IPPathMtuReplaceBegin(context.Context, *ipapi.IPPathMtuReplaceBegin) (*ipapi.IPPathMtuReplaceBeginReply, error) {
	a.p.BeginPathMTUReplace()
	return nil, nil
}

// IPPathMtuReplaceEnd implements ip.Service.
func (a ipAPI) IPPathMtuReplaceEnd(context.Context, *ipapi.IPPathMtuReplaceEnd) (*ipapi.IPPathMtuReplaceEndReply, error) {
	return nil, Retval(a.p.EndPathMTUReplace())
}

// PathMTUReport is a line of show ip pmtu.
type PathMTUReport struct {
	Table   uint32     `json:"table"`
	Address netip.Addr `json:"address"`
	MTU     uint16     `json:"mtu"`
}

func (p *Plugin) showPathMTUs(c *cli.Call) error {
	return command(func(*cli.Args) (func(c *cli.Call) error, error) {
		return func(c *cli.Call) error {
			list := []PathMTUReport{}
			for _, m := range p.PathMTUs() {
				list = append(list, PathMTUReport{m.Table, m.Addr, m.MTU})
			}
			return c.Show(list, func(w io.Writer) {
				for _, m := range list {
					fmt.Fprintf(w, "table_id:%d %v pmtu:%d\n", m.Table, m.Address, m.MTU)
				}
			})
		}, nil
	})(c)
}

func (p *Plugin) pathMTUCommand(c *cli.Call) error {
	return command(func(a *cli.Args) (func(c *cli.Call) error, error) {
		var m fib.PathMTU
		var err error
		if a.Keyword("table") {
			m.Table, err = tableID(a)
		}
		if err == nil {
			m.Addr, err = a.Addr("a neighbour's address")
		}
		if err == nil && !a.Keyword("del") {
			var n uint64
			n, err = a.Uint("an MTU in bytes", leastPathMTU, 1<<16-1)
			m.MTU = uint16(n)
		}
		return func(*cli.Call) error { return p.SetPathMTU(m) }, err
	})(c)
}
