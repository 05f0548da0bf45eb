//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels of batch normalization: eight channels of one pixel at a time.
#define to DI
#define from SI
#define gradient DX
#define left CX
#define stride R8
#define args R15
#define scratch AX
#define vmean Y0
#define vscale Y1
#define vbeta Y2
#define vleak Y3
#define zero Y4
#define edge Y4
#define sum0 Y5
#define sum1 Y6
#define dot0 Y7
#define dot1 Y8

// LEAKY sets a to z, or to leak·z where z < 0.
#define LEAKY(z, a, t, mask) \
	VMULPS vleak, z, t; \
	VCMPPS $0x11, zero, z, mask; \
	VBLENDVPS mask, t, z, a

// FETCH loads the eight values that an argument points to.
#define FETCH(argument, v) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), v

// func activate8AVX2(a *activateArgs)
// Requires: AVX, FMA3
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, gap bytes between rows of dst
//
// Registers: 4 coefficients, 0, 4 temporaries; 9 of 16.
TEXT ·activate8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateArgs_dst(args), to
	MOVQ activateArgs_src(args), from
	FETCH(activateArgs_mean(args), vmean)
	FETCH(activateArgs_scale(args), vscale)
	FETCH(activateArgs_shift(args), vbeta)
	VBROADCASTSS activateArgs_leak(args), vleak
	VXORPS zero, zero, zero
	MOVQ activateArgs_rows(args), R9
	MOVQ activateArgs_step(args), stride
	MOVQ activateArgs_gap(args), R10

nextRow:
	MOVQ activateArgs_cols(args), left

loop:
	VMOVUPS (from), Y9
	VSUBPS vmean, Y9, Y9
	VFMADD213PS vbeta, vscale, Y9
	LEAKY(Y9, Y9, Y10, Y11)
	VMOVUPS Y9, (to)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// ACTIVATE computes the eight channels at byte at of the pixel at src. The sign of z chooses: leak·(−0) is −0 too.
#define ACTIVATE(at, mm, ss, bb, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mm, v, v; \
	VFMADD213PS bb, ss, v; \
	VMULPS vleak, v, t; \
	VBLENDVPS v, t, v, v; \
	VMOVUPS v, at(to)

// func activate16AVX2(a *activateArgs)
// Requires: AVX, FMA3
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, sixteen channels, gap bytes between rows of dst
//
// Registers: 6 coefficients, leak, 4 temporaries; 11 of 16.
TEXT ·activate16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateArgs_dst(args), to
	MOVQ activateArgs_src(args), from
	FETCH(activateArgs_mean(args), Y0)
	VMOVUPS 32(scratch), Y5
	FETCH(activateArgs_scale(args), Y1)
	VMOVUPS 32(scratch), Y6
	FETCH(activateArgs_shift(args), Y2)
	VMOVUPS 32(scratch), Y7
	VBROADCASTSS activateArgs_leak(args), vleak
	MOVQ activateArgs_rows(args), R9
	MOVQ activateArgs_step(args), stride
	MOVQ activateArgs_gap(args), R10

nextRow:
	MOVQ activateArgs_cols(args), left
	PCALIGN $32

loop:
	ACTIVATE(0, Y0, Y1, Y2, Y9, Y10)
	ACTIVATE(32, Y5, Y6, Y7, Y11, Y12)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// GRADIENT computes dz of the pixel at src and counts it into one pair of chains.
#define GRADIENT(s, q) \
	VMOVUPS (from), Y9; \
	VSUBPS vmean, Y9, Y9; \
	VMOVAPS Y9, Y10; \
	VFMADD213PS vbeta, vscale, Y10; \
	VMOVUPS (gradient), Y11; \
	VMULPS vleak, Y11, Y12; \
	VCMPPS $0x11, edge, Y10, Y13; \
	VBLENDVPS Y13, Y12, Y11, Y11; \
	VMOVUPS Y11, (to); \
	VADDPS Y11, s, s; \
	VFMADD231PS Y9, Y11, q

#define NEXT_GRADIENT \
	ADDQ stride, from; \
	ADDQ stride, gradient; \
	ADDQ stride, to

// func activateGradient8AVX2(a *activateGradientArgs)
// Requires: AVX, FMA3
//
//	dz = z < edge ? leak·da : da, sum += dz, dot += dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// Registers: 4 coefficients, edge, 4 chains, 5 temporaries; 14 of 16.
TEXT ·activateGradient8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateGradientArgs_dz(args), to
	MOVQ activateGradientArgs_da(args), gradient
	MOVQ activateGradientArgs_x(args), from
	FETCH(activateGradientArgs_mean(args), vmean)
	FETCH(activateGradientArgs_scale(args), vscale)
	FETCH(activateGradientArgs_shift(args), vbeta)
	VBROADCASTSS activateGradientArgs_leak(args), vleak
	VBROADCASTSS activateGradientArgs_edge(args), edge
	MOVQ activateGradientArgs_pixels(args), left
	MOVQ activateGradientArgs_step(args), stride
	MOVQ activateGradientArgs_sum(args), scratch
	VMOVUPS (scratch), sum0
	VMOVUPS (scratch)(stride*1), sum1
	MOVQ activateGradientArgs_dot(args), scratch
	VMOVUPS (scratch), dot0
	VMOVUPS (scratch)(stride*1), dot1
	SUBQ $2, left
	JLT tail

loop2:
	GRADIENT(sum0, dot0)
	NEXT_GRADIENT
	GRADIENT(sum1, dot1)
	NEXT_GRADIENT
	SUBQ $2, left
	JGE loop2

tail:
	ADDQ $2, left
	JZ store
	GRADIENT(sum0, dot0)

store:
	MOVQ activateGradientArgs_sum(args), scratch
	VMOVUPS sum0, (scratch)
	VMOVUPS sum1, (scratch)(stride*1)
	MOVQ activateGradientArgs_dot(args), scratch
	VMOVUPS dot0, (scratch)
	VMOVUPS dot1, (scratch)(stride*1)
	VZEROUPPER
	RET

// func normGradient8AVX2(a *normGradientArgs)
// Requires: AVX, FMA3
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, gap bytes between rows of dx
//
// Registers: 4 coefficients, 2 temporaries; 6 of 16.
TEXT ·normGradient8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientArgs_dx(args), to
	MOVQ normGradientArgs_dz(args), gradient
	MOVQ normGradientArgs_x(args), from
	FETCH(normGradientArgs_mean(args), vmean)
	FETCH(normGradientArgs_a(args), Y1)
	FETCH(normGradientArgs_b(args), Y2)
	FETCH(normGradientArgs_d(args), Y3)
	MOVQ normGradientArgs_rows(args), R9
	MOVQ normGradientArgs_step(args), stride
	MOVQ normGradientArgs_gap(args), R10

nextRow:
	MOVQ normGradientArgs_cols(args), left

loop:
	VMOVUPS (from), Y9
	VSUBPS vmean, Y9, Y9
	VMOVUPS (gradient), Y10
	VFMADD213PS Y3, Y1, Y10
	VFMADD213PS Y10, Y2, Y9
	VMOVUPS Y9, (to)
	NEXT_GRADIENT
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// NORM computes the eight channels at byte at of dx.
#define NORM(at, mm, aa, bb, dd, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mm, v, v; \
	VMOVUPS at(gradient), t; \
	VFMADD213PS dd, aa, t; \
	VFMADD213PS t, bb, v; \
	VMOVUPS v, at(to)

// func normGradient16AVX2(a *normGradientArgs)
// Requires: AVX, FMA3
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, sixteen channels, gap bytes between rows of dx
//
// Registers: 8 coefficients, 4 temporaries; 12 of 16.
TEXT ·normGradient16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientArgs_dx(args), to
	MOVQ normGradientArgs_dz(args), gradient
	MOVQ normGradientArgs_x(args), from
	FETCH(normGradientArgs_mean(args), Y0)
	VMOVUPS 32(scratch), Y4
	FETCH(normGradientArgs_a(args), Y1)
	VMOVUPS 32(scratch), Y5
	FETCH(normGradientArgs_b(args), Y2)
	VMOVUPS 32(scratch), Y6
	FETCH(normGradientArgs_d(args), Y3)
	VMOVUPS 32(scratch), Y7
	MOVQ normGradientArgs_rows(args), R9
	MOVQ normGradientArgs_step(args), stride
	MOVQ normGradientArgs_gap(args), R10

nextRow:
	MOVQ normGradientArgs_cols(args), left
	PCALIGN $32

loop:
	NORM(0, Y0, Y1, Y2, Y3, Y9, Y10)
	NORM(32, Y4, Y5, Y6, Y7, Y11, Y12)
	NEXT_GRADIENT
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET
