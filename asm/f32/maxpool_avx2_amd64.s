//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

#define large DI
#define small SI
#define taps BX
#define pixel R8
#define walk DX
#define left CX
#define rows R9
#define columns R10
#define column R11
#define row R12
#define lowest Y6
#define firstTap Y7
#define tapColumn Y8
#define tapRow Y9

// BEGIN loads what both kernels walk by.
#define BEGIN \
	MOVQ a+0(FP), walk; \
	MOVQ maxPoolArgs_large(walk), large; \
	MOVQ maxPoolArgs_small(walk), small; \
	MOVQ maxPoolArgs_taps(walk), taps; \
	MOVQ maxPoolArgs_count(walk), left; \
	MOVQ maxPoolArgs_nextColumn(walk), column; \
	MOVQ maxPoolArgs_nextRow(walk), row; \
	VBROADCASTSS maxPoolArgs_tap(walk), firstTap; \
	VBROADCASTSS maxPoolArgs_tapColumn(walk), tapColumn; \
	VBROADCASTSS maxPoolArgs_tapRow(walk), tapRow

// func maxPool8AVX2(a *maxPoolArgs)
// Requires: AVX
//
//	m = x > m ? x : m    from -Inf over the window in raster order, with the tap of m
//
// Registers: 4 constants, m, 2 taps, 1 mask; 8 of 16.
TEXT ·maxPool8AVX2(SB), NOSPLIT, $0-8
	BEGIN
	VBROADCASTSS maxPoolArgs_lowest(walk), lowest

nextWindow:
	MOVQ large, pixel
	VMOVAPS lowest, Y0
	VMOVAPS firstTap, Y1
	VMOVAPS firstTap, Y2
	MOVQ maxPoolArgs_rows(walk), rows

nextRow:
	MOVQ maxPoolArgs_columns(walk), columns

nextColumn:
	VCMPPS $1, (pixel), Y0, Y3 // m < x
	VBLENDVPS Y3, (pixel), Y0, Y0
	VBLENDVPS Y3, Y2, Y1, Y1
	VADDPS tapColumn, Y2, Y2
	ADDQ column, pixel
	DECQ columns
	JNZ nextColumn
	VADDPS tapRow, Y2, Y2
	ADDQ row, pixel
	DECQ rows
	JNZ nextRow

	VMOVUPS Y0, (small)
	VMOVUPS Y1, (taps)
	ADDQ maxPoolArgs_largeStep(walk), large
	ADDQ maxPoolArgs_smallStep(walk), small
	ADDQ maxPoolArgs_tapStep(walk), taps
	DECQ left
	JNZ nextWindow
	VZEROUPPER
	RET

// func maxPoolGradient8AVX2(a *maxPoolArgs)
// Requires: AVX
//
//	dx = Σ dy where the pixel is the window's maximum    over its windows in raster order
//
// Registers: 3 constants, 1 sum, 1 tap, 1 mask; 6 of 16.
TEXT ·maxPoolGradient8AVX2(SB), NOSPLIT, $0-8
	BEGIN

nextPixel:
	XORQ pixel, pixel // of dy and of taps, from the first
	VXORPS Y0, Y0, Y0
	VMOVAPS firstTap, Y2
	MOVQ maxPoolArgs_rows(walk), rows

nextRow:
	MOVQ maxPoolArgs_columns(walk), columns

nextColumn:
	VCMPPS $0, (taps)(pixel*1), Y2, Y3 // equal
	VANDPS (small)(pixel*1), Y3, Y3
	VADDPS Y3, Y0, Y0 // which is never -0, so that +0 leaves it as it is
	VADDPS tapColumn, Y2, Y2
	ADDQ column, pixel
	DECQ columns
	JNZ nextColumn
	VADDPS tapRow, Y2, Y2
	ADDQ row, pixel
	DECQ rows
	JNZ nextRow

	VMOVUPS Y0, (large)
	ADDQ maxPoolArgs_largeStep(walk), large
	ADDQ maxPoolArgs_smallStep(walk), small
	ADDQ maxPoolArgs_smallStep(walk), taps
	DECQ left
	JNZ nextPixel
	VZEROUPPER
	RET
