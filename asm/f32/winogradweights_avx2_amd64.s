//go:build amd64 && !purego

#include "textflag.h"

// The transforms of weights go through 18 registers' worth of the stack.
#define step R10
#define at R11
#define to R12
#define far R13
#define temp BX
#define pitch R8
#define image SI
#define planes DI
#define tiles CX
#define quarter Y11
#define minusSixth Y12
#define by24 Y13
#define sixth Y14
#define twelfth Y15

// WEIGHTS transforms w0 to w2 in Y0 to Y2 to u0 to u5 in Y3, Y4, Y5, Y6, Y7, Y2.
#define WEIGHTS \
	VADDPS Y2, Y0, Y8; \
	VMULPS by24, Y0, Y6; \
	VFMADD231PS sixth, Y2, Y6; \
	VMULPS quarter, Y0, Y3; \
	VADDPS Y1, Y8, Y4; \
	VSUBPS Y1, Y8, Y5; \
	VMULPS minusSixth, Y4, Y4; \
	VMULPS minusSixth, Y5, Y5; \
	VMOVAPS Y6, Y7; \
	VFMADD231PS twelfth, Y1, Y6; \
	VFNMADD231PS twelfth, Y1, Y7

// WEIGHT_COLUMN transforms column j of the kernel, whose first tap is at; temp is [6][3] registers.
#define WEIGHT_COLUMN(j) \
	LEAQ (at)(R14*1), far; \
	VMOVUPS (at), Y0; \
	VMOVUPS (far), Y1; \
	VMOVUPS (far)(R14*1), Y2; \
	WEIGHTS; \
	VMOVUPS Y3, 32*j+0*96(temp); \
	VMOVUPS Y4, 32*j+1*96(temp); \
	VMOVUPS Y5, 32*j+2*96(temp); \
	VMOVUPS Y6, 32*j+3*96(temp); \
	VMOVUPS Y7, 32*j+4*96(temp); \
	VMOVUPS Y2, 32*j+5*96(temp); \
	ADDQ pitch, at

// WEIGHT_ROW transforms row i of temp and writes its six planes at to. It prefetches where later
// calls write: there are more planes than a core follows by itself.
#define WEIGHT_ROW(i) \
	VMOVUPS 96*i+0*32(temp), Y0; \
	VMOVUPS 96*i+1*32(temp), Y1; \
	VMOVUPS 96*i+2*32(temp), Y2; \
	WEIGHTS; \
	LEAQ (to)(step*2), far; \
	VMOVUPS Y3, (to); \
	PREFETCHT0 512(to); \
	VMOVUPS Y4, (to)(step*1); \
	PREFETCHT0 512(to)(step*1); \
	VMOVUPS Y5, (far); \
	PREFETCHT0 512(far); \
	VMOVUPS Y6, (far)(step*1); \
	PREFETCHT0 512(far)(step*1); \
	LEAQ (far)(step*2), far; \
	VMOVUPS Y7, (far); \
	PREFETCHT0 512(far); \
	VMOVUPS Y2, (far)(step*1); \
	PREFETCHT0 512(far)(step*1); \
	LEAQ (far)(step*2), to

// func winogradWeights8AVX2(u, w *float32, plane, tap int)
// Requires: AVX, FMA3
//
//	u = G·w·Gᵀ    eight kernels side by side: columns into scratch, then rows into the planes
//
// Registers: 5 constants, 9 values; 14 of 16.
TEXT ·winogradWeights8AVX2(SB), 0, $576-32
	MOVQ u+0(FP), to
	MOVQ w+8(FP), at
	LEAQ 0(SP), temp
	MOVQ plane+16(FP), R10
	MOVQ tap+24(FP), pitch
	LEAQ (pitch)(pitch*2), R14
	VBROADCASTSS ·winogradConstants+16(SB), quarter
	VBROADCASTSS ·winogradConstants+20(SB), minusSixth
	VBROADCASTSS ·winogradConstants+24(SB), by24
	VBROADCASTSS ·winogradConstants+28(SB), sixth
	VBROADCASTSS ·winogradConstants+32(SB), twelfth
	WEIGHT_COLUMN(0)
	WEIGHT_COLUMN(1)
	WEIGHT_COLUMN(2)
	WEIGHT_ROW(0)
	WEIGHT_ROW(1)
	WEIGHT_ROW(2)
	WEIGHT_ROW(3)
	WEIGHT_ROW(4)
	WEIGHT_ROW(5)
	VZEROUPPER
	RET

// WEIGHT_GRADIENT transforms u0 to u5 in Y0 to Y5 to g0 to g2 in Y0, Y6, Y5.
#define WEIGHT_GRADIENT \
	VADDPS Y2, Y1, Y7; \
	VSUBPS Y2, Y1, Y6; \
	VADDPS Y4, Y3, Y8; \
	VSUBPS Y4, Y3, Y9; \
	VMULPS quarter, Y0, Y0; \
	VFMADD231PS minusSixth, Y7, Y0; \
	VFMADD231PS by24, Y8, Y0; \
	VMULPS minusSixth, Y6, Y6; \
	VFMADD231PS twelfth, Y9, Y6; \
	VFMADD231PS minusSixth, Y7, Y5; \
	VFMADD231PS sixth, Y8, Y5

// WEIGHT_GRADIENT_COLUMN transforms column j of the planes, the first of which is at; temp is [3][6] registers.
#define WEIGHT_GRADIENT_COLUMN(j) \
	MOVQ at, far; \
	VMOVUPS (far), Y0; \
	ADDQ R14, far; \
	VMOVUPS (far), Y1; \
	ADDQ R14, far; \
	VMOVUPS (far), Y2; \
	ADDQ R14, far; \
	VMOVUPS (far), Y3; \
	ADDQ R14, far; \
	VMOVUPS (far), Y4; \
	ADDQ R14, far; \
	VMOVUPS (far), Y5; \
	WEIGHT_GRADIENT; \
	VMOVUPS Y0, 32*j+0*192(temp); \
	VMOVUPS Y6, 32*j+1*192(temp); \
	VMOVUPS Y5, 32*j+2*192(temp); \
	ADDQ step, at

// WEIGHT_GRADIENT_ROW transforms row i of temp and writes three taps at to.
#define WEIGHT_GRADIENT_ROW(i) \
	VMOVUPS 192*i+0*32(temp), Y0; \
	VMOVUPS 192*i+1*32(temp), Y1; \
	VMOVUPS 192*i+2*32(temp), Y2; \
	VMOVUPS 192*i+3*32(temp), Y3; \
	VMOVUPS 192*i+4*32(temp), Y4; \
	VMOVUPS 192*i+5*32(temp), Y5; \
	WEIGHT_GRADIENT; \
	VMOVUPS Y0, (to); \
	VMOVUPS Y6, (to)(pitch*1); \
	VMOVUPS Y5, (to)(pitch*2); \
	ADDQ pitch, to; \
	LEAQ (to)(pitch*2), to

// func winogradWeightGradient8AVX2(dw, du *float32, tap, plane, n int)
// Requires: AVX, FMA3
//
//	dw = Gᵀ·du·G    n kernels, eight at a time: columns into scratch, then rows into the taps
//
// Registers: 5 constants, 10 values; 15 of 16.
TEXT ·winogradWeightGradient8AVX2(SB), 0, $576-40
	MOVQ dw+0(FP), image
	MOVQ du+8(FP), planes
	LEAQ 0(SP), temp
	MOVQ tap+16(FP), pitch
	MOVQ plane+24(FP), step
	MOVQ n+32(FP), tiles
	SHRQ $3, tiles
	IMUL3Q $6, step, R14
	VBROADCASTSS ·winogradConstants+16(SB), quarter
	VBROADCASTSS ·winogradConstants+20(SB), minusSixth
	VBROADCASTSS ·winogradConstants+24(SB), by24
	VBROADCASTSS ·winogradConstants+28(SB), sixth
	VBROADCASTSS ·winogradConstants+32(SB), twelfth

nextKernels:
	MOVQ planes, at
	WEIGHT_GRADIENT_COLUMN(0)
	WEIGHT_GRADIENT_COLUMN(1)
	WEIGHT_GRADIENT_COLUMN(2)
	WEIGHT_GRADIENT_COLUMN(3)
	WEIGHT_GRADIENT_COLUMN(4)
	WEIGHT_GRADIENT_COLUMN(5)
	MOVQ image, to
	WEIGHT_GRADIENT_ROW(0)
	WEIGHT_GRADIENT_ROW(1)
	WEIGHT_GRADIENT_ROW(2)
	ADDQ $32, image
	ADDQ $32, planes
	DECQ tiles
	JNZ nextKernels
	VZEROUPPER
	RET
