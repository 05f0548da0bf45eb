//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels that write tensors of a batch: sixteen channels of one pixel at a time, a cache line.
#define to DI
#define from SI
#define other DX
#define left CX
#define stride R8
#define args R15
#define scratch AX
#define evenSum0 Y0
#define evenSum1 Y1
#define evenDot0 Y2
#define evenDot1 Y3
#define oddSum0 Y4
#define oddSum1 Y5
#define oddDot0 Y6
#define oddDot1 Y7

// TAKE_CHAINS and PUT_CHAINS load and store the chains where two arguments point: the odd ones stand a pixel behind the
// even ones.
#define TAKE_CHAINS(sums, dots) \
	MOVQ sums, scratch; \
	VMOVUPS (scratch), evenSum0; \
	VMOVUPS 32(scratch), evenSum1; \
	VMOVUPS (scratch)(stride*1), oddSum0; \
	VMOVUPS 32(scratch)(stride*1), oddSum1; \
	MOVQ dots, scratch; \
	VMOVUPS (scratch), evenDot0; \
	VMOVUPS 32(scratch), evenDot1; \
	VMOVUPS (scratch)(stride*1), oddDot0; \
	VMOVUPS 32(scratch)(stride*1), oddDot1

#define PUT_CHAINS(sums, dots) \
	MOVQ sums, scratch; \
	VMOVUPS evenSum0, (scratch); \
	VMOVUPS evenSum1, 32(scratch); \
	VMOVUPS oddSum0, (scratch)(stride*1); \
	VMOVUPS oddSum1, 32(scratch)(stride*1); \
	MOVQ dots, scratch; \
	VMOVUPS evenDot0, (scratch); \
	VMOVUPS evenDot1, 32(scratch); \
	VMOVUPS oddDot0, (scratch)(stride*1); \
	VMOVUPS oddDot1, 32(scratch)(stride*1); \
	VZEROUPPER

// COUNT_MOMENT counts the pixel in Y10 and Y11, less the first one, into chains.
#define COUNT_MOMENT(s0, s1, q0, q1) \
	VSUBPS Y8, Y10, Y10; \
	VSUBPS Y9, Y11, Y11; \
	VADDPS Y10, s0, s0; \
	VADDPS Y11, s1, s1; \
	VFMADD231PS Y10, Y10, q0; \
	VFMADD231PS Y11, Y11, q1

#define LOAD_PIXEL \
	VMOVUPS (from), Y10; \
	VMOVUPS 32(from), Y11; \
	ADDQ stride, from

#define LOAD_SUM \
	VMOVUPS (from), Y10; \
	VMOVUPS 32(from), Y11; \
	VADDPS (other), Y10, Y10; \
	VADDPS 32(other), Y11, Y11; \
	ADDQ stride, from; \
	ADDQ stride, other

#define STORE_PIXEL \
	VMOVUPS Y10, (to); \
	VMOVUPS Y11, 32(to); \
	ADDQ stride, to

#define STREAM_PIXEL \
	VMOVNTPS Y10, (to); \
	VMOVNTPS Y11, 32(to); \
	ADDQ stride, to

// func storeMoments16AVX2(a *storeMomentsArgs)
// Requires: AVX, FMA3
//
//	dst = src, sum += d, square += d²    d = dst − first; chains of even and of odd pixels
//
// Registers: 8 chains, 2 of the first pixel, 2 temporaries; 12 of 16.
TEXT ·storeMoments16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ storeMomentsArgs_dst(args), to
	MOVQ storeMomentsArgs_src(args), from
	MOVQ storeMomentsArgs_first(args), scratch
	VMOVUPS (scratch), Y8
	VMOVUPS 32(scratch), Y9
	MOVQ storeMomentsArgs_pixels(args), left
	MOVQ storeMomentsArgs_step(args), stride
	TAKE_CHAINS(storeMomentsArgs_sum(args), storeMomentsArgs_square(args))
	CMPQ storeMomentsArgs_stream(args), $0
	JNE stream

store:
	SUBQ $2, left
	JLT storeTail
	PCALIGN $32

store2:
	LOAD_PIXEL
	STORE_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	LOAD_PIXEL
	STORE_PIXEL
	COUNT_MOMENT(oddSum0, oddSum1, oddDot0, oddDot1)
	SUBQ $2, left
	JGE store2

storeTail:
	ADDQ $2, left
	JZ end
	LOAD_PIXEL
	STORE_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	JMP end

stream:
	SUBQ $2, left
	JLT streamTail
	PCALIGN $32

stream2:
	LOAD_PIXEL
	STREAM_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	LOAD_PIXEL
	STREAM_PIXEL
	COUNT_MOMENT(oddSum0, oddSum1, oddDot0, oddDot1)
	SUBQ $2, left
	JGE stream2

streamTail:
	ADDQ $2, left
	JZ end
	LOAD_PIXEL
	STREAM_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	JMP end

end:
	PUT_CHAINS(storeMomentsArgs_sum(args), storeMomentsArgs_square(args))
	RET

// func storeSumMoments16AVX2(a *storeMomentsArgs)
// Requires: AVX, FMA3
//
//	dst = src + add, sum += d, square += d²    d = dst − first; chains of even and of odd pixels
//
// Registers: 8 chains, 2 of the first pixel, 2 temporaries; 12 of 16.
TEXT ·storeSumMoments16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ storeMomentsArgs_dst(args), to
	MOVQ storeMomentsArgs_src(args), from
	MOVQ storeMomentsArgs_add(args), other
	MOVQ storeMomentsArgs_first(args), scratch
	VMOVUPS (scratch), Y8
	VMOVUPS 32(scratch), Y9
	MOVQ storeMomentsArgs_pixels(args), left
	MOVQ storeMomentsArgs_step(args), stride
	TAKE_CHAINS(storeMomentsArgs_sum(args), storeMomentsArgs_square(args))
	CMPQ storeMomentsArgs_stream(args), $0
	JNE stream

store:
	SUBQ $2, left
	JLT storeTail
	PCALIGN $32

store2:
	LOAD_SUM
	STORE_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	LOAD_SUM
	STORE_PIXEL
	COUNT_MOMENT(oddSum0, oddSum1, oddDot0, oddDot1)
	SUBQ $2, left
	JGE store2

storeTail:
	ADDQ $2, left
	JZ end
	LOAD_SUM
	STORE_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	JMP end

stream:
	SUBQ $2, left
	JLT streamTail
	PCALIGN $32

stream2:
	LOAD_SUM
	STREAM_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	LOAD_SUM
	STREAM_PIXEL
	COUNT_MOMENT(oddSum0, oddSum1, oddDot0, oddDot1)
	SUBQ $2, left
	JGE stream2

streamTail:
	ADDQ $2, left
	JZ end
	LOAD_SUM
	STREAM_PIXEL
	COUNT_MOMENT(evenSum0, evenSum1, evenDot0, evenDot1)
	JMP end

end:
	PUT_CHAINS(storeMomentsArgs_sum(args), storeMomentsArgs_square(args))
	RET

#define means R9
#define scales R10
#define betas R11
#define vleak Y8
#define edge Y9

// GRADIENT_HALF computes eight channels of dz, at byte at, and counts them into chains.
#define GRADIENT_HALF(at, s, q, v) \
	VMOVUPS at(from), Y12; \
	VSUBPS at(means), Y12, Y12; \
	VMOVUPS at(scales), Y13; \
	VFMADD213PS at(betas), Y12, Y13; \
	VMOVUPS at(other), Y14; \
	VMULPS vleak, Y14, Y15; \
	VCMPPS $0x11, edge, Y13, Y13; \
	VBLENDVPS Y13, Y15, Y14, v; \
	VADDPS v, s, s; \
	VFMADD231PS Y12, v, q

#define GRADIENT_PIXEL(s0, s1, q0, q1) \
	GRADIENT_HALF(0, s0, q0, Y10); \
	GRADIENT_HALF(32, s1, q1, Y11); \
	ADDQ stride, from; \
	ADDQ stride, other

// func activateGradient16AVX2(a *activateGradientArgs)
// Requires: AVX, FMA3
//
//	dz = z < edge ? leak·da : da, sum += dz, dot += dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// Registers: 8 chains, leak, edge, 2 of dz, 4 temporaries; 16 of 16. The coefficients are memory operands.
TEXT ·activateGradient16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateGradientArgs_dz(args), to
	MOVQ activateGradientArgs_da(args), other
	MOVQ activateGradientArgs_x(args), from
	MOVQ activateGradientArgs_mean(args), means
	MOVQ activateGradientArgs_scale(args), scales
	MOVQ activateGradientArgs_shift(args), betas
	VBROADCASTSS activateGradientArgs_leak(args), vleak
	VBROADCASTSS activateGradientArgs_edge(args), edge
	MOVQ activateGradientArgs_pixels(args), left
	MOVQ activateGradientArgs_step(args), stride
	TAKE_CHAINS(activateGradientArgs_sum(args), activateGradientArgs_dot(args))
	CMPQ activateGradientArgs_stream(args), $0
	JNE stream

store:
	SUBQ $2, left
	JLT storeTail
	PCALIGN $32

store2:
	GRADIENT_PIXEL(evenSum0, evenSum1, evenDot0, evenDot1)
	STORE_PIXEL
	GRADIENT_PIXEL(oddSum0, oddSum1, oddDot0, oddDot1)
	STORE_PIXEL
	SUBQ $2, left
	JGE store2

storeTail:
	ADDQ $2, left
	JZ end
	GRADIENT_PIXEL(evenSum0, evenSum1, evenDot0, evenDot1)
	STORE_PIXEL
	JMP end

stream:
	SUBQ $2, left
	JLT streamTail
	PCALIGN $32

stream2:
	GRADIENT_PIXEL(evenSum0, evenSum1, evenDot0, evenDot1)
	STREAM_PIXEL
	GRADIENT_PIXEL(oddSum0, oddSum1, oddDot0, oddDot1)
	STREAM_PIXEL
	SUBQ $2, left
	JGE stream2

streamTail:
	ADDQ $2, left
	JZ end
	GRADIENT_PIXEL(evenSum0, evenSum1, evenDot0, evenDot1)
	STREAM_PIXEL
	JMP end

end:
	PUT_CHAINS(activateGradientArgs_sum(args), activateGradientArgs_dot(args))
	RET

#define rowsLeft BX
#define extra R12
#define copied R13
#define haloStride R9

// NORM_SUM computes eight channels of dx, at byte at.
#define NORM_SUM(at, mm, aa, bb, dd, v) \
	VMOVUPS at(from), Y12; \
	VSUBPS mm, Y12, Y12; \
	VMOVUPS at(other), v; \
	VFMADD213PS dd, aa, v; \
	VFMADD231PS Y12, bb, v; \
	VADDPS at(extra), v, v

#define NORM_SUM_PIXEL \
	NORM_SUM(0, Y0, Y2, Y4, Y6, Y10); \
	NORM_SUM(32, Y1, Y3, Y5, Y7, Y11); \
	VMOVUPS Y10, (copied); \
	VMOVUPS Y11, 32(copied); \
	ADDQ stride, from; \
	ADDQ stride, other; \
	ADDQ stride, extra; \
	ADDQ haloStride, copied

#define COEFFICIENTS(argument, lo, hi) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), lo; \
	VMOVUPS 32(scratch), hi

// func normGradientSum16AVX2(a *normGradientSumArgs)
// Requires: AVX, FMA3
//
//	dx = halo = FMA(b, x−mean, FMA(a, dz, d)) + e    [rows][cols] pixels, gap bytes between rows of halo
//
// Registers: 8 coefficients, 2 of dx, 1 temporary; 11 of 16.
TEXT ·normGradientSum16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientSumArgs_dx(args), to
	MOVQ normGradientSumArgs_halo(args), copied
	MOVQ normGradientSumArgs_dz(args), other
	MOVQ normGradientSumArgs_x(args), from
	MOVQ normGradientSumArgs_e(args), extra
	COEFFICIENTS(normGradientSumArgs_mean(args), Y0, Y1)
	COEFFICIENTS(normGradientSumArgs_a(args), Y2, Y3)
	COEFFICIENTS(normGradientSumArgs_b(args), Y4, Y5)
	COEFFICIENTS(normGradientSumArgs_d(args), Y6, Y7)
	MOVQ normGradientSumArgs_rows(args), rowsLeft
	MOVQ normGradientSumArgs_step(args), stride
	MOVQ normGradientSumArgs_haloStep(args), haloStride

nextRow:
	MOVQ normGradientSumArgs_cols(args), left
	CMPQ normGradientSumArgs_stream(args), $0
	JNE stream

store:
	NORM_SUM_PIXEL
	STORE_PIXEL
	DECQ left
	JNZ store
	JMP rowDone

stream:
	NORM_SUM_PIXEL
	STREAM_PIXEL
	DECQ left
	JNZ stream

rowDone:
	ADDQ normGradientSumArgs_gap(args), copied
	DECQ rowsLeft
	JNZ nextRow
	VZEROUPPER
	RET
