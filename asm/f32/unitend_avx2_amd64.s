//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels that end a unit: sixteen channels of one pixel at a time, a cache line.
#define to DI
#define from SI
#define other DX
#define left CX
#define stride R8
#define args R15
#define scratch AX
#define copied R13
#define rowsLeft BX
#define haloStride R9
#define shifts R10
#define vleak Y10
#define zero Y15

#define COEFFICIENTS(argument, lo, hi) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), lo; \
	VMOVUPS 32(scratch), hi

// SUM_HALF computes eight channels of a, at byte at. The sign of the sum chooses, which is not −0.
#define SUM_HALF(at, mean, scale, shift, eMean, eScale, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mean, v, v; \
	VFMADD213PS shift, scale, v; \
	VMOVUPS at(other), t; \
	VSUBPS eMean, t, t; \
	VFMADD213PS at(shifts), eScale, t; \
	VADDPS t, v, v; \
	VADDPS zero, v, v; \
	VMULPS vleak, v, t; \
	VBLENDVPS v, t, v, v; \
	VMOVUPS v, at(copied)

#define SUM_PIXEL \
	SUM_HALF(0, Y0, Y2, Y4, Y6, Y8, Y11, Y12); \
	SUM_HALF(32, Y1, Y3, Y5, Y7, Y9, Y13, Y14); \
	ADDQ stride, from; \
	ADDQ stride, other; \
	ADDQ haloStride, copied

#define STORE(lo, hi) \
	VMOVUPS lo, (to); \
	VMOVUPS hi, 32(to); \
	ADDQ stride, to

#define STREAM(lo, hi) \
	VMOVNTPS lo, (to); \
	VMOVNTPS hi, 32(to); \
	ADDQ stride, to

// func activateSum16AVX2(a *activateSumArgs)
// Requires: AVX, FMA3
//
//	dst = halo = leaky(FMA(x−mean, scale, shift) + FMA(e−eMean, eScale, eShift) + 0)
//
// of [rows][cols] pixels, gap bytes between rows of halo. Registers: 10 coefficients, leak, 0, 2 of a, 2 temporaries; 16 of
// 16. The shift of e is a memory operand.
TEXT ·activateSum16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumArgs_dst(args), to
	MOVQ activateSumArgs_halo(args), copied
	MOVQ activateSumArgs_x(args), from
	MOVQ activateSumArgs_e(args), other
	COEFFICIENTS(activateSumArgs_mean(args), Y0, Y1)
	COEFFICIENTS(activateSumArgs_scale(args), Y2, Y3)
	COEFFICIENTS(activateSumArgs_shift(args), Y4, Y5)
	COEFFICIENTS(activateSumArgs_eMean(args), Y6, Y7)
	COEFFICIENTS(activateSumArgs_eScale(args), Y8, Y9)
	MOVQ activateSumArgs_eShift(args), shifts
	VBROADCASTSS activateSumArgs_leak(args), vleak
	VXORPS zero, zero, zero
	MOVQ activateSumArgs_rows(args), rowsLeft
	MOVQ activateSumArgs_step(args), stride
	MOVQ activateSumArgs_haloStep(args), haloStride

nextRow:
	MOVQ activateSumArgs_cols(args), left
	CMPQ activateSumArgs_stream(args), $0
	JNE stream
	PCALIGN $32

store:
	SUM_PIXEL
	STORE(Y11, Y13)
	DECQ left
	JNZ store
	JMP rowDone

stream:
	SUM_PIXEL
	STREAM(Y11, Y13)
	DECQ left
	JNZ stream

rowDone:
	ADDQ activateSumArgs_gap(args), copied
	DECQ rowsLeft
	JNZ nextRow
	VZEROUPPER
	RET

#define extra R11
#define signs R12
#define extraStride R13
#define edge Y11

// GRADIENT_HALF computes eight channels of dz, at byte at, and counts them into chains.
#define GRADIENT_HALF(at, mean, s, q, v) \
	VMOVUPS at(other), v; \
	VADDPS at(extra), v, v; \
	VMULPS vleak, v, Y14; \
	VPCMPGTD at(signs), edge, Y15; \
	VBLENDVPS Y15, Y14, v, v; \
	VMOVUPS at(from), Y14; \
	VSUBPS mean, Y14, Y14; \
	VADDPS v, s, s; \
	VFMADD231PS Y14, v, q

#define GRADIENT_PIXEL(s0, s1, q0, q1) \
	GRADIENT_HALF(0, Y8, s0, q0, Y12); \
	GRADIENT_HALF(32, Y9, s1, q1, Y13); \
	ADDQ stride, from; \
	ADDQ stride, other; \
	ADDQ stride, signs; \
	ADDQ extraStride, extra

#define EVEN GRADIENT_PIXEL(Y0, Y1, Y2, Y3)
#define ODD GRADIENT_PIXEL(Y4, Y5, Y6, Y7)

// TAKE_CHAIN and PUT_CHAIN load and store a pair of chains: the odd one stands a pixel behind the even one.
#define TAKE_CHAIN(odd, even, at) \
	VMOVUPS at(scratch), even; \
	VMOVUPS at(scratch)(stride*1), odd

#define PUT_CHAIN(odd, even, at) \
	VMOVUPS even, at(scratch); \
	VMOVUPS odd, at(scratch)(stride*1)

// func activateSumGradient16AVX2(a *activateSumGradientArgs)
// Requires: AVX2, FMA3
//
//	dz = s < edge ? leak·(da + e) : da + e, sum += dz, dot += dz·(x−mean)
//
// Registers: 8 chains, 2 of the mean, leak, edge, 2 of dz, 2 temporaries; 16 of 16.
TEXT ·activateSumGradient16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumGradientArgs_dz(args), to
	MOVQ activateSumGradientArgs_da(args), other
	MOVQ activateSumGradientArgs_e(args), extra
	MOVQ activateSumGradientArgs_a(args), signs
	MOVQ activateSumGradientArgs_x(args), from
	COEFFICIENTS(activateSumGradientArgs_mean(args), Y8, Y9)
	VBROADCASTSS activateSumGradientArgs_leak(args), vleak
	VBROADCASTSS activateSumGradientArgs_edge(args), edge
	MOVQ activateSumGradientArgs_pixels(args), left
	MOVQ activateSumGradientArgs_step(args), stride
	MOVQ activateSumGradientArgs_eStep(args), extraStride
	MOVQ activateSumGradientArgs_sum(args), scratch
	TAKE_CHAIN(Y4, Y0, 0)
	TAKE_CHAIN(Y5, Y1, 32)
	MOVQ activateSumGradientArgs_dot(args), scratch
	TAKE_CHAIN(Y6, Y2, 0)
	TAKE_CHAIN(Y7, Y3, 32)
	CMPQ activateSumGradientArgs_stream(args), $0
	JNE stream

store:
	SUBQ $2, left
	JLT storeTail
	PCALIGN $32

store2:
	EVEN
	STORE(Y12, Y13)
	ODD
	STORE(Y12, Y13)
	SUBQ $2, left
	JGE store2

storeTail:
	ADDQ $2, left
	JZ end
	EVEN
	STORE(Y12, Y13)
	JMP end

stream:
	SUBQ $2, left
	JLT streamTail
	PCALIGN $32

stream2:
	EVEN
	STREAM(Y12, Y13)
	ODD
	STREAM(Y12, Y13)
	SUBQ $2, left
	JGE stream2

streamTail:
	ADDQ $2, left
	JZ end
	EVEN
	STREAM(Y12, Y13)

end:
	MOVQ activateSumGradientArgs_sum(args), scratch
	PUT_CHAIN(Y4, Y0, 0)
	PUT_CHAIN(Y5, Y1, 32)
	MOVQ activateSumGradientArgs_dot(args), scratch
	PUT_CHAIN(Y6, Y2, 0)
	PUT_CHAIN(Y7, Y3, 32)
	VZEROUPPER
	RET
