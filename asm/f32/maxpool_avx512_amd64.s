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
#define lowest Z6
#define firstTap Z7
#define tapColumn Z8
#define tapRow Z9

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

// func maxPool16AVX512(a *maxPoolArgs)
// Requires: AVX512F
//
//	m = x > m ? x : m    from -Inf over the window in raster order, with the tap of m
//
// Registers: 4 constants, m, 2 taps; 7 of 32.
TEXT ·maxPool16AVX512(SB), NOSPLIT, $0-8
	BEGIN
	VBROADCASTSS maxPoolArgs_lowest(walk), lowest

nextWindow:
	MOVQ large, pixel
	VMOVAPS lowest, Z0
	VMOVAPS firstTap, Z1
	VMOVAPS firstTap, Z2
	MOVQ maxPoolArgs_rows(walk), rows

nextRow:
	MOVQ maxPoolArgs_columns(walk), columns

nextColumn:
	VCMPPS $1, (pixel), Z0, K1 // m < x
	VMOVUPS (pixel), K1, Z0
	VMOVAPS Z2, K1, Z1
	VADDPS tapColumn, Z2, Z2
	ADDQ column, pixel
	DECQ columns
	JNZ nextColumn
	VADDPS tapRow, Z2, Z2
	ADDQ row, pixel
	DECQ rows
	JNZ nextRow

	VMOVUPS Z0, (small)
	VMOVUPS Z1, (taps)
	ADDQ maxPoolArgs_largeStep(walk), large
	ADDQ maxPoolArgs_smallStep(walk), small
	ADDQ maxPoolArgs_tapStep(walk), taps
	DECQ left
	JNZ nextWindow
	VZEROUPPER
	RET

// func maxPoolGradient16AVX512(a *maxPoolArgs)
// Requires: AVX512F
//
//	dx = Σ dy where the pixel is the window's maximum    over its windows in raster order
//
// Registers: 3 constants, 1 sum, 1 tap; 5 of 32.
TEXT ·maxPoolGradient16AVX512(SB), NOSPLIT, $0-8
	BEGIN

nextPixel:
	XORQ pixel, pixel // of dy and of taps, from the first
	VPXORQ Z0, Z0, Z0
	VMOVAPS firstTap, Z2
	MOVQ maxPoolArgs_rows(walk), rows

nextRow:
	MOVQ maxPoolArgs_columns(walk), columns

nextColumn:
	VCMPPS $0, (taps)(pixel*1), Z2, K1 // equal
	VADDPS (small)(pixel*1), Z0, K1, Z0
	VADDPS tapColumn, Z2, Z2
	ADDQ column, pixel
	DECQ columns
	JNZ nextColumn
	VADDPS tapRow, Z2, Z2
	ADDQ row, pixel
	DECQ rows
	JNZ nextRow

	VMOVUPS Z0, (large)
	ADDQ maxPoolArgs_largeStep(walk), large
	ADDQ maxPoolArgs_smallStep(walk), small
	ADDQ maxPoolArgs_smallStep(walk), taps
	DECQ left
	JNZ nextPixel
	VZEROUPPER
	RET
