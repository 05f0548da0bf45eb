//go:build amd64 && !purego

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

// func sumActivate8AVX2(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)
// Requires: AVX, FMA3
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, eight channels
//
// Registers: 2 coefficients, leak, 2 temporaries; 5 of 16.
TEXT ·sumActivate8AVX2(SB), NOSPLIT, $0-120
	MOVQ sum+0(FP), kept
	MOVQ act+8(FP), to
	MOVQ src+16(FP), from
	MOVQ add+24(FP), other
	MOVQ scale+32(FP), scratch
	VMOVUPS 0(scratch), Y0
	MOVQ shift+40(FP), scratch
	VMOVUPS 0(scratch), Y2
	VBROADCASTSS leak+48(FP), vleak
	MOVQ rows+56(FP), height
	MOVQ step+72(FP), stride
	MOVQ srcStep+80(FP), fromStep
	MOVQ actGap+88(FP), toGap
	MOVQ srcGap+96(FP), fromGap
	MOVQ sumStep+104(FP), keptStep
	MOVQ addStep+112(FP), otherStep

nextRow:
	MOVQ cols+64(FP), left
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

// func sumActivate16AVX2(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)
// Requires: AVX, FMA3
//
//	sum = src + add, act = leaky(FMA(sum, scale, shift))    [rows][cols] pixels, sixteen channels
//
// Registers: 4 coefficients, leak, 4 temporaries; 9 of 16.
TEXT ·sumActivate16AVX2(SB), NOSPLIT, $0-120
	MOVQ sum+0(FP), kept
	MOVQ act+8(FP), to
	MOVQ src+16(FP), from
	MOVQ add+24(FP), other
	MOVQ scale+32(FP), scratch
	VMOVUPS 0(scratch), Y0
	VMOVUPS 32(scratch), Y1
	MOVQ shift+40(FP), scratch
	VMOVUPS 0(scratch), Y2
	VMOVUPS 32(scratch), Y3
	VBROADCASTSS leak+48(FP), vleak
	MOVQ rows+56(FP), height
	MOVQ step+72(FP), stride
	MOVQ srcStep+80(FP), fromStep
	MOVQ actGap+88(FP), toGap
	MOVQ srcGap+96(FP), fromGap
	MOVQ sumStep+104(FP), keptStep
	MOVQ addStep+112(FP), otherStep

nextRow:
	MOVQ cols+64(FP), left
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
