//go:build amd64 && !purego

#include "textflag.h"

// Registers of the kernels that write tensors of a batch: sixteen channels of one pixel at a time, a cache line.
#define to DI
#define from SI
#define other DX
#define left CX
#define stride R8
#define scratch AX
#define evenSum0 Y0
#define evenSum1 Y1
#define evenDot0 Y2
#define evenDot1 Y3
#define oddSum0 Y4
#define oddSum1 Y5
#define oddDot0 Y6
#define oddDot1 Y7

#define CLEAR_CHAINS \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3; \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5; VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7

// PUT_CHAINS adds the odd chains to the even ones and stores them where two arguments point.
#define PUT_CHAINS(sums, dots) \
	VADDPS oddSum0, evenSum0, evenSum0; \
	VADDPS oddSum1, evenSum1, evenSum1; \
	VADDPS oddDot0, evenDot0, evenDot0; \
	VADDPS oddDot1, evenDot1, evenDot1; \
	MOVQ sums, scratch; \
	VMOVUPS evenSum0, (scratch); \
	VMOVUPS evenSum1, 32(scratch); \
	MOVQ dots, scratch; \
	VMOVUPS evenDot0, (scratch); \
	VMOVUPS evenDot1, 32(scratch); \
	SFENCE; \
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

// func storeMoments16AVX2(dst, src, sum, square *float32, pixels, step, stream int)
// Requires: AVX, FMA3
//
//	dst = src, sum = Σ d, square = Σ d²    d = dst − its first pixel; chains of even and of odd pixels
//
// Registers: 8 chains, 2 of the first pixel, 2 temporaries; 12 of 16.
TEXT ·storeMoments16AVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), to
	MOVQ src+8(FP), from
	VMOVUPS (from), Y8
	VMOVUPS 32(from), Y9
	MOVQ pixels+32(FP), left
	MOVQ step+40(FP), stride
	CLEAR_CHAINS
	CMPQ stream+48(FP), $0
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
	PUT_CHAINS(sum+16(FP), square+24(FP))
	RET

// func storeSumMoments16AVX2(dst, src, add, sum, square *float32, pixels, step, stream int)
// Requires: AVX, FMA3
//
//	dst = src + add, sum = Σ d, square = Σ d²    d = dst − its first pixel; chains of even and of odd pixels
//
// Registers: 8 chains, 2 of the first pixel, 2 temporaries; 12 of 16.
TEXT ·storeSumMoments16AVX2(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), to
	MOVQ src+8(FP), from
	MOVQ add+16(FP), other
	VMOVUPS (from), Y8
	VMOVUPS 32(from), Y9
	VADDPS (other), Y8, Y8
	VADDPS 32(other), Y9, Y9
	MOVQ pixels+40(FP), left
	MOVQ step+48(FP), stride
	CLEAR_CHAINS
	CMPQ stream+56(FP), $0
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
	PUT_CHAINS(sum+24(FP), square+32(FP))
	RET

#define means R9
#define scales R10
#define betas R11
#define vleak Y8
#define zero Y9

// GRADIENT_HALF computes eight channels of dz, at byte at, and counts them into chains.
#define GRADIENT_HALF(at, s, q, v) \
	VMOVUPS at(from), Y12; \
	VSUBPS at(means), Y12, Y12; \
	VMOVUPS at(scales), Y13; \
	VFMADD213PS at(betas), Y12, Y13; \
	VMOVUPS at(other), Y14; \
	VMULPS vleak, Y14, Y15; \
	VCMPPS $0x11, zero, Y13, Y13; \
	VBLENDVPS Y13, Y15, Y14, v; \
	VADDPS v, s, s; \
	VFMADD231PS Y12, v, q

#define GRADIENT_PIXEL(s0, s1, q0, q1) \
	GRADIENT_HALF(0, s0, q0, Y10); \
	GRADIENT_HALF(32, s1, q1, Y11); \
	ADDQ stride, from; \
	ADDQ stride, other

// func activateGradient16AVX2(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step, stream int)
// Requires: AVX, FMA3
//
//	dz = z < 0 ? leak·da : da, sum = Σ dz, dot = Σ dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// Registers: 8 chains, leak, 0, 2 of dz, 4 temporaries; 16 of 16. The coefficients are memory operands.
TEXT ·activateGradient16AVX2(SB), NOSPLIT, $0-96
	MOVQ dz+0(FP), to
	MOVQ da+8(FP), other
	MOVQ x+16(FP), from
	MOVQ mean+24(FP), means
	MOVQ scale+32(FP), scales
	MOVQ beta+40(FP), betas
	VBROADCASTSS leak+48(FP), vleak
	VXORPS zero, zero, zero
	MOVQ pixels+72(FP), left
	MOVQ step+80(FP), stride
	CLEAR_CHAINS
	CMPQ stream+88(FP), $0
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
	PUT_CHAINS(sum+56(FP), dot+64(FP))
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

// func normGradientSum16AVX2(dx, halo, dz, x, e, mean, a, b, d *float32, rows, cols, step, gap, haloStep, stream int)
// Requires: AVX, FMA3
//
//	dx = halo = FMA(b, x−mean, FMA(a, dz, d)) + e    [rows][cols] pixels, gap bytes between rows of halo
//
// Registers: 8 coefficients, 2 of dx, 1 temporary; 11 of 16.
TEXT ·normGradientSum16AVX2(SB), NOSPLIT, $0-120
	MOVQ dx+0(FP), to
	MOVQ halo+8(FP), copied
	MOVQ dz+16(FP), other
	MOVQ x+24(FP), from
	MOVQ e+32(FP), extra
	COEFFICIENTS(mean+40(FP), Y0, Y1)
	COEFFICIENTS(a+48(FP), Y2, Y3)
	COEFFICIENTS(b+56(FP), Y4, Y5)
	COEFFICIENTS(d+64(FP), Y6, Y7)
	MOVQ rows+72(FP), rowsLeft
	MOVQ step+88(FP), stride
	MOVQ haloStep+104(FP), haloStride

nextRow:
	MOVQ cols+80(FP), left
	CMPQ stream+112(FP), $0
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
	ADDQ gap+96(FP), copied
	DECQ rowsLeft
	JNZ nextRow
	SFENCE
	VZEROUPPER
	RET
