//go:build amd64 && !purego

#include "textflag.h"

#define image SI
#define planes DI
#define vectors CX
#define at R11
#define far R12
#define pitch R8
#define step R10
#define row R13
#define u1 Z18
#define u2 Z19
#define u3 Z20
#define u4 Z21
#define s Z22
#define p Z23
#define middle Z24
#define quarter Z27
#define minusSixth Z28
#define by24 Z29
#define sixth Z30
#define twelfth Z31

// GRADIENT transforms u0 to u5 to g0 in u0, g1 in m, and g2 in u5.
#define GRADIENT(u0, u1, u2, u3, u4, u5, m) \
	VADDPS u2, u1, s; \
	VSUBPS u2, u1, m; \
	VADDPS u4, u3, p; \
	VMULPS quarter, u0, u0; \
	VMULPS minusSixth, m, m; \
	VSUBPS u4, u3, u3; \
	VFMADD231PS minusSixth, s, u0; \
	VFMADD231PS minusSixth, s, u5; \
	VFMADD231PS twelfth, u3, m; \
	VFMADD231PS by24, p, u0; \
	VFMADD231PS sixth, p, u5

// COLUMN transforms a column of the planes, the first of which is at: to rows 0, 1 and 2 of the
// result.
#define COLUMN(t0, t1, t2) \
	MOVQ at, far; \
	VMOVUPS (far), t0; \
	VMOVUPS (far)(row*1), u1; \
	VMOVUPS (far)(row*2), u2; \
	LEAQ (far)(row*4), far; \
	VMOVUPS (far), u4; \
	VMOVUPS (far)(row*1), t2; \
	SUBQ row, far; \
	VMOVUPS (far), u3; \
	GRADIENT(t0, u1, u2, u3, u4, t2, t1); \
	ADDQ step, at

// ROW transforms a row of that and writes three taps.
#define ROW(t0, t1, t2, t3, t4, t5) \
	GRADIENT(t0, t1, t2, t3, t4, t5, middle); \
	VMOVUPS t0, (far); \
	VMOVUPS middle, (far)(pitch*1); \
	VMOVUPS t5, (far)(pitch*2); \
	ADDQ pitch, far; \
	LEAQ (far)(pitch*2), far

// func winogradWeightGradient16AVX512(dw, du *float32, tap, plane, n int)
// Requires: AVX512F
//
//	dw = Gᵀ·du·G    n kernels, sixteen at a time: columns in registers, then rows into the taps
//
// Registers: 18 values between, 7 others, 5 constants; 30 of 32.
TEXT ·winogradWeightGradient16AVX512(SB), NOSPLIT, $0-40
	MOVQ dw+0(FP), image
	MOVQ du+8(FP), planes
	MOVQ tap+16(FP), pitch
	MOVQ plane+24(FP), step
	MOVQ n+32(FP), vectors
	SHRQ $4, vectors
	IMUL3Q $6, step, row
	VBROADCASTSS ·winogradConstants+16(SB), quarter
	VBROADCASTSS ·winogradConstants+20(SB), minusSixth
	VBROADCASTSS ·winogradConstants+24(SB), by24
	VBROADCASTSS ·winogradConstants+28(SB), sixth
	VBROADCASTSS ·winogradConstants+32(SB), twelfth

nextKernels:
	MOVQ planes, at
	COLUMN(Z0, Z6, Z12)
	COLUMN(Z1, Z7, Z13)
	COLUMN(Z2, Z8, Z14)
	COLUMN(Z3, Z9, Z15)
	COLUMN(Z4, Z10, Z16)
	COLUMN(Z5, Z11, Z17)
	MOVQ image, far
	ROW(Z0, Z1, Z2, Z3, Z4, Z5)
	ROW(Z6, Z7, Z8, Z9, Z10, Z11)
	ROW(Z12, Z13, Z14, Z15, Z16, Z17)
	ADDQ $64, image
	ADDQ $64, planes
	DECQ vectors
	JNZ nextKernels
	VZEROUPPER
	RET
