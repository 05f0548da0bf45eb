//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels of batch normalization that work on 64, or 32, channels of a pixel: neighbouring lines, so that
// an image that comes from memory is read from front to back.
#define to DI
#define from SI
#define gradient DX
#define left CX
#define stride R8
#define height R9
#define skip R10
#define args R15
#define scratch AX
#define vleak Z12
#define zero Z13

// FETCH loads 32 values from at on.
#define FETCH(at, lo, hi) \
	VMOVUPS (at), lo; \
	VMOVUPS 64(at), hi

// FETCH2 loads 64 values from at on.
#define FETCH2(at, v0, v1, v2, v3) \
	FETCH(at, v0, v1); \
	VMOVUPS 128(at), v2; \
	VMOVUPS 192(at), v3

// ACTIVATE computes the sixteen channels at byte at of a pixel.
#define ACTIVATE(at, mean, scale, beta, v, mask) \
	VMOVUPS at(from), v; \
	VSUBPS mean, v, v; \
	VFMADD213PS beta, scale, v; \
	VCMPPS $1, zero, v, mask; \
	VMULPS vleak, v, mask, v; \
	VMOVUPS v, at(to)

// func activate64AVX512(a *activateArgs)
// Requires: AVX512F
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, 64 channels, gap bytes between rows of dst
//
// Registers: 12 coefficients, leak, 0, 4 values; 18 of 32.
TEXT ·activate64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateArgs_dst(args), to
	MOVQ activateArgs_src(args), from
	MOVQ activateArgs_mean(args), scratch
	FETCH2(scratch, Z0, Z1, Z2, Z3)
	MOVQ activateArgs_scale(args), scratch
	FETCH2(scratch, Z4, Z5, Z6, Z7)
	MOVQ activateArgs_shift(args), scratch
	FETCH2(scratch, Z8, Z9, Z10, Z11)
	VBROADCASTSS activateArgs_leak(args), vleak
	VPXORQ zero, zero, zero
	MOVQ activateArgs_rows(args), height
	MOVQ activateArgs_step(args), stride
	MOVQ activateArgs_gap(args), skip

nextRow:
	MOVQ activateArgs_cols(args), left
	PCALIGN $64

loop:
	ACTIVATE(0, Z0, Z4, Z8, Z16, K1)
	ACTIVATE(64, Z1, Z5, Z9, Z17, K2)
	ACTIVATE(128, Z2, Z6, Z10, Z18, K3)
	ACTIVATE(192, Z3, Z7, Z11, Z19, K4)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ skip, to
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func activate32AVX512(a *activateArgs)
// Requires: AVX512F
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, 32 channels, gap bytes between rows of dst
//
// Registers: 6 coefficients, leak, 0, 2 values; 10 of 32.
TEXT ·activate32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateArgs_dst(args), to
	MOVQ activateArgs_src(args), from
	MOVQ activateArgs_mean(args), scratch
	FETCH(scratch, Z0, Z1)
	MOVQ activateArgs_scale(args), scratch
	FETCH(scratch, Z4, Z5)
	MOVQ activateArgs_shift(args), scratch
	FETCH(scratch, Z8, Z9)
	VBROADCASTSS activateArgs_leak(args), vleak
	VPXORQ zero, zero, zero
	MOVQ activateArgs_rows(args), height
	MOVQ activateArgs_step(args), stride
	MOVQ activateArgs_gap(args), skip

nextRow:
	MOVQ activateArgs_cols(args), left
	PCALIGN $64

loop:
	ACTIVATE(0, Z0, Z4, Z8, Z16, K1)
	ACTIVATE(64, Z1, Z5, Z9, Z17, K2)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ skip, to
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// NORM computes the sixteen channels at byte at of dx.
#define NORM(at, mean, aa, bb, dd, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mean, v, v; \
	VMOVUPS at(gradient), t; \
	VFMADD213PS dd, aa, t; \
	VFMADD213PS t, bb, v; \
	VMOVUPS v, at(to)

// func normGradient64AVX512(a *normGradientArgs)
// Requires: AVX512F
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, 64 channels, gap bytes between rows of dx
//
// Registers: 16 coefficients, 8 values; 24 of 32.
TEXT ·normGradient64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientArgs_dx(args), to
	MOVQ normGradientArgs_dz(args), gradient
	MOVQ normGradientArgs_x(args), from
	MOVQ normGradientArgs_mean(args), scratch
	FETCH2(scratch, Z0, Z1, Z2, Z3)
	MOVQ normGradientArgs_a(args), scratch
	FETCH2(scratch, Z4, Z5, Z6, Z7)
	MOVQ normGradientArgs_b(args), scratch
	FETCH2(scratch, Z8, Z9, Z10, Z11)
	MOVQ normGradientArgs_d(args), scratch
	FETCH2(scratch, Z12, Z13, Z14, Z15)
	MOVQ normGradientArgs_rows(args), height
	MOVQ normGradientArgs_step(args), stride
	MOVQ normGradientArgs_gap(args), skip

nextRow:
	MOVQ normGradientArgs_cols(args), left
	PCALIGN $64

loop:
	NORM(0, Z0, Z4, Z8, Z12, Z16, Z20)
	NORM(64, Z1, Z5, Z9, Z13, Z17, Z21)
	NORM(128, Z2, Z6, Z10, Z14, Z18, Z22)
	NORM(192, Z3, Z7, Z11, Z15, Z19, Z23)
	ADDQ stride, from
	ADDQ stride, gradient
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ skip, to
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func normGradient32AVX512(a *normGradientArgs)
// Requires: AVX512F
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, 32 channels, gap bytes between rows of dx
//
// Registers: 8 coefficients, 4 values; 12 of 32.
TEXT ·normGradient32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientArgs_dx(args), to
	MOVQ normGradientArgs_dz(args), gradient
	MOVQ normGradientArgs_x(args), from
	MOVQ normGradientArgs_mean(args), scratch
	FETCH(scratch, Z0, Z1)
	MOVQ normGradientArgs_a(args), scratch
	FETCH(scratch, Z4, Z5)
	MOVQ normGradientArgs_b(args), scratch
	FETCH(scratch, Z8, Z9)
	MOVQ normGradientArgs_d(args), scratch
	FETCH(scratch, Z12, Z13)
	MOVQ normGradientArgs_rows(args), height
	MOVQ normGradientArgs_step(args), stride
	MOVQ normGradientArgs_gap(args), skip

nextRow:
	MOVQ normGradientArgs_cols(args), left
	PCALIGN $64

loop:
	NORM(0, Z0, Z4, Z8, Z12, Z16, Z20)
	NORM(64, Z1, Z5, Z9, Z13, Z17, Z21)
	ADDQ stride, from
	ADDQ stride, gradient
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ skip, to
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET
