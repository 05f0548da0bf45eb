//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the kernels that end a convolution of inference.
#define kept DI
#define to BX
#define from SI
#define other DX
#define left CX
#define stride R8
#define height R9
#define toGap R10
#define fromGap R11
#define keptStep R12
#define otherStep R13
#define args R15
#define scratch AX
#define fromStep AX // once the coefficients are loaded
#define vleak Z8
#define zero Z9

// SUMACTIVATE computes the sixteen channels at byte at of a pixel.
#define SUMACTIVATE(at, scale, shift, v, mask) \
	VMOVUPS at(from), v; \
	VADDPS at(other), v, v; \
	VMOVUPS v, at(kept); \
	VFMADD213PS shift, scale, v; \
	VCMPPS $1, zero, v, mask; \
	VMULPS vleak, v, mask, v; \
	VMOVUPS v, at(to)

// func sumActivate16AVX512(a *sumActivateArgs)
// Requires: AVX512F
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, 16 channels
//
// Registers: 2 coefficients, leak, 0, 1 values; 5 of 32.
TEXT ·sumActivate16AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ sumActivateArgs_sum(args), kept
	MOVQ sumActivateArgs_act(args), to
	MOVQ sumActivateArgs_src(args), from
	MOVQ sumActivateArgs_add(args), other
	MOVQ sumActivateArgs_scale(args), scratch
	VMOVUPS 0(scratch), Z0
	MOVQ sumActivateArgs_shift(args), scratch
	VMOVUPS 0(scratch), Z4
	VBROADCASTSS sumActivateArgs_leak(args), vleak
	VPXORQ zero, zero, zero
	MOVQ sumActivateArgs_rows(args), height
	MOVQ sumActivateArgs_step(args), stride
	MOVQ sumActivateArgs_srcStep(args), fromStep
	MOVQ sumActivateArgs_actGap(args), toGap
	MOVQ sumActivateArgs_srcGap(args), fromGap
	MOVQ sumActivateArgs_sumStep(args), keptStep
	MOVQ sumActivateArgs_addStep(args), otherStep

nextRow:
	MOVQ sumActivateArgs_cols(args), left
	PCALIGN $32

loop:
	SUMACTIVATE(0, Z0, Z4, Z16, K1)
	ADDQ fromStep, from
	ADDQ otherStep, other
	ADDQ keptStep, kept
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ toGap, to
	ADDQ fromGap, from
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func sumActivate32AVX512(a *sumActivateArgs)
// Requires: AVX512F
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, 32 channels
//
// Registers: 4 coefficients, leak, 0, 2 values; 8 of 32.
TEXT ·sumActivate32AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ sumActivateArgs_sum(args), kept
	MOVQ sumActivateArgs_act(args), to
	MOVQ sumActivateArgs_src(args), from
	MOVQ sumActivateArgs_add(args), other
	MOVQ sumActivateArgs_scale(args), scratch
	VMOVUPS 0(scratch), Z0
	VMOVUPS 64(scratch), Z1
	MOVQ sumActivateArgs_shift(args), scratch
	VMOVUPS 0(scratch), Z4
	VMOVUPS 64(scratch), Z5
	VBROADCASTSS sumActivateArgs_leak(args), vleak
	VPXORQ zero, zero, zero
	MOVQ sumActivateArgs_rows(args), height
	MOVQ sumActivateArgs_step(args), stride
	MOVQ sumActivateArgs_srcStep(args), fromStep
	MOVQ sumActivateArgs_actGap(args), toGap
	MOVQ sumActivateArgs_srcGap(args), fromGap
	MOVQ sumActivateArgs_sumStep(args), keptStep
	MOVQ sumActivateArgs_addStep(args), otherStep

nextRow:
	MOVQ sumActivateArgs_cols(args), left
	PCALIGN $32

loop:
	SUMACTIVATE(0, Z0, Z4, Z16, K1)
	SUMACTIVATE(64, Z1, Z5, Z17, K2)
	ADDQ fromStep, from
	ADDQ otherStep, other
	ADDQ keptStep, kept
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ toGap, to
	ADDQ fromGap, from
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET

// func sumActivate64AVX512(a *sumActivateArgs)
// Requires: AVX512F
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, 64 channels
//
// Registers: 8 coefficients, leak, 0, 4 values; 14 of 32.
TEXT ·sumActivate64AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ sumActivateArgs_sum(args), kept
	MOVQ sumActivateArgs_act(args), to
	MOVQ sumActivateArgs_src(args), from
	MOVQ sumActivateArgs_add(args), other
	MOVQ sumActivateArgs_scale(args), scratch
	VMOVUPS 0(scratch), Z0
	VMOVUPS 64(scratch), Z1
	VMOVUPS 128(scratch), Z2
	VMOVUPS 192(scratch), Z3
	MOVQ sumActivateArgs_shift(args), scratch
	VMOVUPS 0(scratch), Z4
	VMOVUPS 64(scratch), Z5
	VMOVUPS 128(scratch), Z6
	VMOVUPS 192(scratch), Z7
	VBROADCASTSS sumActivateArgs_leak(args), vleak
	VPXORQ zero, zero, zero
	MOVQ sumActivateArgs_rows(args), height
	MOVQ sumActivateArgs_step(args), stride
	MOVQ sumActivateArgs_srcStep(args), fromStep
	MOVQ sumActivateArgs_actGap(args), toGap
	MOVQ sumActivateArgs_srcGap(args), fromGap
	MOVQ sumActivateArgs_sumStep(args), keptStep
	MOVQ sumActivateArgs_addStep(args), otherStep

nextRow:
	MOVQ sumActivateArgs_cols(args), left
	PCALIGN $32

loop:
	SUMACTIVATE(0, Z0, Z4, Z16, K1)
	SUMACTIVATE(64, Z1, Z5, Z17, K2)
	SUMACTIVATE(128, Z2, Z6, Z18, K3)
	SUMACTIVATE(192, Z3, Z7, Z19, K4)
	ADDQ fromStep, from
	ADDQ otherStep, other
	ADDQ keptStep, kept
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ toGap, to
	ADDQ fromGap, from
	DECQ height
	JNZ nextRow
	VZEROUPPER
	RET
