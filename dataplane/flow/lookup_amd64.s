//go:build !race

#include "go_asm.h"
#include "textflag.h"

// The stages of Lookup for processors with AVX2 and BMI2. lookup.go says what each is for, stages.go is the same in Go,
// and TestStages holds one against the other. All of them take n >= 1, touch nothing but their arguments' memory, and
// use only registers that ABI0 leaves to the callee.
//
// Touching is PREFETCHT0: unlike a load it leaves the reorder buffer before the line has come, so more misses are under
// way at once, and an address that is not mapped does no harm.

// spread<> brings the eight words that PCMPEQW leaves, as bytes, into the order of the lanes: lane s lies in word
// (s&1)*4 + s>>1 (see bucket). The upper half becomes 0.
DATA spread<>+0(SB)/8, $0x0e060c040a020800
DATA spread<>+8(SB)/8, $0x8080808080808080
GLOBL spread<>(SB), RODATA|NOPTR, $16

// ones<> is the least fingerprint in every word.
DATA ones<>+0(SB)/8, $0x0001000100010001
DATA ones<>+8(SB)/8, $0x0001000100010001
GLOBL ones<>(SB), RODATA|NOPTR, $16

// func hash4AVX2(s *seeds, v *view, keys *words4, hash *uint64, n int)
//
// R8-R11 seeds 0-3, BX base, CX mask, SI keys, DI hash, R12 keys left. MULX multiplies DX.
TEXT ·hash4AVX2(SB), NOSPLIT, $0-40
	MOVQ s+0(FP), AX
	MOVQ 0(AX), R8
	MOVQ 8(AX), R9
	MOVQ 16(AX), R10
	MOVQ 24(AX), R11
	MOVQ v+8(FP), AX
	MOVQ view_base(AX), BX
	MOVQ view_mask(AX), CX
	MOVQ keys+16(FP), SI
	MOVQ hash+24(FP), DI
	MOVQ n+32(FP), R12

hash4:
	MOVQ       0(SI), AX
	MOVQ       8(SI), DX
	XORQ       R8, AX
	XORQ       R9, DX
	MULXQ      AX, AX, DX          // fold(w[0]^s[0], w[1]^s[1]): low half in AX, high half in DX
	XORQ       AX, DX
	XORQ       R10, DX
	MULXQ      R11, AX, DX         // fold(… ^ s[2], s[3])
	XORQ       AX, DX
	MOVQ       DX, (DI)
	ANDQ       CX, DX
	PREFETCHT0 (BX)(DX*1)          // the bucket
	ADDQ       $16, SI
	ADDQ       $8, DI
	DECQ       R12
	JNZ        hash4
	RET

// func hash6AVX2(s *seeds, v *view, keys *words6, hash *uint64, n int)
//
// AX points at the seeds; registers otherwise as in hash4AVX2.
TEXT ·hash6AVX2(SB), NOSPLIT, $0-40
	MOVQ v+8(FP), AX
	MOVQ view_base(AX), BX
	MOVQ view_mask(AX), CX
	MOVQ s+0(FP), AX
	MOVQ keys+16(FP), SI
	MOVQ hash+24(FP), DI
	MOVQ n+32(FP), R12

hash6:
	MOVQ       0(SI), R8
	MOVQ       8(SI), DX
	XORQ       0(AX), R8
	XORQ       8(AX), DX
	MULXQ      R8, R8, R9          // fold(w[0]^s[0], w[1]^s[1]) in R9:R8
	MOVQ       16(SI), R10
	MOVQ       24(SI), DX
	XORQ       16(AX), R10
	XORQ       24(AX), DX
	MULXQ      R10, R10, DX        // fold(w[2]^s[2], w[3]^s[3]) in DX:R10
	XORQ       R8, R9
	XORQ       R10, DX
	XORQ       R9, DX              // head6
	MOVQ       32(SI), R8
	XORQ       32(AX), DX
	XORQ       40(AX), R8
	MULXQ      R8, R8, DX          // fold(head^s[4], w[4]^s[5])
	XORQ       R8, DX
	XORQ       48(AX), DX
	MULXQ      56(AX), R8, DX      // fold(… ^ s[6], s[7])
	XORQ       R8, DX
	MOVQ       DX, (DI)
	ANDQ       CX, DX
	PREFETCHT0 (BX)(DX*1)          // the bucket
	ADDQ       $40, SI
	ADDQ       $8, DI
	DECQ       R12
	JNZ        hash6
	RET

// PROBE is the loop of both probes, without touching. The top 16 bits of the hash come to every word of X0, 0 becoming 1
// as pattern says; they are compared with the bucket's fingerprints, and the result is brought into the order of the
// lanes, as bits; bit 8 is the link, for no lane. Index word c of the first lane goes to (DI). Its load comes after the
// fingerprints', as this architecture keeps loads in order. R9 becomes lines, or over if c is a link; DX the number.
//
// BX base, CX mask, SI hash, DI index, X1 ones, X2 spread, R8 lines, R10 over.
#define PROBE \
	MOVQ         (SI), AX; \
	VPBROADCASTW 6(SI), X0; \
	VPMAXUW      X1, X0, X0; \
	ANDQ         CX, AX; \
	VPCMPEQW     (BX)(AX*1), X0, X0; \
	VPSHUFB      X2, X0, X0; \
	VPMOVMSKB    X0, DX; \
	ORL          $0x100, DX; \
	TZCNTL       DX, DX; \
	ADDQ         BX, AX; \
	MOVL         16(AX)(DX*4), DX; \
	MOVQ         R8, R9; \
	MOVL         DX, (DI); \
	TESTL        DX, DX; \
	CMOVQMI      R10, R9; \
	ANDL         $0x7fffffff, DX

// func probe4AVX2(v *view, lines unsafe.Pointer, hash *uint64, index *uint32, n int)
TEXT ·probe4AVX2(SB), NOSPLIT, $0-40
	MOVQ    v+0(FP), AX
	MOVQ    view_base(AX), BX
	MOVQ    view_mask(AX), CX
	MOVQ    view_over(AX), R10
	MOVQ    lines+8(FP), R8
	MOVQ    hash+16(FP), SI
	MOVQ    index+24(FP), DI
	MOVQ    n+32(FP), R11
	VMOVDQU ones<>(SB), X1
	VMOVDQU spread<>(SB), X2

probe4:
	PROBE
	SHLQ       $6, DX
	PREFETCHT0 (R9)(DX*1)          // the line, or the overflow bucket; line 0 where there is neither
	ADDQ       $8, SI
	ADDQ       $4, DI
	DECQ       R11
	JNZ        probe4
	RET

// func probe6AVX2(v *view, lines unsafe.Pointer, hash *uint64, index *uint32, n int)
//
// A line of IPv6 is two cache lines: R12 is the shift, 7 for a line, 6 for an overflow bucket.
TEXT ·probe6AVX2(SB), NOSPLIT, $0-40
	MOVQ    v+0(FP), AX
	MOVQ    view_base(AX), BX
	MOVQ    view_mask(AX), CX
	MOVQ    view_over(AX), R10
	MOVQ    lines+8(FP), R8
	MOVQ    hash+16(FP), SI
	MOVQ    index+24(FP), DI
	MOVQ    n+32(FP), R11
	VMOVDQU ones<>(SB), X1
	VMOVDQU spread<>(SB), X2
	MOVL    $6, R13

probe6:
	MOVL       $7, R12
	PROBE
	CMPQ       R9, R10
	CMOVQEQ    R13, R12
	SHLXQ      R12, DX, DX
	PREFETCHT0 (R9)(DX*1)          // key and state
	PREFETCHT0 64(R9)(DX*1)        // counters
	ADDQ       $8, SI
	ADDQ       $4, DI
	DECQ       R11
	JNZ        probe6
	RET

// SETTLE decides what becomes of candidate c in AX, whose key differs if ZF is clear (BX is 0): c 0 becomes None, and
// position R10 is noted for walk if c is a link, or of another key and not 0. It is stored in any case and counts only
// if walks moves on. There are no branches, for hits and misses come mixed.
//
// DI index, R11 pending, R9 walks.
#define SETTLE \
	SETNE BX; \
	MOVL  AX, DX; \
	SHRL  $31, DX; \
	ORL   DX, BX; \
	CMPL  AX, $1; \
	SBBL  DX, DX; \
	ORL   DX, AX; \
	MOVL  AX, (DI)(R10*4); \
	ANDNL BX, DX, BX; \
	MOVL  R10, (R11)(R9*4); \
	ADDQ  BX, R9

// func resolve4AVX2(lines unsafe.Pointer, keys *words4, index *uint32, pending *[MaxBatch]uint32, n int) (walks uint)
TEXT ·resolve4AVX2(SB), NOSPLIT, $0-48
	MOVQ lines+0(FP), R8
	MOVQ keys+8(FP), SI
	MOVQ index+16(FP), DI
	MOVQ pending+24(FP), R11
	MOVQ n+32(FP), CX
	XORL R9, R9
	XORL R10, R10

resolve4:
	MOVL    (DI)(R10*4), AX
	MOVL    AX, DX
	SARL    $31, DX
	ANDNL   AX, DX, DX             // 0 for a link: line 0 may be read
	SHLQ    $6, DX
	VMOVDQU (SI), X0
	VPXOR   (R8)(DX*1), X0, X0
	XORL    BX, BX
	VPTEST  X0, X0
	SETTLE
	ADDQ    $16, SI
	INCQ    R10
	CMPQ    R10, CX
	JLT     resolve4
	MOVQ    R9, walks+40(FP)
	RET

// func resolve6AVX2(lines unsafe.Pointer, keys *words6, index *uint32, pending *[MaxBatch]uint32, n int) (walks uint)
TEXT ·resolve6AVX2(SB), NOSPLIT, $0-48
	MOVQ lines+0(FP), R8
	MOVQ keys+8(FP), SI
	MOVQ index+16(FP), DI
	MOVQ pending+24(FP), R11
	MOVQ n+32(FP), CX
	XORL R9, R9
	XORL R10, R10

resolve6:
	MOVL    (DI)(R10*4), AX
	MOVL    AX, DX
	SARL    $31, DX
	ANDNL   AX, DX, DX
	SHLQ    $7, DX
	ADDQ    R8, DX
	VMOVDQU (SI), Y0
	VPXOR   (DX), Y0, Y0           // the addresses
	VMOVQ   32(SI), X1
	VMOVQ   32(DX), X2
	VPXOR   X1, X2, X1             // the rest; the upper halves are 0
	VPOR    Y0, Y1, Y0
	XORL    BX, BX
	VPTEST  Y0, Y0
	SETTLE
	ADDQ    $40, SI
	INCQ    R10
	CMPQ    R10, CX
	JLT     resolve6
	VZEROUPPER
	MOVQ    R9, walks+40(FP)
	RET

// func touch(a, b unsafe.Pointer)
//
// PREFETCHW, which the assembler does not know: where a processor lacks it, it does nothing.
TEXT ·touch(SB), NOSPLIT, $0-16
	MOVQ a+0(FP), AX
	MOVQ b+8(FP), BX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX)
	BYTE $0x0f; BYTE $0x0d; BYTE $0x0b // PREFETCHW (BX)
	RET
