//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels that write tensors of a batch, 64 or 32 channels of a pixel at a time: Z0 to Z3 are the pixel,
// the chains stand behind them.
#define to DI
#define from SI
#define other DX
#define left CX
#define stride R8
#define past R9
#define args R15
#define scratch AX
#define sums R13
#define dots R14
#define evenSum0 Z8
#define evenSum1 Z9
#define evenSum2 Z10
#define evenSum3 Z11
#define evenDot0 Z12
#define evenDot1 Z13
#define evenDot2 Z14
#define evenDot3 Z15
#define oddSum0 Z16
#define oddSum1 Z17
#define oddSum2 Z18
#define oddSum3 Z19
#define oddDot0 Z20
#define oddDot1 Z21
#define oddDot2 Z22
#define oddDot3 Z23

// TAKE_CHAIN and PUT_CHAIN load and store line at of the chains: the odd ones stand a pixel behind the even ones.
#define TAKE_CHAIN(at, evenSum, oddSum, evenDot, oddDot) \
	VMOVUPS at(sums), evenSum; \
	VMOVUPS at(sums)(stride*1), oddSum; \
	VMOVUPS at(dots), evenDot; \
	VMOVUPS at(dots)(stride*1), oddDot

#define PUT_CHAIN(at, evenSum, oddSum, evenDot, oddDot) \
	VMOVUPS evenSum, at(sums); \
	VMOVUPS oddSum, at(sums)(stride*1); \
	VMOVUPS evenDot, at(dots); \
	VMOVUPS oddDot, at(dots)(stride*1)

#define TAKE_CHAINS32 \
	TAKE_CHAIN(0, evenSum0, oddSum0, evenDot0, oddDot0); \
	TAKE_CHAIN(64, evenSum1, oddSum1, evenDot1, oddDot1)

#define TAKE_CHAINS64 \
	TAKE_CHAINS32; \
	TAKE_CHAIN(128, evenSum2, oddSum2, evenDot2, oddDot2); \
	TAKE_CHAIN(192, evenSum3, oddSum3, evenDot3, oddDot3)

#define PUT_CHAINS32 \
	PUT_CHAIN(0, evenSum0, oddSum0, evenDot0, oddDot0); \
	PUT_CHAIN(64, evenSum1, oddSum1, evenDot1, oddDot1)

#define PUT_CHAINS64 \
	PUT_CHAINS32; \
	PUT_CHAIN(128, evenSum2, oddSum2, evenDot2, oddDot2); \
	PUT_CHAIN(192, evenSum3, oddSum3, evenDot3, oddDot3)

#define LOAD32 \
	VMOVUPS (from), Z0; \
	VMOVUPS 64(from), Z1

#define LOAD64 \
	LOAD32; \
	VMOVUPS 128(from), Z2; \
	VMOVUPS 192(from), Z3

#define ADD32 \
	VADDPS (other), Z0, Z0; \
	VADDPS 64(other), Z1, Z1

#define ADD64 \
	ADD32; \
	VADDPS 128(other), Z2, Z2; \
	VADDPS 192(other), Z3, Z3

#define STORE32 \
	VMOVUPS Z0, (to); \
	VMOVUPS Z1, 64(to)

#define STORE64 \
	STORE32; \
	VMOVUPS Z2, 128(to); \
	VMOVUPS Z3, 192(to)

#define STREAM32 \
	VMOVNTPS Z0, (to); \
	VMOVNTPS Z1, 64(to)

#define STREAM64 \
	STREAM32; \
	VMOVNTPS Z2, 128(to); \
	VMOVNTPS Z3, 192(to)

#define NEXT_PIXEL \
	ADDQ stride, from; \
	ADDQ stride, other; \
	ADDQ stride, to

// COUNT counts a line of the pixel, less the first pixel, into chains.
#define COUNT(v, first, s, q) \
	VSUBPS first, v, v; \
	VADDPS v, s, s; \
	VFMADD231PS v, v, q

// func storeMoments64AVX512(a *storeMomentsArgs)
// Requires: AVX512F
//
//	dst = src + add, sum += d, square += d²    d = dst − first; chains of even and of odd pixels
//
// of 64 channels; without add where that is nil. Registers: 16 chains, 4 of the first pixel, 4 of the pixel; 24 of 32.
TEXT ·storeMoments64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ storeMomentsArgs_dst(args), to
	MOVQ storeMomentsArgs_src(args), from
	MOVQ storeMomentsArgs_add(args), other
	MOVQ storeMomentsArgs_pixels(args), left
	MOVQ storeMomentsArgs_step(args), stride
	MOVQ storeMomentsArgs_stream(args), past
	MOVQ storeMomentsArgs_sum(args), sums
	MOVQ storeMomentsArgs_square(args), dots
	TAKE_CHAINS64
	MOVQ storeMomentsArgs_first(args), scratch
	VMOVUPS (scratch), Z4
	VMOVUPS 64(scratch), Z5
	VMOVUPS 128(scratch), Z6
	VMOVUPS 192(scratch), Z7
	PCALIGN $64

even:
	LOAD64
	TESTQ other, other
	JZ evenWhole
	ADD64
	ADDQ stride, other

evenWhole:
	TESTQ past, past
	JNZ evenStream
	STORE64
	JMP evenCount

evenStream:
	STREAM64

evenCount:
	COUNT(Z0, Z4, evenSum0, evenDot0)
	COUNT(Z1, Z5, evenSum1, evenDot1)
	COUNT(Z2, Z6, evenSum2, evenDot2)
	COUNT(Z3, Z7, evenSum3, evenDot3)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JZ end

odd:
	LOAD64
	TESTQ other, other
	JZ oddWhole
	ADD64
	ADDQ stride, other

oddWhole:
	TESTQ past, past
	JNZ oddStream
	STORE64
	JMP oddCount

oddStream:
	STREAM64

oddCount:
	COUNT(Z0, Z4, oddSum0, oddDot0)
	COUNT(Z1, Z5, oddSum1, oddDot1)
	COUNT(Z2, Z6, oddSum2, oddDot2)
	COUNT(Z3, Z7, oddSum3, oddDot3)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ even

end:
	PUT_CHAINS64
	VZEROUPPER
	RET

// func storeMoments32AVX512(a *storeMomentsArgs)
// Requires: AVX512F
//
//	dst = src + add, sum += d, square += d²    d = dst − first; chains of even and of odd pixels
//
// of 32 channels; without add where that is nil. Registers: 8 chains, 2 of the first pixel, 2 of the pixel; 12 of 32.
TEXT ·storeMoments32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ storeMomentsArgs_dst(args), to
	MOVQ storeMomentsArgs_src(args), from
	MOVQ storeMomentsArgs_add(args), other
	MOVQ storeMomentsArgs_pixels(args), left
	MOVQ storeMomentsArgs_step(args), stride
	MOVQ storeMomentsArgs_stream(args), past
	MOVQ storeMomentsArgs_sum(args), sums
	MOVQ storeMomentsArgs_square(args), dots
	TAKE_CHAINS32
	MOVQ storeMomentsArgs_first(args), scratch
	VMOVUPS (scratch), Z4
	VMOVUPS 64(scratch), Z5
	PCALIGN $64

even:
	LOAD32
	TESTQ other, other
	JZ evenWhole
	ADD32
	ADDQ stride, other

evenWhole:
	TESTQ past, past
	JNZ evenStream
	STORE32
	JMP evenCount

evenStream:
	STREAM32

evenCount:
	COUNT(Z0, Z4, evenSum0, evenDot0)
	COUNT(Z1, Z5, evenSum1, evenDot1)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JZ end

odd:
	LOAD32
	TESTQ other, other
	JZ oddWhole
	ADD32
	ADDQ stride, other

oddWhole:
	TESTQ past, past
	JNZ oddStream
	STORE32
	JMP oddCount

oddStream:
	STREAM32

oddCount:
	COUNT(Z0, Z4, oddSum0, oddDot0)
	COUNT(Z1, Z5, oddSum1, oddDot1)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ even

end:
	PUT_CHAINS32
	VZEROUPPER
	RET

#define means R10
#define scales R11
#define betas R12
#define vleak Z24
#define edge Z25

// GRADIENT computes the sixteen channels at byte at of dz, v, and counts them into chains.
#define GRADIENT(at, v, c, t, mask, s, q) \
	VMOVUPS at(from), c; \
	VSUBPS at(means), c, c; \
	VMOVUPS at(scales), t; \
	VFMADD213PS at(betas), c, t; \
	VMOVUPS at(other), v; \
	VCMPPS $1, edge, t, mask; \
	VMULPS vleak, v, mask, v; \
	VADDPS v, s, s; \
	VFMADD231PS c, v, q

// func activateGradient64AVX512(a *activateGradientArgs)
// Requires: AVX512F
//
//	dz = z < edge ? leak·da : da, sum += dz, dot += dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// of 64 channels. Registers: 16 chains, leak, edge, 12 values; 30 of 32. The coefficients are memory operands.
TEXT ·activateGradient64AVX512(SB), NOSPLIT, $0-8
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
	MOVQ activateGradientArgs_stream(args), past
	MOVQ activateGradientArgs_sum(args), sums
	MOVQ activateGradientArgs_dot(args), dots
	TAKE_CHAINS64
	PCALIGN $64

even:
	GRADIENT(0, Z0, Z4, Z26, K1, evenSum0, evenDot0)
	GRADIENT(64, Z1, Z5, Z27, K2, evenSum1, evenDot1)
	GRADIENT(128, Z2, Z6, Z28, K3, evenSum2, evenDot2)
	GRADIENT(192, Z3, Z7, Z29, K4, evenSum3, evenDot3)
	TESTQ past, past
	JNZ evenStream
	STORE64
	JMP evenNext

evenStream:
	STREAM64

evenNext:
	NEXT_PIXEL
	DECQ left
	JZ end

odd:
	GRADIENT(0, Z0, Z4, Z26, K1, oddSum0, oddDot0)
	GRADIENT(64, Z1, Z5, Z27, K2, oddSum1, oddDot1)
	GRADIENT(128, Z2, Z6, Z28, K3, oddSum2, oddDot2)
	GRADIENT(192, Z3, Z7, Z29, K4, oddSum3, oddDot3)
	TESTQ past, past
	JNZ oddStream
	STORE64
	JMP oddNext

oddStream:
	STREAM64

oddNext:
	NEXT_PIXEL
	DECQ left
	JNZ even

end:
	PUT_CHAINS64
	VZEROUPPER
	RET

// func activateGradient32AVX512(a *activateGradientArgs)
// Requires: AVX512F
//
//	dz = z < edge ? leak·da : da, sum += dz, dot += dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// of 32 channels. Registers: 8 chains, leak, edge, 6 values; 16 of 32. The coefficients are memory operands.
TEXT ·activateGradient32AVX512(SB), NOSPLIT, $0-8
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
	MOVQ activateGradientArgs_stream(args), past
	MOVQ activateGradientArgs_sum(args), sums
	MOVQ activateGradientArgs_dot(args), dots
	TAKE_CHAINS32
	PCALIGN $64

even:
	GRADIENT(0, Z0, Z4, Z26, K1, evenSum0, evenDot0)
	GRADIENT(64, Z1, Z5, Z27, K2, evenSum1, evenDot1)
	TESTQ past, past
	JNZ evenStream
	STORE32
	JMP evenNext

evenStream:
	STREAM32

evenNext:
	NEXT_PIXEL
	DECQ left
	JZ end

odd:
	GRADIENT(0, Z0, Z4, Z26, K1, oddSum0, oddDot0)
	GRADIENT(64, Z1, Z5, Z27, K2, oddSum1, oddDot1)
	TESTQ past, past
	JNZ oddStream
	STORE32
	JMP oddNext

oddStream:
	STREAM32

oddNext:
	NEXT_PIXEL
	DECQ left
	JNZ even

end:
	PUT_CHAINS32
	VZEROUPPER
	RET

#define height BX
#define extra R13
#define copied R14

// COEFFICIENTS32 loads 32 values that an argument points to.
#define COEFFICIENTS32(argument, v0, v1) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), v0; \
	VMOVUPS 64(scratch), v1

// COEFFICIENTS64 loads 64 values that an argument points to.
#define COEFFICIENTS64(argument, v0, v1, v2, v3) \
	COEFFICIENTS32(argument, v0, v1); \
	VMOVUPS 128(scratch), v2; \
	VMOVUPS 192(scratch), v3

// NORM_SUM computes the sixteen channels at byte at of dx, v, and writes them into the halo.
#define NORM_SUM(at, mean, aa, bb, dd, v, t) \
	VMOVUPS at(from), t; \
	VSUBPS mean, t, t; \
	VMOVUPS at(other), v; \
	VFMADD213PS dd, aa, v; \
	VFMADD231PS t, bb, v; \
	VADDPS at(extra), v, v; \
	VMOVUPS v, at(copied)

// func normGradientSum64AVX512(a *normGradientSumArgs)
// Requires: AVX512F
//
//	dx = halo = FMA(b, x−mean, FMA(a, dz, d)) + e    [rows][cols] pixels, gap bytes between rows of halo
//
// of 64 channels. Registers: 16 coefficients, 8 values; 24 of 32.
TEXT ·normGradientSum64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientSumArgs_dx(args), to
	MOVQ normGradientSumArgs_halo(args), copied
	MOVQ normGradientSumArgs_dz(args), other
	MOVQ normGradientSumArgs_x(args), from
	MOVQ normGradientSumArgs_e(args), extra
	COEFFICIENTS64(normGradientSumArgs_mean(args), Z8, Z9, Z10, Z11)
	COEFFICIENTS64(normGradientSumArgs_a(args), Z12, Z13, Z14, Z15)
	COEFFICIENTS64(normGradientSumArgs_b(args), Z16, Z17, Z18, Z19)
	COEFFICIENTS64(normGradientSumArgs_d(args), Z20, Z21, Z22, Z23)
	MOVQ normGradientSumArgs_rows(args), height
	MOVQ normGradientSumArgs_step(args), stride
	MOVQ normGradientSumArgs_stream(args), past

nextRow:
	MOVQ normGradientSumArgs_cols(args), left
	PCALIGN $64

pixel:
	NORM_SUM(0, Z8, Z12, Z16, Z20, Z0, Z4)
	NORM_SUM(64, Z9, Z13, Z17, Z21, Z1, Z5)
	NORM_SUM(128, Z10, Z14, Z18, Z22, Z2, Z6)
	NORM_SUM(192, Z11, Z15, Z19, Z23, Z3, Z7)
	TESTQ past, past
	JNZ stream
	STORE64
	JMP next

stream:
	STREAM64

next:
	NEXT_PIXEL
	ADDQ stride, extra
	ADDQ normGradientSumArgs_haloStep(args), copied
	DECQ left
	JNZ pixel
	ADDQ normGradientSumArgs_gap(args), copied
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func normGradientSum32AVX512(a *normGradientSumArgs)
// Requires: AVX512F
//
//	dx = halo = FMA(b, x−mean, FMA(a, dz, d)) + e    [rows][cols] pixels, gap bytes between rows of halo
//
// of 32 channels. Registers: 8 coefficients, 4 values; 12 of 32.
TEXT ·normGradientSum32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ normGradientSumArgs_dx(args), to
	MOVQ normGradientSumArgs_halo(args), copied
	MOVQ normGradientSumArgs_dz(args), other
	MOVQ normGradientSumArgs_x(args), from
	MOVQ normGradientSumArgs_e(args), extra
	COEFFICIENTS32(normGradientSumArgs_mean(args), Z8, Z9)
	COEFFICIENTS32(normGradientSumArgs_a(args), Z12, Z13)
	COEFFICIENTS32(normGradientSumArgs_b(args), Z16, Z17)
	COEFFICIENTS32(normGradientSumArgs_d(args), Z20, Z21)
	MOVQ normGradientSumArgs_rows(args), height
	MOVQ normGradientSumArgs_step(args), stride
	MOVQ normGradientSumArgs_stream(args), past

nextRow:
	MOVQ normGradientSumArgs_cols(args), left
	PCALIGN $64

pixel:
	NORM_SUM(0, Z8, Z12, Z16, Z20, Z0, Z4)
	NORM_SUM(64, Z9, Z13, Z17, Z21, Z1, Z5)
	TESTQ past, past
	JNZ stream
	STORE32
	JMP next

stream:
	STREAM32

next:
	NEXT_PIXEL
	ADDQ stride, extra
	ADDQ normGradientSumArgs_haloStep(args), copied
	DECQ left
	JNZ pixel
	ADDQ normGradientSumArgs_gap(args), copied
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET
