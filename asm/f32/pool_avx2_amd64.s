//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

#define small DI
#define large SI
#define pixel R8
#define walk DX
#define windows CX
#define rows R9
#define columns R10
#define factor Y1

// BEGIN loads what both kernels walk by.
#define BEGIN \
	VBROADCASTSS scale+16(FP), factor; \
	MOVQ steps+24(FP), walk; \
	MOVQ poolSteps_Windows(walk), windows

// NEXT_WINDOW steps to the next window.
#define NEXT_WINDOW \
	ADDQ poolSteps_Small(walk), small; \
	ADDQ poolSteps_Large(walk), large

// func poolAdd8AVX2(y, x *float32, scale float32, steps *poolSteps)
// Requires: AVX
//
//	y += scale · Σ window of x    the first pixel of the window, then the others in raster order
//
// Registers: 1 coefficient, 1 sum; 2 of 16.
TEXT ·poolAdd8AVX2(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), small
	MOVQ x+8(FP), large
	BEGIN

nextWindow:
	MOVQ large, pixel
	VMOVUPS (pixel), Y0
	MOVQ poolSteps_Stride(walk), rows
	MOVQ rows, columns
	JMP enter

nextRow:
	MOVQ poolSteps_Stride(walk), columns

nextColumn:
	VADDPS (pixel), Y0, Y0

enter:
	ADDQ poolSteps_Column(walk), pixel
	DECQ columns
	JNZ nextColumn
	ADDQ poolSteps_Row(walk), pixel
	DECQ rows
	JNZ nextRow

	VMULPS factor, Y0, Y0
	VADDPS (small), Y0, Y0
	VMOVUPS Y0, (small)
	NEXT_WINDOW
	DECQ windows
	JNZ nextWindow
	VZEROUPPER
	RET

// func poolGradientAdd8AVX2(dx, dy *float32, scale float32, steps *poolSteps)
// Requires: AVX
//
//	window of dx += scale · dy
//
// Registers: 1 coefficient, 1 product, 1 temporary; 3 of 16.
TEXT ·poolGradientAdd8AVX2(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), large
	MOVQ dy+8(FP), small
	BEGIN

nextWindow:
	MOVQ large, pixel
	VMULPS (small), factor, Y0
	MOVQ poolSteps_Stride(walk), rows

nextRow:
	MOVQ poolSteps_Stride(walk), columns

nextColumn:
	VADDPS (pixel), Y0, Y2
	VMOVUPS Y2, (pixel)
	ADDQ poolSteps_Column(walk), pixel
	DECQ columns
	JNZ nextColumn
	ADDQ poolSteps_Row(walk), pixel
	DECQ rows
	JNZ nextRow

	NEXT_WINDOW
	DECQ windows
	JNZ nextWindow
	VZEROUPPER
	RET
