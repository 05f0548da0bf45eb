//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the two 6×16 tiles. acc0 to acc11 are rows 0 to 5 of the tile, two registers of eight
// channels each.
#define px0 R8
#define px1 R9
#define px2 R10
#define px3 R11
#define px4 R12
#define px5 R13
#define offset AX
#define weight BX
#define count CX
#define segment DX
#define left SI
#define tile DI
#define scratch R15
#define ahead R15
#define w0 Y12
#define w1 Y13
#define bx Y14

#define ZERO_TILE \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3; \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5; VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7; \
	VXORPS Y8, Y8, Y8; VXORPS Y9, Y9, Y9; VXORPS Y10, Y10, Y10; VXORPS Y11, Y11, Y11

// ROW multiplies one element, at byte d behind the pointer and its offset, into a row's two accumulators.
#define ROW(pointer, d, lo, hi) \
	VBROADCASTSS d(pointer)(offset*1), bx; \
	VFMADD231PS w0, bx, lo; \
	VFMADD231PS w1, bx, hi

// STEP is iteration k of the chain: d is 4k, dw is 64k.
#define STEP(d, dw) \
	VMOVUPS dw(weight), w0; \
	VMOVUPS dw+32(weight), w1; \
	ROW(px0, d, Y0, Y1); \
	ROW(px1, d, Y2, Y3); \
	ROW(px2, d, Y4, Y5); \
	ROW(px3, d, Y6, Y7); \
	ROW(px4, d, Y8, Y9); \
	ROW(px5, d, Y10, Y11)

// STEP_SMALL is STEP for the four rows of a small tile.
#define STEP_SMALL(d, dw) \
	VMOVUPS dw(weight), w0; \
	VMOVUPS dw+32(weight), w1; \
	ROW(px0, d, Y0, Y1); \
	ROW(px1, d, Y2, Y3); \
	ROW(px2, d, Y4, Y5); \
	ROW(px3, d, Y6, Y7)

// POINT sets a pointer to element i of the tile's table at byte t.
#define POINT(base, t, i, pointer) \
	MOVLQSX t+4*i(tile), pointer; \
	LEAQ (base)(pointer*4), pointer

// AHEAD points ahead at the weights that the tile fetches for tiles to come.
#define AHEAD \
	MOVLQSX Tile_Next(tile), ahead; \
	IMULQ next+56(FP), ahead; \
	MOVLQSX Tile_Ahead(tile), offset; \
	LEAQ (ahead)(offset*4), ahead; \
	ADDQ w+16(FP), ahead

#define STORE(base, i, lo, hi) \
	POINT(base, Tile_Y, i, px0); \
	VMOVUPS lo, (px0); \
	VMOVUPS hi, 32(px0)

#define STORE_MASKED(base, i, lo, hi) \
	POINT(base, Tile_Y, i, px0); \
	VMASKMOVPS lo, w0, (px0); \
	VMASKMOVPS hi, w1, 32(px0)

// func convTiles6x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[16]int32, next int)
// Requires: AVX, FMA3
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[s.W+16k+c]    p < 6, c < 16, those with mask[c] < 0
//
// w is rows of 16 channels. mask is nil for all 16. Registers: 12 accumulators, 2 of weights, 1 broadcast; 15 of 16.
TEXT ·convTiles6x16AVX2(SB), NOSPLIT, $0-64
	MOVQ tiles+24(FP), tile

nextTile:
	MOVQ x+8(FP), scratch
	POINT(scratch, Tile_X, 0, px0)
	POINT(scratch, Tile_X, 1, px1)
	POINT(scratch, Tile_X, 2, px2)
	POINT(scratch, Tile_X, 3, px3)
	POINT(scratch, Tile_X, 4, px4)
	POINT(scratch, Tile_X, 5, px5)
	MOVLQSX Tile_First(tile), segment
	IMULQ $Segment__size, segment
	ADDQ segments+40(FP), segment
	MOVLQSX Tile_Count(tile), left
	ZERO_TILE
	AHEAD
	TESTQ left, left
	JZ store

nextSegment:
	MOVLQSX Segment_X(segment), offset
	SHLQ $2, offset
	MOVLQSX Segment_W(segment), weight
	SHLQ $2, weight
	ADDQ w+16(FP), weight
	MOVLQSX Segment_K(segment), count
	SUBQ $4, count
	JLT tail

loop4:
	STEP(0, 0)
	STEP(4, 64)
	STEP(8, 128)
	STEP(12, 192)
	PREFETCHT1 (ahead)
	ADDQ $64, ahead
	ADDQ $(4*4), offset
	ADDQ $(4*64), weight
	SUBQ $4, count
	JGE loop4

tail:
	ADDQ $4, count
	JZ segmentDone

loop1:
	STEP(0, 0)
	ADDQ $4, offset
	ADDQ $64, weight
	DECQ count
	JNZ loop1

segmentDone:
	ADDQ $Segment__size, segment
	DECQ left
	JNZ nextSegment

store:
	MOVQ y+0(FP), scratch
	MOVQ mask+48(FP), count
	TESTQ count, count
	JNZ storeMasked
	STORE(scratch, 0, Y0, Y1)
	STORE(scratch, 1, Y2, Y3)
	STORE(scratch, 2, Y4, Y5)
	STORE(scratch, 3, Y6, Y7)
	STORE(scratch, 4, Y8, Y9)
	STORE(scratch, 5, Y10, Y11)
	JMP stored

storeMasked:
	VMOVUPS (count), w0
	VMOVUPS 32(count), w1
	STORE_MASKED(scratch, 0, Y0, Y1)
	STORE_MASKED(scratch, 1, Y2, Y3)
	STORE_MASKED(scratch, 2, Y4, Y5)
	STORE_MASKED(scratch, 3, Y6, Y7)
	STORE_MASKED(scratch, 4, Y8, Y9)
	STORE_MASKED(scratch, 5, Y10, Y11)

stored:
	ADDQ $Tile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func convTiles4x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[16]int32, next int)
// Requires: AVX, FMA3
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[s.W+16k+c]    p < 4, c < 16, those with mask[c] < 0
//
// w is rows of 16 channels. mask is nil for all 16. Registers: 8 accumulators, 2 of weights, 1 broadcast; 11 of 16.
TEXT ·convTiles4x16AVX2(SB), NOSPLIT, $0-64
	MOVQ tiles+24(FP), tile

nextTile:
	MOVQ x+8(FP), scratch
	POINT(scratch, Tile_X, 0, px0)
	POINT(scratch, Tile_X, 1, px1)
	POINT(scratch, Tile_X, 2, px2)
	POINT(scratch, Tile_X, 3, px3)
	MOVLQSX Tile_First(tile), segment
	IMULQ $Segment__size, segment
	ADDQ segments+40(FP), segment
	MOVLQSX Tile_Count(tile), left
	ZERO_TILE
	AHEAD
	TESTQ left, left
	JZ store

nextSegment:
	MOVLQSX Segment_X(segment), offset
	SHLQ $2, offset
	MOVLQSX Segment_W(segment), weight
	SHLQ $2, weight
	ADDQ w+16(FP), weight
	MOVLQSX Segment_K(segment), count
	SUBQ $4, count
	JLT tail

loop4:
	STEP_SMALL(0, 0)
	STEP_SMALL(4, 64)
	STEP_SMALL(8, 128)
	STEP_SMALL(12, 192)
	PREFETCHT1 (ahead)
	PREFETCHT1 64(ahead)
	ADDQ $128, ahead
	ADDQ $(4*4), offset
	ADDQ $(4*64), weight
	SUBQ $4, count
	JGE loop4

tail:
	ADDQ $4, count
	JZ segmentDone

loop1:
	STEP_SMALL(0, 0)
	ADDQ $4, offset
	ADDQ $64, weight
	DECQ count
	JNZ loop1

segmentDone:
	ADDQ $Segment__size, segment
	DECQ left
	JNZ nextSegment

store:
	MOVQ y+0(FP), scratch
	MOVQ mask+48(FP), count
	TESTQ count, count
	JNZ storeMasked
	STORE(scratch, 0, Y0, Y1)
	STORE(scratch, 1, Y2, Y3)
	STORE(scratch, 2, Y4, Y5)
	STORE(scratch, 3, Y6, Y7)
	JMP stored

storeMasked:
	VMOVUPS (count), w0
	VMOVUPS 32(count), w1
	STORE_MASKED(scratch, 0, Y0, Y1)
	STORE_MASKED(scratch, 1, Y2, Y3)
	STORE_MASKED(scratch, 2, Y4, Y5)
	STORE_MASKED(scratch, 3, Y6, Y7)

stored:
	ADDQ $Tile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET
