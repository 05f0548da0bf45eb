//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the 6×32 and 4×32 tiles: two registers of sixteen channels each for a row, the first sixteen in Z0, Z2, …
#define px0 R8
#define px1 R9
#define px2 R10
#define px3 R11
#define px4 R12
#define px5 R13
#define second R14
#define weight DI
#define left CX
#define segment DX
#define more SI
#define tile BX
#define base AX
#define place R15
#define ahead R15
#define w0 Z12
#define w1 Z13
#define bx Z14

#define ZERO(acc) VPXORQ acc, acc, acc

// START points at pixel i of the tile's table at byte t, segment base, behind its last element: left counts up to 0.
#define START(i, pointer) \
	MOVLQSX Tile_X+4*i(tile), pointer; \
	LEAQ (base)(pointer*4), pointer

// ROW multiplies one element, at byte d behind the pointer, into a row's two accumulators.
#define ROW(pointer, d, lo, hi) \
	VBROADCASTSS d(pointer)(left*4), bx; \
	VFMADD231PS w0, bx, lo; \
	VFMADD231PS w1, bx, hi

// STEP is iteration k of the chain: d is 4k, dw is 64k.
#define STEP(d, dw) \
	VMOVUPS dw(weight), w0; \
	VMOVUPS dw(weight)(second*1), w1; \
	ROW(px0, d, Z0, Z1); \
	ROW(px1, d, Z2, Z3); \
	ROW(px2, d, Z4, Z5); \
	ROW(px3, d, Z6, Z7); \
	ROW(px4, d, Z8, Z9); \
	ROW(px5, d, Z10, Z11)

// STEP_SMALL is STEP for the four rows of a small tile.
#define STEP_SMALL(d, dw) \
	VMOVUPS dw(weight), w0; \
	VMOVUPS dw(weight)(second*1), w1; \
	ROW(px0, d, Z0, Z1); \
	ROW(px1, d, Z2, Z3); \
	ROW(px2, d, Z4, Z5); \
	ROW(px3, d, Z6, Z7)

// AHEAD points ahead at the weights that the tile fetches for tiles to come.
#define AHEAD \
	MOVLQSX Tile_Next(tile), ahead; \
	IMULQ next+64(FP), ahead; \
	MOVLQSX Tile_Ahead(tile), base; \
	LEAQ (ahead)(base*4), ahead; \
	ADDQ w+16(FP), ahead

// FETCH fetches a row of both blocks' weights into L2, at byte d behind ahead.
#define FETCH(d) \
	PREFETCHT1 d(ahead); \
	PREFETCHT1 d(ahead)(second*1)

// SEGMENT points base at the end of the segment in x, weight at its rows of w, and left at its length below 0.
#define SEGMENT \
	MOVLQSX Segment_X(segment), base; \
	MOVLQSX Segment_K(segment), left; \
	ADDQ left, base; \
	SHLQ $2, base; \
	ADDQ x+8(FP), base; \
	MOVLQSX Segment_W(segment), weight; \
	SHLQ $2, weight; \
	ADDQ w+16(FP), weight; \
	NEGQ left

#define STORE(i, lo, hi) \
	MOVLQSX Tile_Y+4*i(tile), place; \
	VMOVUPS lo, (base)(place*4); \
	VMOVUPS hi, K1, 64(base)(place*4)

// func convTiles6x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask, next int)
// Requires: AVX512F
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[⌊c/16⌋·block/4 + s.W+16k+c%16]    p < 6, c < 32
//
// of the channels from 16 on those with a bit in mask. Registers: 12 accumulators, 2 of weights, 1 broadcast; 15 of 32.
TEXT ·convTiles6x32AVX512(SB), NOSPLIT, $0-72
	MOVQ tiles+24(FP), tile
	MOVQ block+48(FP), second
	MOVQ mask+56(FP), left
	KMOVW CX, K1

nextTile:
	AHEAD
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5)
	ZERO(Z6); ZERO(Z7); ZERO(Z8); ZERO(Z9); ZERO(Z10); ZERO(Z11)
	MOVLQSX Tile_First(tile), segment
	IMULQ $Segment__size, segment
	ADDQ segments+40(FP), segment
	MOVLQSX Tile_Count(tile), more
	TESTQ more, more
	JZ store

nextSegment:
	SEGMENT
	START(0, px0)
	START(1, px1)
	START(2, px2)
	START(3, px3)
	START(4, px4)
	START(5, px5)
	ADDQ $4, left
	JGT tail
	PCALIGN $64

loop4:
	STEP(-16, 0)
	STEP(-12, 64)
	STEP(-8, 128)
	STEP(-4, 192)
	FETCH(0)
	ADDQ $64, ahead
	ADDQ $(4*64), weight
	ADDQ $4, left
	JLE loop4

tail:
	SUBQ $4, left
	JZ segmentDone

loop1:
	STEP(0, 0)
	ADDQ $64, weight
	INCQ left
	JNZ loop1

segmentDone:
	ADDQ $Segment__size, segment
	DECQ more
	JNZ nextSegment

store:
	MOVQ y+0(FP), base
	STORE(0, Z0, Z1)
	STORE(1, Z2, Z3)
	STORE(2, Z4, Z5)
	STORE(3, Z6, Z7)
	STORE(4, Z8, Z9)
	STORE(5, Z10, Z11)
	ADDQ $Tile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func convTiles4x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask, next int)
// Requires: AVX512F
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[⌊c/16⌋·block/4 + s.W+16k+c%16]    p < 4, c < 32
//
// of the channels from 16 on those with a bit in mask. Registers: 8 accumulators, 2 of weights, 1 broadcast; 11 of 32.
TEXT ·convTiles4x32AVX512(SB), NOSPLIT, $0-72
	MOVQ tiles+24(FP), tile
	MOVQ block+48(FP), second
	MOVQ mask+56(FP), left
	KMOVW CX, K1

nextTile:
	AHEAD
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5); ZERO(Z6); ZERO(Z7)
	MOVLQSX Tile_First(tile), segment
	IMULQ $Segment__size, segment
	ADDQ segments+40(FP), segment
	MOVLQSX Tile_Count(tile), more
	TESTQ more, more
	JZ store

nextSegment:
	SEGMENT
	START(0, px0)
	START(1, px1)
	START(2, px2)
	START(3, px3)
	ADDQ $4, left
	JGT tail
	PCALIGN $64

loop4:
	STEP_SMALL(-16, 0)
	STEP_SMALL(-12, 64)
	STEP_SMALL(-8, 128)
	STEP_SMALL(-4, 192)
	FETCH(0)
	FETCH(64)
	ADDQ $128, ahead
	ADDQ $(4*64), weight
	ADDQ $4, left
	JLE loop4

tail:
	SUBQ $4, left
	JZ segmentDone

loop1:
	STEP_SMALL(0, 0)
	ADDQ $64, weight
	INCQ left
	JNZ loop1

segmentDone:
	ADDQ $Segment__size, segment
	DECQ more
	JNZ nextSegment

store:
	MOVQ y+0(FP), base
	STORE(0, Z0, Z1)
	STORE(1, Z2, Z3)
	STORE(2, Z4, Z5)
	STORE(3, Z6, Z7)
	ADDQ $Tile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET
