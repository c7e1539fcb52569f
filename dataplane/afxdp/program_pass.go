package afxdp

import (
	"math/bits"

	"github.com/cilium/ebpf/asm"
)

// The pass-list part of the XDP program. Stages, in order: parse up to two VLAN tags; ARP; per family the two addresses,
// the protocol, neighbour discovery and the ports. Each jumps to "pass" at the first match and to "redirect" when the
// packet has no more to look at.
//
// R6 is the program's argument, R7 the packet and later its IP protocol, R8 the packet's end, R9 the header being read.

// Numbers in packets, as a little-endian load sees network order; big-endian machines are not supported by the dataplane.
var (
	etherIP4    = swap16(0x0800)
	etherIP6    = swap16(0x86dd)
	etherARP    = swap16(0x0806)
	etherVLAN   = swap16(0x8100)
	etherQinQ   = swap16(0x88a8)
	anyFragment = swap16(0x3fff) // more fragments, or an offset
)

func swap16(v uint16) int32 { return int32(bits.ReverseBytes16(v)) }

const (
	protoICMP6 = 58
	ndFirst    = 133 // ICMPv6 router solicitation …
	ndLast     = 137 // … redirect
)

// passCode is the part of the program before redirectCode.
func (p *program) passCode(rules []PassRule) asm.Instructions {
	code := asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1)}
	if len(rules) == 0 {
		return code
	}
	arp := false
	for _, r := range rules {
		arp = arp || r.ARP
	}
	code = append(code, etherCode()...)
	if arp {
		code = append(code, asm.JEq.Imm(asm.R3, etherARP, "pass"))
	}
	code = append(code,
		asm.JEq.Imm(asm.R3, etherIP4, "ip4"),
		asm.JEq.Imm(asm.R3, etherIP6, "ip6"),
		asm.Ja.Label("redirect"))
	code = append(code, p.ip4Code()...)
	code = append(code, p.ip6Code(arp)...)
	return append(code, p.l4Code()...)
}

// need leaves for "redirect" unless n bytes from reg are inside the packet. It spoils R2.
func need(reg asm.Register, n int32) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R2, reg),
		asm.Add.Imm(asm.R2, n),
		asm.JGT.Reg(asm.R2, asm.R8, "redirect"),
	}
}

// etherCode leaves the EtherType behind all tags in R3 and the network header in R9.
func etherCode() asm.Instructions {
	code := asm.Instructions{
		asm.LoadMem(asm.R7, asm.R6, xdpMdData, asm.Word),
		asm.LoadMem(asm.R8, asm.R6, xdpMdDataEnd, asm.Word),
		asm.Mov.Reg(asm.R9, asm.R7),
	}
	code = append(code, need(asm.R9, 14)...)
	code = append(code, asm.LoadMem(asm.R3, asm.R9, 12, asm.Half), asm.Add.Imm(asm.R9, 14))
	for _, tag := range []string{"tag1", "tag2"} {
		code = append(code,
			asm.JEq.Imm(asm.R3, etherVLAN, tag),
			asm.JNE.Imm(asm.R3, etherQinQ, "untagged"))
		skip := need(asm.R9, 4)
		skip[0] = skip[0].WithSymbol(tag)
		code = append(code, skip...)
		code = append(code, asm.LoadMem(asm.R3, asm.R9, 2, asm.Half), asm.Add.Imm(asm.R9, 4))
	}
	return append(code, asm.Mov.Reg(asm.R3, asm.R3).WithSymbol("untagged"))
}

// ip4Code matches addresses and protocol, and leaves the L4 header in R9.
func (p *program) ip4Code() asm.Instructions {
	code := need(asm.R9, 20)
	code[0] = code[0].WithSymbol("ip4")
	code = append(code, p.addressCode(16, 4, dirDest)...)
	code = append(code, p.addressCode(12, 4, dirSource)...)
	code = append(code, asm.LoadMem(asm.R7, asm.R9, 9, asm.Byte))
	code = append(code, p.portCode(dirProtocol, -1)...)
	return append(code,
		asm.LoadMem(asm.R3, asm.R9, 6, asm.Half),
		asm.And.Imm(asm.R3, anyFragment),
		asm.JNE.Imm(asm.R3, 0, "redirect"),
		asm.LoadMem(asm.R3, asm.R9, 0, asm.Byte),
		asm.And.Imm(asm.R3, 15),
		asm.LSh.Imm(asm.R3, 2),
		asm.Add.Reg(asm.R9, asm.R3),
		asm.Ja.Label("l4"))
}

// ip6Code does the same for IPv6, and passes neighbour discovery if arp is on.
func (p *program) ip6Code(arp bool) asm.Instructions {
	code := need(asm.R9, 40)
	code[0] = code[0].WithSymbol("ip6")
	code = append(code, p.addressCode(24, 16, dirDest)...)
	code = append(code, p.addressCode(8, 16, dirSource)...)
	code = append(code, asm.LoadMem(asm.R7, asm.R9, 6, asm.Byte))
	code = append(code, p.portCode(dirProtocol, -1)...)
	code = append(code, asm.Add.Imm(asm.R9, 40))
	if !arp {
		return append(code, asm.Ja.Label("l4"))
	}
	code = append(code, asm.JNE.Imm(asm.R7, protoICMP6, "l4"))
	code = append(code, need(asm.R9, 1)...)
	return append(code,
		asm.LoadMem(asm.R3, asm.R9, 0, asm.Byte),
		asm.JLT.Imm(asm.R3, ndFirst, "redirect"),
		asm.JLE.Imm(asm.R3, ndLast, "pass"),
		asm.Ja.Label("redirect"))
}

// l4Code matches the ports at R9. It ends with the verdict that all matches share.
func (p *program) l4Code() asm.Instructions {
	code := need(asm.R9, 4)
	code[0] = code[0].WithSymbol("l4")
	code = append(code, p.portCode(dirDest, 2)...)
	code = append(code, p.portCode(dirSource, 0)...)
	return append(code,
		asm.Ja.Label("redirect"),
		asm.Mov.Imm(asm.R0, xdpPass).WithSymbol("pass"),
		asm.Return())
}

// addressCode looks up the address of the given size at R9+off. The key is at the end of the stack.
func (p *program) addressCode(off int16, size int, dir int64) asm.Instructions {
	if p.prefixes == nil {
		return nil
	}
	if size == 16 {
		dir |= family6 << 8
	}
	code := asm.Instructions{
		asm.StoreImm(asm.RFP, -24, 32+128, asm.Word),
		asm.StoreImm(asm.RFP, -20, dir, asm.Word),
	}
	if size == 4 {
		code = append(code,
			asm.StoreImm(asm.RFP, -16, 0, asm.Word),
			asm.StoreImm(asm.RFP, -12, 0, asm.Word),
			asm.StoreImm(asm.RFP, -8, -1<<16, asm.Word)) // 00 00 ff ff
	}
	for i := 0; i < size; i += 4 {
		code = append(code,
			asm.LoadMem(asm.R3, asm.R9, off+int16(i), asm.Word),
			asm.StoreMem(asm.RFP, int16(i-size), asm.R3, asm.Word))
	}
	return append(code,
		asm.LoadMapPtr(asm.R1, p.prefixes.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -24),
		asm.FnMapLookupElem.Call(),
		asm.JNE.Imm(asm.R0, 0, "pass"))
}

// portCode looks up protocol R7 with the port at R9+off, or with port 0 where off is negative.
func (p *program) portCode(dir int64, off int16) asm.Instructions {
	if p.ports == nil {
		return nil
	}
	code := asm.Instructions{
		asm.StoreMem(asm.RFP, -4, asm.R7, asm.Byte),
		asm.StoreImm(asm.RFP, -3, dir, asm.Byte),
		asm.StoreImm(asm.RFP, -2, 0, asm.Half),
	}
	if off >= 0 {
		code = append(code,
			asm.LoadMem(asm.R3, asm.R9, off, asm.Half),
			asm.StoreMem(asm.RFP, -2, asm.R3, asm.Half))
	}
	return append(code,
		asm.LoadMapPtr(asm.R1, p.ports.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.JNE.Imm(asm.R0, 0, "pass"))
}
