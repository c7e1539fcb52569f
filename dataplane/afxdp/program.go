package afxdp

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// programName is what `bpftool` and `ip link` show.
const programName = "gvpp_xsk"

// xdpPass is the verdict that leaves a packet to the host.
const xdpPass = 2

// Offsets in struct xdp_md, the program's argument.
const (
	xdpMdData    = 0
	xdpMdDataEnd = 4
	xdpMdRxQueue = 16
)

// program is the XDP program of one interface with its maps, in the kernel but attached to nothing.
type program struct {
	prog     *ebpf.Program
	sockets  *ebpf.Map // queue -> socket; a queue without one is left to the host
	prefixes *ebpf.Map // of the pass-list, or nil
	ports    *ebpf.Map // of the pass-list, or nil
}

// loadProgram makes the program for an interface of that many queues.
func loadProgram(queues int, rules []PassRule) (*program, error) {
	p := &program{}
	if err := p.loadWith(queues, rules, xdpPass); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// loadWith makes maps and program. fallback is the verdict where a queue has no socket.
func (p *program) loadWith(queues int, rules []PassRule, fallback int32) (err error) {
	p.sockets, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: programName, Type: ebpf.XSKMap, KeySize: 4, ValueSize: 4, MaxEntries: uint32(queues),
	})
	if err != nil {
		return fmt.Errorf("creating the socket map: %w", err)
	}
	if err := p.loadPassList(rules); err != nil {
		return err
	}
	code := append(p.passCode(rules), redirectCode(p.sockets, fallback)...)
	p.prog, err = ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: programName, Type: ebpf.XDP, License: "Dual MIT/GPL", Instructions: code,
	})
	if err != nil {
		return fmt.Errorf("loading the XDP program: %w", err)
	}
	return nil
}

// register makes the program redirect the packets of a queue to the socket fd.
func (p *program) register(queue, fd int) error {
	return p.sockets.Put(uint32(queue), uint32(fd))
}

func (p *program) close() {
	if p.prog != nil {
		_ = p.prog.Close()
	}
	for _, m := range []*ebpf.Map{p.sockets, p.prefixes, p.ports} {
		if m != nil {
			_ = m.Close()
		}
	}
}

// redirectCode ends the program: redirect_map(sockets, rx queue, fallback if there is no socket). R6 is the argument.
func redirectCode(sockets *ebpf.Map, fallback int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R2, asm.R6, xdpMdRxQueue, asm.Word).WithSymbol("redirect"),
		asm.LoadMapPtr(asm.R1, sockets.FD()),
		asm.Mov.Imm(asm.R3, fallback),
		asm.FnRedirectMap.Call(),
		asm.Return(),
	}
}
