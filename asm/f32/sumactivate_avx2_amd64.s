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
#define vleak Y8

// SUMACTIVATE computes the eight channels at byte at of a pixel. The sign of z chooses: leak·(−0) is −0 too.
#define SUMACTIVATE(at, scale, shift, v, t) \
	VMOVUPS at(from), v; \
	VADDPS at(other), v, v; \
	VMOVUPS v, at(kept); \
	VFMADD213PS shift, scale, v; \
	VMULPS vleak, v, t; \
	VBLENDVPS v, t, v, v; \
	VMOVUPS v, at(to)

// func sumActivate8AVX2(a *sumActivateArgs)
// Requires: AVX, FMA3
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, eight channels
//
// Registers: 2 coefficients, leak, 2 temporaries; 5 of 16.
TEXT ·sumActivate8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ sumActivateArgs_sum(args), kept
	MOVQ sumActivateArgs_act(args), to
	MOVQ sumActivateArgs_src(args), from
	MOVQ sumActivateArgs_add(args), other
	MOVQ sumActivateArgs_scale(args), scratch
	VMOVUPS 0(scratch), Y0
	MOVQ sumActivateArgs_shift(args), scratch
	VMOVUPS 0(scratch), Y2
	VBROADCASTSS sumActivateArgs_leak(args), vleak
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
	SUMACTIVATE(0, Y0, Y2, Y9, Y10)
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

// func sumActivate16AVX2(a *sumActivateArgs)
// Requires: AVX, FMA3
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, sixteen channels
//
// Registers: 4 coefficients, leak, 4 temporaries; 9 of 16.
TEXT ·sumActivate16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ sumActivateArgs_sum(args), kept
	MOVQ sumActivateArgs_act(args), to
	MOVQ sumActivateArgs_src(args), from
	MOVQ sumActivateArgs_add(args), other
	MOVQ sumActivateArgs_scale(args), scratch
	VMOVUPS 0(scratch), Y0
	VMOVUPS 32(scratch), Y1
	MOVQ sumActivateArgs_shift(args), scratch
	VMOVUPS 0(scratch), Y2
	VMOVUPS 32(scratch), Y3
	VBROADCASTSS sumActivateArgs_leak(args), vleak
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
	SUMACTIVATE(0, Y0, Y2, Y9, Y10)
	SUMACTIVATE(32, Y1, Y3, Y11, Y12)
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
