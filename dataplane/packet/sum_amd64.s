//go:build !race

#include "textflag.h"

// func sumAVX2(p unsafe.Pointer, n uint64) uint64
//
// Of the 64-bit words w, a lane of Y0 and Y2 sums up w and one of Y1 and Y3 the upper half of w, so that the lower halves' sum is the
// first less the second shifted up. SI next byte, CX bytes left.
TEXT ·sumAVX2(SB), NOSPLIT, $0-24
	MOVQ  p+0(FP), SI
	MOVQ  n+8(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3

loop:
	VMOVDQU (SI), Y4
	VMOVDQU 32(SI), Y5
	VPADDQ  Y4, Y0, Y0
	VPSRLQ  $32, Y4, Y4
	VPADDQ  Y4, Y1, Y1
	VPADDQ  Y5, Y2, Y2
	VPSRLQ  $32, Y5, Y5
	VPADDQ  Y5, Y3, Y3
	ADDQ    $64, SI
	SUBQ    $64, CX
	JNZ     loop

	VPADDQ       Y2, Y0, Y0
	VPADDQ       Y3, Y1, Y1
	VPSLLQ       $32, Y1, Y2
	VPSUBQ       Y2, Y0, Y0 // the lower halves
	VPADDQ       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDQ       X1, X0, X0
	VPSRLDQ      $8, X0, X1
	VPADDQ       X1, X0, X0
	VMOVQ        X0, AX
	VZEROUPPER
	MOVQ         AX, ret+16(FP)
	RET
