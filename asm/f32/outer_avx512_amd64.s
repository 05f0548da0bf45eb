//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the tiles of a weight gradient whose rows are neighbours in x: one pointer serves them all.
#define xp R8
#define dyp BX
#define cols CX
#define rows DX
#define grid SI
#define tile DI
#define xStep R9
#define dyStep R10
#define dwStep R11
#define row R12
#define g0 Z16
#define g1 Z17
#define bx Z18
#define quad0 Z19
#define quad1 Z20

#define ZERO(acc) VPXORQ acc, acc, acc

#define ZERO_PAIR(lo, hi) ZERO(lo); ZERO(hi)

// LOAD and STORE move an accumulator's row of dw, and go on to the next row.
#define LOAD(acc) \
	VMOVUPS (row), acc; \
	ADDQ dwStep, row

#define STORE(acc) \
	VMOVUPS acc, (row); \
	ADDQ dwStep, row

#define LOAD_PAIR(lo, hi) \
	VMOVUPS (row), lo; \
	VMOVUPS 64(row), hi; \
	ADDQ dwStep, row

#define STORE_PAIR(lo, hi) \
	VMOVUPS lo, (row); \
	VMOVUPS hi, 64(row); \
	ADDQ dwStep, row

// ROW multiplies element p of a pixel into a row's accumulator.
#define ROW(p, acc) \
	VBROADCASTSS 4*p(xp), bx; \
	VFMADD231PS g0, bx, acc

#define ROW_PAIR(p, lo, hi) \
	VBROADCASTSS 4*p(xp), bx; \
	VFMADD231PS g0, bx, lo; \
	VFMADD231PS g1, bx, hi

// LANE multiplies element k of four that were loaded at once: so the registers' shuffles share the work of the loads.
#define LANE(four, k, acc) \
	VPERMILPS $(0x55*k), four, bx; \
	VFMADD231PS g0, bx, acc

#define NEXT_PIXEL \
	ADDQ xStep, xp; \
	ADDQ dyStep, dyp

// STEP_8X32 is the outer product of one pixel.
#define STEP_8X32 \
	VMOVUPS (dyp), g0; \
	VMOVUPS 64(dyp), g1; \
	ROW_PAIR(0, Z0, Z1); \
	ROW_PAIR(1, Z2, Z3); \
	ROW_PAIR(2, Z4, Z5); \
	ROW_PAIR(3, Z6, Z7); \
	ROW_PAIR(4, Z8, Z9); \
	ROW_PAIR(5, Z10, Z11); \
	ROW_PAIR(6, Z12, Z13); \
	ROW_PAIR(7, Z14, Z15); \
	NEXT_PIXEL

#define STEP_9X16 \
	VMOVUPS (dyp), g0; \
	VBROADCASTF32X4 (xp), quad0; \
	ROW(4, Z4); \
	ROW(5, Z5); \
	ROW(6, Z6); \
	ROW(7, Z7); \
	ROW(8, Z8); \
	LANE(quad0, 0, Z0); \
	LANE(quad0, 1, Z1); \
	LANE(quad0, 2, Z2); \
	LANE(quad0, 3, Z3); \
	NEXT_PIXEL

#define STEP_16X16 \
	VMOVUPS (dyp), g0; \
	VBROADCASTF32X4 (xp), quad0; \
	VBROADCASTF32X4 16(xp), quad1; \
	ROW(8, Z8); LANE(quad0, 0, Z0); \
	ROW(9, Z9); LANE(quad0, 1, Z1); \
	ROW(10, Z10); LANE(quad0, 2, Z2); \
	ROW(11, Z11); LANE(quad0, 3, Z3); \
	ROW(12, Z12); LANE(quad1, 0, Z4); \
	ROW(13, Z13); LANE(quad1, 1, Z5); \
	ROW(14, Z14); LANE(quad1, 2, Z6); \
	ROW(15, Z15); LANE(quad1, 3, Z7); \
	NEXT_PIXEL

// GRID loads what the strip's walk needs.
#define GRID \
	MOVQ outerStrip_XCol(grid), xStep; \
	MOVQ outerStrip_DYCol(grid), dyStep; \
	MOVQ outerStrip_DWRow(grid), dwStep

#define NEXT_ROW \
	ADDQ outerStrip_XGap(grid), xp; \
	ADDQ outerStrip_DYGap(grid), dyp

// func outerRows8x32AVX512(dw, x, dy *float32, n int, strip *outerStrip)
// Requires: AVX512F
//
//	dw[(8t+p)·row+c] += Σ pixels: x[8t+p+…] · dy[…+c]    t < n, p < 8, c < 32
//
// Registers: 16 accumulators, 2 of dy, 1 broadcast of x; 19 of 32.
TEXT ·outerRows8x32AVX512(SB), NOSPLIT, $0-40
	MOVQ dw+0(FP), tile
	MOVQ strip+32(FP), grid
	GRID

nextTile:
	ZERO_PAIR(Z0, Z1); ZERO_PAIR(Z2, Z3); ZERO_PAIR(Z4, Z5); ZERO_PAIR(Z6, Z7)
	ZERO_PAIR(Z8, Z9); ZERO_PAIR(Z10, Z11); ZERO_PAIR(Z12, Z13); ZERO_PAIR(Z14, Z15)
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ tile, row
	LOAD_PAIR(Z0, Z1)
	LOAD_PAIR(Z2, Z3)
	LOAD_PAIR(Z4, Z5)
	LOAD_PAIR(Z6, Z7)
	LOAD_PAIR(Z8, Z9)
	LOAD_PAIR(Z10, Z11)
	LOAD_PAIR(Z12, Z13)
	LOAD_PAIR(Z14, Z15)

begin:
	MOVQ x+8(FP), xp
	MOVQ dy+16(FP), dyp
	MOVQ outerStrip_Rows(grid), rows

nextRow:
	MOVQ outerStrip_Cols(grid), cols
	PCALIGN $64

loop:
	STEP_8X32
	DECQ cols
	JNZ loop
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	MOVQ tile, row
	STORE_PAIR(Z0, Z1)
	STORE_PAIR(Z2, Z3)
	STORE_PAIR(Z4, Z5)
	STORE_PAIR(Z6, Z7)
	STORE_PAIR(Z8, Z9)
	STORE_PAIR(Z10, Z11)
	STORE_PAIR(Z12, Z13)
	STORE_PAIR(Z14, Z15)
	MOVQ row, tile
	ADDQ $(8*4), x+8(FP)
	DECQ n+24(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func outerRows16x16AVX512(dw, x, dy *float32, n int, strip *outerStrip)
// Requires: AVX512F
//
//	dw[(16t+p)·row+c] += Σ pixels: x[16t+p+…] · dy[…+c]    t < n, p < 16, c < 16
//
// Registers: 16 accumulators, 1 of dy, 3 of x; 20 of 32.
TEXT ·outerRows16x16AVX512(SB), NOSPLIT, $0-40
	MOVQ dw+0(FP), tile
	MOVQ strip+32(FP), grid
	GRID

nextTile:
	ZERO_PAIR(Z0, Z1); ZERO_PAIR(Z2, Z3); ZERO_PAIR(Z4, Z5); ZERO_PAIR(Z6, Z7)
	ZERO_PAIR(Z8, Z9); ZERO_PAIR(Z10, Z11); ZERO_PAIR(Z12, Z13); ZERO_PAIR(Z14, Z15)
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ tile, row
	LOAD(Z0); LOAD(Z1); LOAD(Z2); LOAD(Z3)
	LOAD(Z4); LOAD(Z5); LOAD(Z6); LOAD(Z7)
	LOAD(Z8); LOAD(Z9); LOAD(Z10); LOAD(Z11)
	LOAD(Z12); LOAD(Z13); LOAD(Z14); LOAD(Z15)

begin:
	MOVQ x+8(FP), xp
	MOVQ dy+16(FP), dyp
	MOVQ outerStrip_Rows(grid), rows

nextRow:
	MOVQ outerStrip_Cols(grid), cols
	PCALIGN $64

loop:
	STEP_16X16
	DECQ cols
	JNZ loop
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	MOVQ tile, row
	STORE(Z0); STORE(Z1); STORE(Z2); STORE(Z3)
	STORE(Z4); STORE(Z5); STORE(Z6); STORE(Z7)
	STORE(Z8); STORE(Z9); STORE(Z10); STORE(Z11)
	STORE(Z12); STORE(Z13); STORE(Z14); STORE(Z15)
	MOVQ row, tile
	ADDQ $(16*4), x+8(FP)
	DECQ n+24(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func outerRows9x16AVX512(dw, x, dy *float32, strip *outerStrip)
// Requires: AVX512F
//
//	dw[p·row+c] += Σ pixels: x[p+…] · dy[…+c]    p < 9, c < 16
//
// Registers: 9 accumulators, 1 of dy, 2 of x; 12 of 32.
TEXT ·outerRows9x16AVX512(SB), NOSPLIT, $0-32
	MOVQ dw+0(FP), tile
	MOVQ strip+24(FP), grid
	GRID
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5); ZERO(Z6); ZERO(Z7); ZERO(Z8)
	CMPQ outerStrip_Fresh(grid), $0
	JNE begin
	MOVQ tile, row
	LOAD(Z0); LOAD(Z1); LOAD(Z2); LOAD(Z3); LOAD(Z4); LOAD(Z5); LOAD(Z6); LOAD(Z7); LOAD(Z8)

begin:
	MOVQ x+8(FP), xp
	MOVQ dy+16(FP), dyp
	MOVQ outerStrip_Rows(grid), rows

nextRow:
	MOVQ outerStrip_Cols(grid), cols
	PCALIGN $64

loop:
	STEP_9X16
	DECQ cols
	JNZ loop
	NEXT_ROW
	DECQ rows
	JNZ nextRow

	MOVQ tile, row
	STORE(Z0); STORE(Z1); STORE(Z2); STORE(Z3); STORE(Z4); STORE(Z5); STORE(Z6); STORE(Z7); STORE(Z8)
	VZEROUPPER
	RET
