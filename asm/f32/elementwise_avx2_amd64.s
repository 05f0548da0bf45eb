//go:build amd64 && !purego

#include "textflag.h"

#define to DI
#define first SI
#define second DX
#define left CX

// func addAVX2(dst, a, b *float32, n int)
// Requires: AVX
//
//	dst = a + b
//
// Registers: 1 temporary; 1 of 16.
TEXT ·addAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), to
	MOVQ a+8(FP), first
	MOVQ b+16(FP), second
	MOVQ n+24(FP), left
	SHRQ $3, left

loop:
	VMOVUPS (first), Y0
	VADDPS (second), Y0, Y0
	VMOVUPS Y0, (to)
	ADDQ $32, first
	ADDQ $32, second
	ADDQ $32, to
	DECQ left
	JNZ loop
	VZEROUPPER
	RET

// func addScaledAVX2(dst, x *float32, s float32, n int)
// Requires: AVX, FMA3
//
//	dst = FMA(s, x, dst)
//
// Registers: 1 coefficient, 1 temporary; 2 of 16.
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), to
	MOVQ x+8(FP), first
	VBROADCASTSS s+16(FP), Y1
	MOVQ n+24(FP), left
	SHRQ $3, left

loop:
	VMOVUPS (to), Y0
	VFMADD231PS (first), Y1, Y0
	VMOVUPS Y0, (to)
	ADDQ $32, first
	ADDQ $32, to
	DECQ left
	JNZ loop
	VZEROUPPER
	RET

// func momentumAVX2(v, a, grad *float32, rate, momentum float32, n int)
// Requires: AVX, FMA3
//
//	a = FMA(momentum, a, grad), v = FMA(−rate, a, v)
//
// Registers: 2 coefficients, 2 temporaries; 4 of 16.
TEXT ·momentumAVX2(SB), NOSPLIT, $0-40
	MOVQ v+0(FP), to
	MOVQ a+8(FP), first
	MOVQ grad+16(FP), second
	VBROADCASTSS rate+24(FP), Y2
	VBROADCASTSS momentum+28(FP), Y3
	MOVQ n+32(FP), left
	SHRQ $3, left

loop:
	VMOVUPS (second), Y0
	VFMADD231PS (first), Y3, Y0
	VMOVUPS Y0, (first)
	VMOVUPS (to), Y1
	VFNMADD231PS Y0, Y2, Y1
	VMOVUPS Y1, (to)
	ADDQ $32, first
	ADDQ $32, second
	ADDQ $32, to
	DECQ left
	JNZ loop
	VZEROUPPER
	RET

// func sumSquaresAVX2(chains *[8]float64, x *float32, n int)
// Requires: AVX, FMA3
//
//	chains[i%8] += x[i]²    in float64, where the square is exact
//
// Registers: 2 of chains, 2 temporaries; 4 of 16.
TEXT ·sumSquaresAVX2(SB), NOSPLIT, $0-24
	MOVQ chains+0(FP), to
	MOVQ x+8(FP), first
	MOVQ n+16(FP), left
	VMOVUPD (to), Y0
	VMOVUPD 32(to), Y1
	SHRQ $3, left

loop:
	VCVTPS2PD (first), Y2
	VCVTPS2PD 16(first), Y3
	VFMADD231PD Y2, Y2, Y0
	VFMADD231PD Y3, Y3, Y1
	ADDQ $32, first
	DECQ left
	JNZ loop
	VMOVUPD Y0, (to)
	VMOVUPD Y1, 32(to)
	VZEROUPPER
	RET
