//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the 6×16 tile of a weight gradient: acc0 to acc11 are rows 0 to 5, two registers of eight
// channels each.
#define px0 R8
#define px1 R9
#define px2 R10
#define px3 R11
#define px4 R12
#define px5 R13
#define offset AX
#define dyp BX
#define cols CX
#define rows DX
#define grid SI
#define tile DI
#define base R15
#define xStep R14
#define dyStep R15
#define g0 Y12
#define g1 Y13
#define bx Y14
#define m0 Y14
#define m1 Y15

// ROW multiplies one element of x into a row's two accumulators.
#define ROW(pointer, lo, hi) \
	VBROADCASTSS (pointer)(offset*1), bx; \
	VFMADD231PS g0, bx, lo; \
	VFMADD231PS g1, bx, hi

// PIXEL is the outer product of one pixel; g0 and g1 hold its dy.
#define PIXEL \
	ROW(px0, Y0, Y1); \
	ROW(px1, Y2, Y3); \
	ROW(px2, Y4, Y5); \
	ROW(px3, Y6, Y7); \
	ROW(px4, Y8, Y9); \
	ROW(px5, Y10, Y11)

// POINT sets a pointer to element i of the tile's table at byte t.
#define POINT(t, i, pointer) \
	MOVLQSX t+4*i(tile), pointer; \
	LEAQ (base)(pointer*4), pointer

#define LOAD(i, lo, hi) \
	POINT(outerTile_DW, i, px0); \
	VMOVUPS (px0), lo; \
	VMOVUPS 32(px0), hi

#define STORE(i, lo, hi) \
	POINT(outerTile_DW, i, px0); \
	VMOVUPS lo, (px0); \
	VMOVUPS hi, 32(px0)

#define LOAD_MASKED(i, lo, hi) \
	POINT(outerTile_DW, i, px0); \
	VMASKMOVPS (px0), m0, lo; \
	VMASKMOVPS 32(px0), m1, hi

#define STORE_MASKED(i, lo, hi) \
	POINT(outerTile_DW, i, px0); \
	VMASKMOVPS lo, m0, (px0); \
	VMASKMOVPS hi, m1, 32(px0)

// START points at the strip's first pixel.
#define START \
	POINT(outerTile_X, 0, px0); \
	POINT(outerTile_X, 1, px1); \
	POINT(outerTile_X, 2, px2); \
	POINT(outerTile_X, 3, px3); \
	POINT(outerTile_X, 4, px4); \
	POINT(outerTile_X, 5, px5); \
	XORQ offset, offset; \
	MOVQ outerStrip_Rows(grid), rows

#define NEXT_COLUMN \
	ADDQ outerStrip_XCol(grid), offset; \
	ADDQ outerStrip_DYCol(grid), dyp

// STEP is PIXEL and the way to the next column.
#define STEP \
	VMOVUPS (dyp), g0; \
	VMOVUPS 32(dyp), g1; \
	PIXEL; \
	ADDQ xStep, offset; \
	ADDQ dyStep, dyp

// STEP_SMALL is STEP for the four rows of a small tile.
#define STEP_SMALL \
	VMOVUPS (dyp), g0; \
	VMOVUPS 32(dyp), g1; \
	ROW(px0, Y0, Y1); \
	ROW(px1, Y2, Y3); \
	ROW(px2, Y4, Y5); \
	ROW(px3, Y6, Y7); \
	ADDQ xStep, offset; \
	ADDQ dyStep, dyp

#define ZERO_TILE \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3; \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5; VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7; \
	VXORPS Y8, Y8, Y8; VXORPS Y9, Y9, Y9; VXORPS Y10, Y10, Y10; VXORPS Y11, Y11, Y11

#define NEXT_ROW \
	ADDQ outerStrip_XGap(grid), offset; \
	ADDQ outerStrip_DYGap(grid), dyp

// func outerTiles6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)
// Requires: AVX2, FMA3
//
//	dw[tile.DW[p]+c] += Σ pixels: x[tile.X[p]+…] · dy[…+c]    p < 6, c < 16
//
// Registers: 12 accumulators, 2 of dy, 1 broadcast of x; 15 of 16.
TEXT ·outerTiles6x16AVX2(SB), NOSPLIT, $0-48
	MOVQ tiles+24(FP), tile
	MOVQ strip+40(FP), grid

nextTile:
	ZERO_TILE
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ dw+0(FP), base
	LOAD(0, Y0, Y1)
	LOAD(1, Y2, Y3)
	LOAD(2, Y4, Y5)
	LOAD(3, Y6, Y7)
	LOAD(4, Y8, Y9)
	LOAD(5, Y10, Y11)

begin:
	MOVQ x+8(FP), base
	MOVQ dy+16(FP), dyp
	START

	MOVQ outerStrip_XCol(grid), xStep
	MOVQ outerStrip_DYCol(grid), dyStep

nextRow:
	MOVQ outerStrip_Cols(grid), cols
	SUBQ $4, cols
	JLT tail
	PCALIGN $32

loop4:
	STEP
	STEP
	STEP
	STEP
	SUBQ $4, cols
	JGE loop4

tail:
	ADDQ $4, cols
	JZ rowDone

loop1:
	STEP
	DECQ cols
	JNZ loop1

rowDone:
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	MOVQ dw+0(FP), base
	STORE(0, Y0, Y1)
	STORE(1, Y2, Y3)
	STORE(2, Y4, Y5)
	STORE(3, Y6, Y7)
	STORE(4, Y8, Y9)
	STORE(5, Y10, Y11)
	ADDQ $outerTile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func outerTiles4x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)
// Requires: AVX2, FMA3
//
//	dw[tile.DW[p]+c] += Σ pixels: x[tile.X[p]+…] · dy[…+c]    p < 4, c < 16
//
// Registers: 8 accumulators, 2 of dy, 1 broadcast of x; 11 of 16.
TEXT ·outerTiles4x16AVX2(SB), NOSPLIT, $0-48
	MOVQ tiles+24(FP), tile
	MOVQ strip+40(FP), grid

nextTile:
	ZERO_TILE
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ dw+0(FP), base
	LOAD(0, Y0, Y1)
	LOAD(1, Y2, Y3)
	LOAD(2, Y4, Y5)
	LOAD(3, Y6, Y7)

begin:
	MOVQ x+8(FP), base
	MOVQ dy+16(FP), dyp
	START

	MOVQ outerStrip_XCol(grid), xStep
	MOVQ outerStrip_DYCol(grid), dyStep

nextRow:
	MOVQ outerStrip_Cols(grid), cols
	SUBQ $4, cols
	JLT tail
	PCALIGN $32

loop4:
	STEP_SMALL
	STEP_SMALL
	STEP_SMALL
	STEP_SMALL
	SUBQ $4, cols
	JGE loop4

tail:
	ADDQ $4, cols
	JZ rowDone

loop1:
	STEP_SMALL
	DECQ cols
	JNZ loop1

rowDone:
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	MOVQ dw+0(FP), base
	STORE(0, Y0, Y1)
	STORE(1, Y2, Y3)
	STORE(2, Y4, Y5)
	STORE(3, Y6, Y7)
	ADDQ $outerTile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func outerTilesMasked6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip, mask *[TileChannels]int32)
// Requires: AVX2, FMA3
//
//	dw[tile.DW[p]+c] += Σ pixels: x[tile.X[p]+…] · dy[…+c]    p < 6, c < 16 with mask[c] < 0
//
// Registers: 12 accumulators, 2 of dy, 1 broadcast of x, which the masks share; 16 of 16.
TEXT ·outerTilesMasked6x16AVX2(SB), NOSPLIT, $0-56
	MOVQ tiles+24(FP), tile
	MOVQ strip+40(FP), grid

nextTile:
	ZERO_TILE
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ mask+48(FP), px1
	VMOVUPS (px1), m0
	VMOVUPS 32(px1), m1
	MOVQ dw+0(FP), base
	LOAD_MASKED(0, Y0, Y1)
	LOAD_MASKED(1, Y2, Y3)
	LOAD_MASKED(2, Y4, Y5)
	LOAD_MASKED(3, Y6, Y7)
	LOAD_MASKED(4, Y8, Y9)
	LOAD_MASKED(5, Y10, Y11)

begin:
	MOVQ x+8(FP), base
	MOVQ dy+16(FP), dyp
	START
	MOVQ mask+48(FP), base
	VMOVUPS 32(base), m1

nextRow:
	MOVQ outerStrip_Cols(grid), cols

loop:
	VMOVUPS (base), g0
	VMASKMOVPS (dyp), g0, g0
	VMASKMOVPS 32(dyp), m1, g1
	PIXEL
	NEXT_COLUMN
	DECQ cols
	JNZ loop
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	VMOVUPS (base), m0
	MOVQ dw+0(FP), base
	STORE_MASKED(0, Y0, Y1)
	STORE_MASKED(1, Y2, Y3)
	STORE_MASKED(2, Y4, Y5)
	STORE_MASKED(3, Y6, Y7)
	STORE_MASKED(4, Y8, Y9)
	STORE_MASKED(5, Y10, Y11)
	ADDQ $outerTile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET
