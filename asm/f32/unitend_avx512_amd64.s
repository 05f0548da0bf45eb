//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels that end a unit, 64 or 32 channels of a pixel at a time.
#define to DI
#define from SI
#define other DX
#define left CX
#define stride R8
#define past R9
#define height R10
#define extra R11
#define signs R12
#define copied R13
#define haloStride BX
#define extraStride BX
#define args R15
#define scratch AX

#define FETCH32(argument, v0, v1) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), v0; \
	VMOVUPS 64(scratch), v1

#define FETCH64(argument, v0, v1, v2, v3) \
	FETCH32(argument, v0, v1); \
	VMOVUPS 128(scratch), v2; \
	VMOVUPS 192(scratch), v3

#define STORE32(v0, v1) \
	VMOVUPS v0, (to); \
	VMOVUPS v1, 64(to)

#define STORE64(v0, v1, v2, v3) \
	STORE32(v0, v1); \
	VMOVUPS v2, 128(to); \
	VMOVUPS v3, 192(to)

#define STREAM32(v0, v1) \
	VMOVNTPS v0, (to); \
	VMOVNTPS v1, 64(to)

#define STREAM64(v0, v1, v2, v3) \
	STREAM32(v0, v1); \
	VMOVNTPS v2, 128(to); \
	VMOVNTPS v3, 192(to)

#define sumLeak Z24
#define zero Z25

// SUM computes the sixteen channels at byte at of a.
#define SUM(at, mean, scale, shift, eMean, eScale, eShift, v, t, mask) \
	VMOVUPS at(from), v; \
	VSUBPS mean, v, v; \
	VFMADD213PS shift, scale, v; \
	VMOVUPS at(other), t; \
	VSUBPS eMean, t, t; \
	VFMADD213PS eShift, eScale, t; \
	VADDPS t, v, v; \
	VADDPS zero, v, v; \
	VCMPPS $1, zero, v, mask; \
	VMULPS sumLeak, v, mask, v; \
	VMOVUPS v, at(copied)

// func activateSum64AVX512(a *activateSumArgs)
// Requires: AVX512F
//
//	dst = halo = leaky(FMA(x−mean, scale, shift) + FMA(e−eMean, eScale, eShift) + 0)
//
// of [rows][cols] pixels, 64 channels, gap bytes between rows of halo. Registers: 24 coefficients, leak, 0, 4 of a, 2
// temporaries; 32 of 32.
TEXT ·activateSum64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumArgs_dst(args), to
	MOVQ activateSumArgs_halo(args), copied
	MOVQ activateSumArgs_x(args), from
	MOVQ activateSumArgs_e(args), other
	FETCH64(activateSumArgs_mean(args), Z0, Z1, Z2, Z3)
	FETCH64(activateSumArgs_scale(args), Z4, Z5, Z6, Z7)
	FETCH64(activateSumArgs_shift(args), Z8, Z9, Z10, Z11)
	FETCH64(activateSumArgs_eMean(args), Z12, Z13, Z14, Z15)
	FETCH64(activateSumArgs_eScale(args), Z16, Z17, Z18, Z19)
	FETCH64(activateSumArgs_eShift(args), Z20, Z21, Z22, Z23)
	VBROADCASTSS activateSumArgs_leak(args), sumLeak
	VPXORQ zero, zero, zero
	MOVQ activateSumArgs_rows(args), height
	MOVQ activateSumArgs_step(args), stride
	MOVQ activateSumArgs_haloStep(args), haloStride
	MOVQ activateSumArgs_stream(args), past

nextRow:
	MOVQ activateSumArgs_cols(args), left
	PCALIGN $64

pixel:
	SUM(0, Z0, Z4, Z8, Z12, Z16, Z20, Z26, Z30, K1)
	SUM(64, Z1, Z5, Z9, Z13, Z17, Z21, Z27, Z31, K2)
	SUM(128, Z2, Z6, Z10, Z14, Z18, Z22, Z28, Z30, K3)
	SUM(192, Z3, Z7, Z11, Z15, Z19, Z23, Z29, Z31, K4)
	TESTQ past, past
	JNZ stream
	STORE64(Z26, Z27, Z28, Z29)
	JMP next

stream:
	STREAM64(Z26, Z27, Z28, Z29)

next:
	ADDQ stride, from
	ADDQ stride, other
	ADDQ stride, to
	ADDQ haloStride, copied
	DECQ left
	JNZ pixel
	ADDQ activateSumArgs_gap(args), copied
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func activateSum32AVX512(a *activateSumArgs)
// Requires: AVX512F
//
//	dst = halo = leaky(FMA(x−mean, scale, shift) + FMA(e−eMean, eScale, eShift) + 0)
//
// of [rows][cols] pixels, 32 channels, gap bytes between rows of halo. Registers: 12 coefficients, leak, 0, 2 of a, 2
// temporaries; 18 of 32.
TEXT ·activateSum32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumArgs_dst(args), to
	MOVQ activateSumArgs_halo(args), copied
	MOVQ activateSumArgs_x(args), from
	MOVQ activateSumArgs_e(args), other
	FETCH32(activateSumArgs_mean(args), Z0, Z1)
	FETCH32(activateSumArgs_scale(args), Z4, Z5)
	FETCH32(activateSumArgs_shift(args), Z8, Z9)
	FETCH32(activateSumArgs_eMean(args), Z12, Z13)
	FETCH32(activateSumArgs_eScale(args), Z16, Z17)
	FETCH32(activateSumArgs_eShift(args), Z20, Z21)
	VBROADCASTSS activateSumArgs_leak(args), sumLeak
	VPXORQ zero, zero, zero
	MOVQ activateSumArgs_rows(args), height
	MOVQ activateSumArgs_step(args), stride
	MOVQ activateSumArgs_haloStep(args), haloStride
	MOVQ activateSumArgs_stream(args), past

nextRow:
	MOVQ activateSumArgs_cols(args), left
	PCALIGN $64

pixel:
	SUM(0, Z0, Z4, Z8, Z12, Z16, Z20, Z26, Z30, K1)
	SUM(64, Z1, Z5, Z9, Z13, Z17, Z21, Z27, Z31, K2)
	TESTQ past, past
	JNZ stream
	STORE32(Z26, Z27)
	JMP next

stream:
	STREAM32(Z26, Z27)

next:
	ADDQ stride, from
	ADDQ stride, other
	ADDQ stride, to
	ADDQ haloStride, copied
	DECQ left
	JNZ pixel
	ADDQ activateSumArgs_gap(args), copied
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

#define means R10
#define leakage Z20
#define edge Z21

// GRADIENT computes the sixteen channels at byte at of dz, v, and counts them into chains.
#define GRADIENT(at, v, c, mask, s, q) \
	VMOVUPS at(other), v; \
	VADDPS at(extra), v, v; \
	VPCMPD $6, at(signs), edge, mask; \
	VMULPS leakage, v, mask, v; \
	VMOVUPS at(from), c; \
	VSUBPS at(means), c, c; \
	VADDPS v, s, s; \
	VFMADD231PS c, v, q

#define NEXT_PIXEL \
	ADDQ stride, from; \
	ADDQ stride, other; \
	ADDQ stride, signs; \
	ADDQ stride, to; \
	ADDQ extraStride, extra

// TAKE_CHAIN and PUT_CHAIN load and store a pair of chains: the odd one stands a pixel behind the even one.
#define TAKE_CHAIN(odd, even, at) \
	VMOVUPS at(scratch), even; \
	VMOVUPS at(scratch)(stride*1), odd

#define PUT_CHAIN(odd, even, at) \
	VMOVUPS even, at(scratch); \
	VMOVUPS odd, at(scratch)(stride*1)

// func activateSumGradient64AVX512(a *activateSumGradientArgs)
// Requires: AVX512F
//
//	dz = s < edge ? leak·(da + e) : da + e, sum += dz, dot += dz·(x−mean)
//
// of 64 channels. Registers: 16 chains, 4 of dz, leak, edge, 2 temporaries; 24 of 32. The mean is a memory operand.
TEXT ·activateSumGradient64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumGradientArgs_dz(args), to
	MOVQ activateSumGradientArgs_da(args), other
	MOVQ activateSumGradientArgs_e(args), extra
	MOVQ activateSumGradientArgs_a(args), signs
	MOVQ activateSumGradientArgs_x(args), from
	MOVQ activateSumGradientArgs_mean(args), means
	VBROADCASTSS activateSumGradientArgs_leak(args), leakage
	VBROADCASTSS activateSumGradientArgs_edge(args), edge
	MOVQ activateSumGradientArgs_pixels(args), left
	MOVQ activateSumGradientArgs_step(args), stride
	MOVQ activateSumGradientArgs_eStep(args), extraStride
	MOVQ activateSumGradientArgs_stream(args), past
	MOVQ activateSumGradientArgs_sum(args), scratch
	TAKE_CHAIN(Z8, Z0, 0)
	TAKE_CHAIN(Z9, Z1, 64)
	TAKE_CHAIN(Z10, Z2, 128)
	TAKE_CHAIN(Z11, Z3, 192)
	MOVQ activateSumGradientArgs_dot(args), scratch
	TAKE_CHAIN(Z12, Z4, 0)
	TAKE_CHAIN(Z13, Z5, 64)
	TAKE_CHAIN(Z14, Z6, 128)
	TAKE_CHAIN(Z15, Z7, 192)
	PCALIGN $64

even:
	GRADIENT(0, Z16, Z22, K1, Z0, Z4)
	GRADIENT(64, Z17, Z23, K2, Z1, Z5)
	GRADIENT(128, Z18, Z22, K3, Z2, Z6)
	GRADIENT(192, Z19, Z23, K4, Z3, Z7)
	TESTQ past, past
	JNZ evenStream
	STORE64(Z16, Z17, Z18, Z19)
	JMP evenNext

evenStream:
	STREAM64(Z16, Z17, Z18, Z19)

evenNext:
	NEXT_PIXEL
	DECQ left
	JZ end

odd:
	GRADIENT(0, Z16, Z22, K1, Z8, Z12)
	GRADIENT(64, Z17, Z23, K2, Z9, Z13)
	GRADIENT(128, Z18, Z22, K3, Z10, Z14)
	GRADIENT(192, Z19, Z23, K4, Z11, Z15)
	TESTQ past, past
	JNZ oddStream
	STORE64(Z16, Z17, Z18, Z19)
	JMP oddNext

oddStream:
	STREAM64(Z16, Z17, Z18, Z19)

oddNext:
	NEXT_PIXEL
	DECQ left
	JNZ even

end:
	MOVQ activateSumGradientArgs_sum(args), scratch
	PUT_CHAIN(Z8, Z0, 0)
	PUT_CHAIN(Z9, Z1, 64)
	PUT_CHAIN(Z10, Z2, 128)
	PUT_CHAIN(Z11, Z3, 192)
	MOVQ activateSumGradientArgs_dot(args), scratch
	PUT_CHAIN(Z12, Z4, 0)
	PUT_CHAIN(Z13, Z5, 64)
	PUT_CHAIN(Z14, Z6, 128)
	PUT_CHAIN(Z15, Z7, 192)
	VZEROUPPER
	RET

// func activateSumGradient32AVX512(a *activateSumGradientArgs)
// Requires: AVX512F
//
//	dz = s < edge ? leak·(da + e) : da + e, sum += dz, dot += dz·(x−mean)
//
// of 32 channels. Registers: 8 chains, 2 of dz, leak, edge, 2 temporaries; 14 of 32. The mean is a memory operand.
TEXT ·activateSumGradient32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ activateSumGradientArgs_dz(args), to
	MOVQ activateSumGradientArgs_da(args), other
	MOVQ activateSumGradientArgs_e(args), extra
	MOVQ activateSumGradientArgs_a(args), signs
	MOVQ activateSumGradientArgs_x(args), from
	MOVQ activateSumGradientArgs_mean(args), means
	VBROADCASTSS activateSumGradientArgs_leak(args), leakage
	VBROADCASTSS activateSumGradientArgs_edge(args), edge
	MOVQ activateSumGradientArgs_pixels(args), left
	MOVQ activateSumGradientArgs_step(args), stride
	MOVQ activateSumGradientArgs_eStep(args), extraStride
	MOVQ activateSumGradientArgs_stream(args), past
	MOVQ activateSumGradientArgs_sum(args), scratch
	TAKE_CHAIN(Z8, Z0, 0)
	TAKE_CHAIN(Z9, Z1, 64)
	MOVQ activateSumGradientArgs_dot(args), scratch
	TAKE_CHAIN(Z12, Z4, 0)
	TAKE_CHAIN(Z13, Z5, 64)
	PCALIGN $64

even:
	GRADIENT(0, Z16, Z22, K1, Z0, Z4)
	GRADIENT(64, Z17, Z23, K2, Z1, Z5)
	TESTQ past, past
	JNZ evenStream
	STORE32(Z16, Z17)
	JMP evenNext

evenStream:
	STREAM32(Z16, Z17)

evenNext:
	NEXT_PIXEL
	DECQ left
	JZ end

odd:
	GRADIENT(0, Z16, Z22, K1, Z8, Z12)
	GRADIENT(64, Z17, Z23, K2, Z9, Z13)
	TESTQ past, past
	JNZ oddStream
	STORE32(Z16, Z17)
	JMP oddNext

oddStream:
	STREAM32(Z16, Z17)

oddNext:
	NEXT_PIXEL
	DECQ left
	JNZ even

end:
	MOVQ activateSumGradientArgs_sum(args), scratch
	PUT_CHAIN(Z8, Z0, 0)
	PUT_CHAIN(Z9, Z1, 64)
	MOVQ activateSumGradientArgs_dot(args), scratch
	PUT_CHAIN(Z12, Z4, 0)
	PUT_CHAIN(Z13, Z5, 64)
	VZEROUPPER
	RET
