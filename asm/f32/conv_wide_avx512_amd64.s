//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the 12×16 and 8×16 tiles: a register of sixteen channels for a row. The pointers take all that there are:
// the tile and the segment are kept on the stack, and pointers are made anew for each segment.
#define px0 R8
#define px1 R9
#define px2 R10
#define px3 R11
#define px4 R12
#define px5 R13
#define px6 R14
#define px7 R15
#define px8 AX
#define px9 BX
#define px10 DX
#define px11 SI
#define weight DI
#define left CX
#define base DI
#define tile CX
#define segment R8
#define place AX
#define w0 Z12
#define bx Z13
#define quad0 Z16
#define quad1 Z17
#define quad2 Z18
#define quad3 Z19

#define ZERO(acc) VPXORQ acc, acc, acc

// START points at pixel i of the tile, segment base, behind its last element: left counts up to 0.
#define START(i, pointer) \
	MOVLQSX wideTile_X+4*i(tile), pointer; \
	LEAQ (base)(pointer*4), pointer

// ROW multiplies one element, at byte d behind the pointer, into a row's accumulator.
#define ROW(pointer, d, acc) \
	VBROADCASTSS d(pointer)(left*4), bx; \
	VFMADD231PS w0, bx, acc

// QUAD loads the four elements of the next four iterations, and LANE multiplies element k of them: so the registers'
// shuffles share the work of the loads, which alone would hold the multiplications up.
#define QUAD(pointer, four) VBROADCASTF32X4 -16(pointer)(left*4), four
#define LANE(four, k, acc) \
	VPERMILPS $(0x55*k), four, bx; \
	VFMADD231PS w0, bx, acc

// STEP_SMALL is one iteration for eight rows.
#define STEP_SMALL \
	VMOVUPS (weight), w0; \
	ROW(px0, 0, Z0); \
	ROW(px1, 0, Z1); \
	ROW(px2, 0, Z2); \
	ROW(px3, 0, Z3); \
	ROW(px4, 0, Z4); \
	ROW(px5, 0, Z5); \
	ROW(px6, 0, Z6); \
	ROW(px7, 0, Z7)

// STEP is one iteration for twelve rows.
#define STEP \
	STEP_SMALL; \
	ROW(px8, 0, Z8); \
	ROW(px9, 0, Z9); \
	ROW(px10, 0, Z10); \
	ROW(px11, 0, Z11)

// STEP_SMALL4 is iteration k of four for eight rows: d is 4k−16.
#define STEP_SMALL4(d, k) \
	VMOVUPS 64*k(weight), w0; \
	ROW(px0, d, Z0); \
	ROW(px1, d, Z1); \
	ROW(px2, d, Z2); \
	ROW(px3, d, Z3); \
	ROW(px4, d, Z4); \
	LANE(quad0, k, Z5); \
	LANE(quad1, k, Z6); \
	LANE(quad2, k, Z7)

// STEP4 is iteration k of four for twelve rows: d is 4k−16.
#define STEP4(d, k) \
	STEP_SMALL4(d, k); \
	ROW(px8, d, Z8); \
	ROW(px9, d, Z9); \
	ROW(px10, d, Z10); \
	LANE(quad3, k, Z11)

// FIRST_SEGMENT begins a tile: its segments' place and number go on the stack.
#define FIRST_SEGMENT \
	MOVLQSX wideTile_First(tile), segment; \
	IMULQ $Segment__size, segment; \
	ADDQ segments+40(FP), segment; \
	MOVQ segment, at-16(SP); \
	MOVLQSX wideTile_Count(tile), AX; \
	MOVQ AX, rest-24(SP)

// SEGMENT points base at the end of the segment in x, and tile at the tile.
#define SEGMENT \
	MOVQ at-16(SP), segment; \
	MOVLQSX Segment_X(segment), base; \
	MOVLQSX Segment_K(segment), AX; \
	ADDQ AX, base; \
	SHLQ $2, base; \
	ADDQ x+8(FP), base; \
	MOVQ now-8(SP), tile

// WEIGHTS points weight at the segment's rows of w, and left at its length below 0, and goes on to the next segment.
#define WEIGHTS \
	MOVQ at-16(SP), left; \
	ADDQ $Segment__size, at-16(SP); \
	MOVLQSX Segment_W(left), weight; \
	SHLQ $2, weight; \
	ADDQ w+16(FP), weight; \
	MOVLQSX Segment_K(left), left; \
	NEGQ left

#define STORE(i, acc) \
	MOVLQSX wideTile_Y+4*i(tile), place; \
	VMOVUPS acc, K1, (base)(place*4)

// func convTiles12x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)
// Requires: AVX512F
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[s.W+16k+c]    p < 12, c < 16, those with a bit in mask
//
// Registers: 12 accumulators, 1 of weights, 4 of elements, 1 broadcast; 18 of 32.
TEXT ·convTiles12x16AVX512(SB), NOSPLIT, $24-56
	MOVQ mask+48(FP), AX
	KMOVW AX, K1
	MOVQ tiles+24(FP), tile

nextTile:
	MOVQ tile, now-8(SP)
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5)
	ZERO(Z6); ZERO(Z7); ZERO(Z8); ZERO(Z9); ZERO(Z10); ZERO(Z11)
	FIRST_SEGMENT
	CMPQ rest-24(SP), $0
	JEQ store

nextSegment:
	SEGMENT
	START(0, px0)
	START(1, px1)
	START(2, px2)
	START(3, px3)
	START(4, px4)
	START(5, px5)
	START(6, px6)
	START(7, px7)
	START(8, px8)
	START(9, px9)
	START(10, px10)
	START(11, px11)
	WEIGHTS
	ADDQ $4, left
	JGT tail
	PCALIGN $64

loop4:
	QUAD(px5, quad0)
	QUAD(px6, quad1)
	QUAD(px7, quad2)
	QUAD(px11, quad3)
	STEP4(-16, 0)
	STEP4(-12, 1)
	STEP4(-8, 2)
	STEP4(-4, 3)
	ADDQ $(4*64), weight
	ADDQ $4, left
	JLE loop4

tail:
	SUBQ $4, left
	JZ segmentDone

loop1:
	STEP
	ADDQ $64, weight
	INCQ left
	JNZ loop1

segmentDone:
	DECQ rest-24(SP)
	JNZ nextSegment

store:
	MOVQ y+0(FP), base
	MOVQ now-8(SP), tile
	STORE(0, Z0)
	STORE(1, Z1)
	STORE(2, Z2)
	STORE(3, Z3)
	STORE(4, Z4)
	STORE(5, Z5)
	STORE(6, Z6)
	STORE(7, Z7)
	STORE(8, Z8)
	STORE(9, Z9)
	STORE(10, Z10)
	STORE(11, Z11)
	ADDQ $wideTile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET

// func convTiles8x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)
// Requires: AVX512F
//
//	y[Y[p]+c] = Σ over segments, k:  x[X[p]+s.X+k] · w[s.W+16k+c]    p < 8, c < 16, those with a bit in mask
//
// Registers: 8 accumulators, 1 of weights, 3 of elements, 1 broadcast; 13 of 32.
TEXT ·convTiles8x16AVX512(SB), NOSPLIT, $24-56
	MOVQ mask+48(FP), AX
	KMOVW AX, K1
	MOVQ tiles+24(FP), tile

nextTile:
	MOVQ tile, now-8(SP)
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5); ZERO(Z6); ZERO(Z7)
	FIRST_SEGMENT
	CMPQ rest-24(SP), $0
	JEQ store

nextSegment:
	SEGMENT
	START(0, px0)
	START(1, px1)
	START(2, px2)
	START(3, px3)
	START(4, px4)
	START(5, px5)
	START(6, px6)
	START(7, px7)
	WEIGHTS
	ADDQ $4, left
	JGT tail
	PCALIGN $64

loop4:
	QUAD(px5, quad0)
	QUAD(px6, quad1)
	QUAD(px7, quad2)
	STEP_SMALL4(-16, 0)
	STEP_SMALL4(-12, 1)
	STEP_SMALL4(-8, 2)
	STEP_SMALL4(-4, 3)
	ADDQ $(4*64), weight
	ADDQ $4, left
	JLE loop4

tail:
	SUBQ $4, left
	JZ segmentDone

loop1:
	STEP_SMALL
	ADDQ $64, weight
	INCQ left
	JNZ loop1

segmentDone:
	DECQ rest-24(SP)
	JNZ nextSegment

store:
	MOVQ y+0(FP), base
	MOVQ now-8(SP), tile
	STORE(0, Z0)
	STORE(1, Z1)
	STORE(2, Z2)
	STORE(3, Z3)
	STORE(4, Z4)
	STORE(5, Z5)
	STORE(6, Z6)
	STORE(7, Z7)
	ADDQ $wideTile__size, tile
	DECQ n+32(FP)
	JNZ nextTile
	VZEROUPPER
	RET
