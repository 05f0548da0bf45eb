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
	VBROADCASTSS poolArgs_scale(walk), factor; \
	MOVQ poolArgs_windows(walk), windows

// NEXT_WINDOW steps to the next window.
#define NEXT_WINDOW \
	ADDQ poolArgs_smallStep(walk), small; \
	ADDQ poolArgs_largeStep(walk), large

// func poolAdd8AVX2(a *poolArgs)
// Requires: AVX
//
//	y += scale · Σ window of x    the first pixel of the window, then the others in raster order
//
// Registers: 1 coefficient, 1 sum; 2 of 16.
TEXT ·poolAdd8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), walk
	MOVQ poolArgs_small(walk), small
	MOVQ poolArgs_large(walk), large
	BEGIN

nextWindow:
	MOVQ large, pixel
	VMOVUPS (pixel), Y0
	MOVQ poolArgs_kernel(walk), rows
	MOVQ rows, columns
	JMP enter

nextRow:
	MOVQ poolArgs_kernel(walk), columns

nextColumn:
	VADDPS (pixel), Y0, Y0

enter:
	ADDQ poolArgs_column(walk), pixel
	DECQ columns
	JNZ nextColumn
	ADDQ poolArgs_row(walk), pixel
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

// func poolGradientAdd8AVX2(a *poolArgs)
// Requires: AVX
//
//	window of dx += scale · dy
//
// Registers: 1 coefficient, 1 product, 1 temporary; 3 of 16.
TEXT ·poolGradientAdd8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), walk
	MOVQ poolArgs_large(walk), large
	MOVQ poolArgs_small(walk), small
	BEGIN

nextWindow:
	MOVQ large, pixel
	VMULPS (small), factor, Y0
	MOVQ poolArgs_kernel(walk), rows

nextRow:
	MOVQ poolArgs_kernel(walk), columns

nextColumn:
	VADDPS (pixel), Y0, Y2
	VMOVUPS Y2, (pixel)
	ADDQ poolArgs_column(walk), pixel
	DECQ columns
	JNZ nextColumn
	ADDQ poolArgs_row(walk), pixel
	DECQ rows
	JNZ nextRow

	NEXT_WINDOW
	DECQ windows
	JNZ nextWindow
	VZEROUPPER
	RET
