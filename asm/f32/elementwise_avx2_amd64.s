//go:build amd64 && !purego

#include "textflag.h"

#define to DI
#define first SI
#define second DX
#define left CX

// func addAVX2(dst, a, b []float32)
// Requires: AVX
//
//	dst = a + b
//
// Registers: 1 temporary; 1 of 16.
TEXT ·addAVX2(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), to
	MOVQ a_base+24(FP), first
	MOVQ b_base+48(FP), second
	MOVQ dst_len+8(FP), left
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

// func addScaledAVX2(dst, x []float32, s float32)
// Requires: AVX, FMA3
//
//	dst = FMA(s, x, dst)
//
// Registers: 1 coefficient, 1 temporary; 2 of 16.
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-52
	MOVQ dst_base+0(FP), to
	MOVQ x_base+24(FP), first
	VBROADCASTSS s+48(FP), Y1
	MOVQ dst_len+8(FP), left
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

// func sumSquaresAVX2(chains *[8]float64, x []float32)
// Requires: AVX, FMA3
//
//	chains[i%8] += x[i]²    in float64, where the square is exact
//
// Registers: 2 of chains, 2 temporaries; 4 of 16.
TEXT ·sumSquaresAVX2(SB), NOSPLIT, $0-32
	MOVQ chains+0(FP), to
	MOVQ x_base+8(FP), first
	MOVQ x_len+16(FP), left
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
