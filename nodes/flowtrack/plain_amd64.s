//go:build !race

#include "go_asm.h"
#include "textflag.h"

// plain4BMI2 is the check of the transport header (dataplane/packet, Transport) and the key of the session for the packets that
// most are: IPv4 without options, not fragmented, TCP or UDP, nothing wrong. It goes through them, from the first on, until
// one that is not so or may not be so, to which it does nothing; lookup.go does the same for any packet, and TestPlainTwin
// holds one against the other. No byte behind the datagram changes what it says, and branches on what differs from packet to
// packet are but the protocol and the length.
//
// That a checksum is right is that the sum over addresses, protocol, length and datagram is a multiple of 65535, carries
// brought round (RFC 1071). A number is that if its product with the inverse of 65535, modulo 2^64, is small (Granlund and
// Montgomery, "Division by Invariant Integers using Multiplication", 1994, section 9).
//
// func plain4BMI2(meta, mem unsafe.Pointer, shift uint, bufs *uint32, n int, keys *flow.Key4, at *uint8, first int, sums bool) (done int)
//
// R8 meta, R9 mem, R10 shift, SI the next buffer, R11 behind the last, DI the next key, R12 the next at, R13 its value;
// of a packet: DX its metadata, AX its transport header.
TEXT ·plain4BMI2(SB), NOSPLIT, $0-80
	MOVQ meta+0(FP), R8
	MOVQ mem+8(FP), R9
	MOVQ shift+16(FP), R10
	MOVQ bufs+24(FP), SI
	MOVQ n+32(FP), R11
	LEAQ (SI)(R11*4), R11
	MOVQ keys+40(FP), DI
	MOVQ at+48(FP), R12
	MOVQ first+56(FP), R13

packet:
	CMPQ SI, R11
	JEQ  done
	MOVL (SI), AX
	MOVQ AX, DX
	SHLQ $6, DX
	ADDQ R8, DX
	SHLXQ R10, AX, AX
	ADDQ R9, AX

	// What the parser has found: an IPv4 packet with ports, and perhaps TCP's flags; not looked at before.
	MOVQ const_metaFacts(DX), BX
	BTRQ $32, BX
	SBBQ R15, R15          // all ones: TCP
	CMPQ BX, $const_plainFacts
	JNE  done
	TESTB $const_flagLooked, const_metaFlags(DX)
	JNZ  done
	MOVWLZX const_metaOff(DX), CX
	ADDQ CX, AX
	MOVWLZX const_metaL4(DX), CX
	MOVWLZX const_metaL3(DX), R14
	ADDQ $20, R14
	CMPQ R14, CX
	JNE  done
	ADDQ CX, AX
	MOVWLZX const_metaEnd(DX), R14
	SUBQ CX, R14           // bytes from the transport header on
	MOVBLZX const_metaProto(DX), BX
	TESTQ R15, R15
	JNZ  tcp

	CMPQ BX, $17
	JNE  done
	MOVWLZX 4(AX), CX
	ROLW $8, CX
	CMPQ CX, R14
	JNE  done
	CMPQ CX, $8
	JLT  done

sum:
	CMPB sums+64(FP), $0
	JEQ  key
	ADDL R14, BX
	BSWAPL BX              // protocol and length, as words in network order
	LEAQ -8(AX), CX        // addresses
	MOVQ R14, R15
	SHRQ $3, R15
	ANDL $7, R14
	CMPQ R15, $8
	JGE  long
	ADDQ (CX), BX

word:
	ADCQ 8(CX), BX
	LEAQ 8(CX), CX
	DECQ R15
	JNZ  word
	ADCQ $0, BX

tail:
	// CX is 8 bytes before the end of the words. The rest is the top of the 8 bytes that end with it.
	MOVQ (CX)(R14*1), R15
	XORL $7, R14
	SHLL $3, R14
	SHRXQ R14, R15, R15
	SHRQ $8, R15
	ADDQ R15, BX
	ADCQ $0, BX
	MOVQ $0xfffefffefffeffff, CX
	IMULQ CX, BX
	MOVQ $0x0001000100010001, CX
	CMPQ BX, CX
	JHI  wrong

key:
	// Source and destination, and the ports, in host order; and the same the other way round.
	MOVQ -8(AX), BX
	BSWAPQ BX
	MOVL (AX), CX
	BSWAPL CX
	MOVQ BX, R14
	ROLQ $32, R14
	MOVL CX, R15
	ROLL $16, R15
	MOVQ R14, AX
	CMPL R15, CX
	SBBQ BX, AX            // borrows if the source is the higher endpoint
	SETCS AX
	CMOVQCS BX, R14
	CMOVLCS CX, R15
	MOVBLZX const_metaProto(DX), BX
	SHLQ $48, BX
	ORQ  BX, R15
	MOVQ R14, (DI)
	MOVQ R15, 8(DI)
	ORB  $const_flagsFound, AX
	ORB  AX, const_metaFlags(DX)
	MOVB R13, (R12)
	INCQ R13
	INCQ R12
	ADDQ $16, DI
	ADDQ $4, SI
	JMP  packet

tcp:
	CMPQ BX, $6
	JNE  done
	CMPQ R14, $20
	JLT  done
	MOVBLZX 12(AX), CX
	ANDL $0xf0, CX
	SHRL $2, CX            // bytes of the header
	CMPQ CX, $20
	JLT  done
	CMPQ CX, R14
	JGT  done
	MOVBLZX 13(AX), CX
	ANDL $const_tcpFlagMask, CX
	MOVQ $const_tcpFlagSets, R15
	BTQ  CX, R15
	JCC  done
	JMP  sum

long:
	// Eight words at a time, with a carry of their own.
	ADDQ (CX), BX
	ADCQ $0, BX
eight:
	ADDQ 8(CX), BX
	ADCQ 16(CX), BX
	ADCQ 24(CX), BX
	ADCQ 32(CX), BX
	ADCQ 40(CX), BX
	ADCQ 48(CX), BX
	ADCQ 56(CX), BX
	ADCQ 64(CX), BX
	ADCQ $0, BX
	LEAQ 64(CX), CX
	SUBQ $8, R15
	CMPQ R15, $8
	JGE  eight
	TESTQ R15, R15
	JZ   tail
last:
	ADDQ 8(CX), BX
	ADCQ $0, BX
	LEAQ 8(CX), CX
	DECQ R15
	JNZ  last
	JMP  tail

wrong:
	// UDP may go without a checksum.
	CMPB const_metaProto(DX), $17
	JNE  done
	CMPW 6(AX), $0
	JEQ  key

done:
	SUBQ bufs+24(FP), SI
	SHRQ $2, SI
	MOVQ SI, done+72(FP)
	RET
