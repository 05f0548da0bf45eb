//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"
#include "winograd_amd64.h"

DATA ·winogradConstants+0(SB)/4, $2.0
DATA ·winogradConstants+4(SB)/4, $4.0
DATA ·winogradConstants+8(SB)/4, $5.0
DATA ·winogradConstants+12(SB)/4, $8.0
DATA ·winogradConstants+16(SB)/4, $0.25
DATA ·winogradConstants+20(SB)/4, $0xbe2aaaab // −1/6
DATA ·winogradConstants+24(SB)/4, $0x3d2aaaab // 1/24
DATA ·winogradConstants+28(SB)/4, $0x3e2aaaab // 1/6
DATA ·winogradConstants+32(SB)/4, $0x3daaaaab // 1/12
GLOBL ·winogradConstants(SB), RODATA|NOPTR, $36

#define two Y13
#define four Y14
#define five Y15
#define eight Y15

// The transforms of tiles read six (or four) rows of six (or four) registers, of an image's pixels or of planes: row k
// begins at row0 to row5, and the registers of a row are across, 2·across, … apart. They hold one or two rows of
// the transform down the columns, 12 registers at most, transform those along themselves and write them; nothing is
// spilled. walk has what a step from tile to tile adds.

// INPUT_OUTER is row 0, or 5, of Bᵀ down one column: 4·a + (−5·b + c) of rows a, b and c.
#define INPUT_OUTER(a, b, c, t) \
	VMOVUPS c, t; \
	VFNMADD231PS b, five, t; \
	VFMADD231PS a, four, t

// INPUT_12 is rows 1 and 2 of Bᵀ down one column.
#define INPUT_12(m1, m2, m3, m4, t, u) \
	VMOVUPS m4, t; \
	VFNMADD231PS m2, four, t; \
	VMOVUPS m3, Y12; \
	VFNMADD231PS m1, four, Y12; \
	VSUBPS Y12, t, u; \
	VADDPS Y12, t, t

// INPUT_34 is rows 3 and 4 of Bᵀ down one column.
#define INPUT_34(m1, m2, m3, m4, t, u) \
	VMOVUPS m4, t; \
	VSUBPS m2, t, t; \
	VMOVUPS m3, Y12; \
	VSUBPS m1, Y12, Y12; \
	VMOVAPS t, u; \
	VFMADD231PS two, Y12, t; \
	VFNMADD231PS two, Y12, u

// INPUT_ROW transforms d0 to d5 along their row and writes the six planes.
#define INPUT_ROW(d0, d1, d2, d3, d4, d5) \
	VMOVAPS d4, Y12; \
	VFNMADD231PS five, d2, Y12; \
	VFMADD231PS four, d0, Y12; \
	PUT(Y12); \
	VFNMADD231PS five, d3, d5; \
	VFMADD231PS four, d1, d5; \
	VSUBPS d2, d4, Y12; \
	VSUBPS d1, d3, d0; \
	VFNMADD231PS four, d2, d4; \
	VFNMADD231PS four, d1, d3; \
	VADDPS d3, d4, d2; \
	PUT(d2); \
	VSUBPS d3, d4, d2; \
	PUT(d2); \
	VMOVAPS Y12, d1; \
	VFMADD231PS two, d0, Y12; \
	PUT(Y12); \
	VFNMADD231PS two, d0, d1; \
	PUT(d1); \
	PUT(d5)

// func winogradInput8AVX2(a *winogradArgs)
// Requires: AVX, FMA3
//
//	v = Bᵀ·x·B    a row of tiles, eight channels: rows 0, 1 and 2, 3 and 4, 5
//
// Registers: 12 values, 1 more, 3 constants; 16 of 16.
TEXT ·winogradInput8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), walk
	MOVQ winogradArgs_pixel(walk), across
	MOVQ winogradArgs_pitch(walk), next
	MOVQ winogradArgs_image(walk), more
	FROM(more, next)
	MOVQ winogradArgs_transformed(walk), out
	MOVQ winogradArgs_plane(walk), stride
	MOVQ winogradArgs_tile(walk), more
	VBROADCASTSS ·winogradConstants+0(SB), two
	VBROADCASTSS ·winogradConstants+4(SB), four
	VBROADCASTSS ·winogradConstants+8(SB), five

nextTile:
	MOVQ out, next
	INPUT_OUTER((row0), (row2), (row4), Y0)
	INPUT_OUTER((row0)(across*1), (row2)(across*1), (row4)(across*1), Y1)
	INPUT_OUTER((row0)(across*2), (row2)(across*2), (row4)(across*2), Y2)
	INPUT_OUTER((row0)(across3*1), (row2)(across3*1), (row4)(across3*1), Y3)
	INPUT_OUTER((row0)(across*4), (row2)(across*4), (row4)(across*4), Y4)
	INPUT_OUTER((row0)(across5*1), (row2)(across5*1), (row4)(across5*1), Y5)
	INPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	INPUT_12((row1), (row2), (row3), (row4), Y0, Y6)
	INPUT_12((row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), Y1, Y7)
	INPUT_12((row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), Y2, Y8)
	INPUT_12((row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), Y3, Y9)
	INPUT_12((row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), Y4, Y10)
	INPUT_12((row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), Y5, Y11)
	INPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	INPUT_ROW(Y6, Y7, Y8, Y9, Y10, Y11)
	INPUT_34((row1), (row2), (row3), (row4), Y0, Y6)
	INPUT_34((row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), Y1, Y7)
	INPUT_34((row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), Y2, Y8)
	INPUT_34((row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), Y3, Y9)
	INPUT_34((row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), Y4, Y10)
	INPUT_34((row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), Y5, Y11)
	INPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	INPUT_ROW(Y6, Y7, Y8, Y9, Y10, Y11)
	INPUT_OUTER((row1), (row3), (row5), Y0)
	INPUT_OUTER((row1)(across*1), (row3)(across*1), (row5)(across*1), Y1)
	INPUT_OUTER((row1)(across*2), (row3)(across*2), (row5)(across*2), Y2)
	INPUT_OUTER((row1)(across3*1), (row3)(across3*1), (row5)(across3*1), Y3)
	INPUT_OUTER((row1)(across*4), (row3)(across*4), (row5)(across*4), Y4)
	INPUT_OUTER((row1)(across5*1), (row3)(across5*1), (row5)(across5*1), Y5)
	INPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	FORWARD(more)
	ADDQ winogradArgs_next(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET

// OUTPUT_02 is rows 0 and 2 of Aᵀ down one column.
#define OUTPUT_02(m0, m1, m2, m3, m4, t, u) \
	VMOVUPS m1, u; \
	VADDPS m2, u, u; \
	VMOVUPS m3, Y12; \
	VADDPS m4, Y12, Y12; \
	VADDPS m0, u, t; \
	VADDPS Y12, t, t; \
	VFMADD231PS four, Y12, u

// OUTPUT_13 is rows 1 and 3 of Aᵀ down one column.
#define OUTPUT_13(m1, m2, m3, m4, m5, t, u) \
	VMOVUPS m1, t; \
	VSUBPS m2, t, t; \
	VMOVUPS m3, Y12; \
	VSUBPS m4, Y12, Y12; \
	VMOVAPS t, u; \
	VFMADD231PS two, Y12, t; \
	VFMADD231PS eight, Y12, u; \
	VADDPS m5, u, u

// OUTPUT_ROW transforms m0 to m5 along their row and writes four pixels, pixel bytes apart, next being the first.
#define OUTPUT_ROW(m0, m1, m2, m3, m4, m5) \
	VADDPS m2, m1, Y12; \
	VSUBPS m2, m1, m1; \
	VADDPS m4, m3, m2; \
	VSUBPS m4, m3, m3; \
	VADDPS Y12, m0, m0; \
	VADDPS m2, m0, m0; \
	VMOVAPS m1, m4; \
	VFMADD231PS two, m3, m4; \
	VFMADD231PS four, m2, Y12; \
	VFMADD231PS eight, m3, m1; \
	VADDPS m5, m1, m1; \
	VMOVUPS m0, (next); \
	VMOVUPS m4, (next)(more*1); \
	LEAQ (next)(more*2), next; \
	VMOVUPS Y12, (next); \
	VMOVUPS m1, (next)(more*1)

// func winogradOutput8AVX2(a *winogradArgs)
// Requires: AVX, FMA3
//
//	y = Aᵀ·m·A    a row of tiles, eight channels: rows 0 and 2, 1 and 3
//
// Registers: 12 values, 1 more, 3 constants; 16 of 16.
TEXT ·winogradOutput8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), walk
	MOVQ winogradArgs_plane(walk), across
	IMUL3Q $6, across, next
	MOVQ winogradArgs_transformed(walk), more
	FROM(more, next)
	MOVQ winogradArgs_image(walk), out
	MOVQ winogradArgs_pitch(walk), stride
	MOVQ winogradArgs_pixel(walk), more
	VBROADCASTSS ·winogradConstants+0(SB), two
	VBROADCASTSS ·winogradConstants+4(SB), four
	VBROADCASTSS ·winogradConstants+12(SB), eight

nextTile:
	OUTPUT_02((row0), (row1), (row2), (row3), (row4), Y0, Y6)
	OUTPUT_02((row0)(across*1), (row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), Y1, Y7)
	OUTPUT_02((row0)(across*2), (row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), Y2, Y8)
	OUTPUT_02((row0)(across3*1), (row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), Y3, Y9)
	OUTPUT_02((row0)(across*4), (row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), Y4, Y10)
	OUTPUT_02((row0)(across5*1), (row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), Y5, Y11)
	MOVQ out, next
	OUTPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	LEAQ (out)(stride*2), next
	OUTPUT_ROW(Y6, Y7, Y8, Y9, Y10, Y11)
	OUTPUT_13((row1), (row2), (row3), (row4), (row5), Y0, Y6)
	OUTPUT_13((row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), (row5)(across*1), Y1, Y7)
	OUTPUT_13((row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), (row5)(across*2), Y2, Y8)
	OUTPUT_13((row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), (row5)(across3*1), Y3, Y9)
	OUTPUT_13((row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), (row5)(across*4), Y4, Y10)
	OUTPUT_13((row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), (row5)(across5*1), Y5, Y11)
	LEAQ (out)(stride*1), next
	OUTPUT_ROW(Y0, Y1, Y2, Y3, Y4, Y5)
	LEAQ (out)(stride*2), next
	ADDQ stride, next
	OUTPUT_ROW(Y6, Y7, Y8, Y9, Y10, Y11)
	MOVQ winogradArgs_next(walk), next
	FORWARD(next)
	ADDQ winogradArgs_tile(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET

// GRADIENT_12 is rows 1 and 2 of A down one column.
#define GRADIENT_12(m0, m1, m2, m3, t, u) \
	VMOVUPS m0, t; \
	VADDPS m2, t, t; \
	VMOVUPS m1, Y12; \
	VADDPS m3, Y12, Y12; \
	VSUBPS Y12, t, u; \
	VADDPS Y12, t, t

// GRADIENT_34 is rows 3 and 4 of A down one column.
#define GRADIENT_34(m0, m1, m2, m3, t, u) \
	VMOVUPS m0, t; \
	VFMADD231PS m2, four, t; \
	VMOVUPS m1, Y12; \
	VFMADD231PS m3, four, Y12; \
	VMOVAPS t, u; \
	VFMADD231PS two, Y12, t; \
	VFNMADD231PS two, Y12, u

// GRADIENT_ROW transforms d0 to d3 along their row and writes the six planes.
#define GRADIENT_ROW(d0, d1, d2, d3) \
	PUT(d0); \
	VADDPS d2, d0, Y8; \
	VADDPS d3, d1, Y9; \
	VADDPS Y9, Y8, Y10; \
	PUT(Y10); \
	VSUBPS Y9, Y8, Y11; \
	PUT(Y11); \
	VFMADD231PS four, d2, d0; \
	VFMADD231PS four, d3, d1; \
	VMOVAPS d0, d2; \
	VFMADD231PS two, d1, d0; \
	PUT(d0); \
	VFNMADD231PS two, d1, d2; \
	PUT(d2); \
	PUT(d3)

// LOAD_ROW loads the four pixels of a row.
#define LOAD_ROW(row) \
	VMOVUPS (row), Y0; \
	VMOVUPS (row)(across*1), Y1; \
	VMOVUPS (row)(across*2), Y2; \
	VMOVUPS (row)(across3*1), Y3

// func winogradGradient8AVX2(a *winogradArgs)
// Requires: AVX, FMA3
//
//	w = A·dy·Aᵀ    a row of tiles, eight channels: rows 0, 1 and 2, 3 and 4, 5
//
// Registers: 8 values, 5 more, 2 constants; 15 of 16.
TEXT ·winogradGradient8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), walk
	MOVQ winogradArgs_pixel(walk), across
	MOVQ winogradArgs_pitch(walk), next
	MOVQ winogradArgs_image(walk), more
	FROM(more, next)
	MOVQ winogradArgs_transformed(walk), out
	MOVQ winogradArgs_plane(walk), stride
	MOVQ winogradArgs_tile(walk), more
	VBROADCASTSS ·winogradConstants+0(SB), two
	VBROADCASTSS ·winogradConstants+4(SB), four

nextTile:
	MOVQ out, next
	LOAD_ROW(row0)
	GRADIENT_ROW(Y0, Y1, Y2, Y3)
	GRADIENT_12((row0), (row1), (row2), (row3), Y0, Y4)
	GRADIENT_12((row0)(across*1), (row1)(across*1), (row2)(across*1), (row3)(across*1), Y1, Y5)
	GRADIENT_12((row0)(across*2), (row1)(across*2), (row2)(across*2), (row3)(across*2), Y2, Y6)
	GRADIENT_12((row0)(across3*1), (row1)(across3*1), (row2)(across3*1), (row3)(across3*1), Y3, Y7)
	GRADIENT_ROW(Y0, Y1, Y2, Y3)
	GRADIENT_ROW(Y4, Y5, Y6, Y7)
	GRADIENT_34((row0), (row1), (row2), (row3), Y0, Y4)
	GRADIENT_34((row0)(across*1), (row1)(across*1), (row2)(across*1), (row3)(across*1), Y1, Y5)
	GRADIENT_34((row0)(across*2), (row1)(across*2), (row2)(across*2), (row3)(across*2), Y2, Y6)
	GRADIENT_34((row0)(across3*1), (row1)(across3*1), (row2)(across3*1), (row3)(across3*1), Y3, Y7)
	GRADIENT_ROW(Y0, Y1, Y2, Y3)
	GRADIENT_ROW(Y4, Y5, Y6, Y7)
	LOAD_ROW(row3)
	GRADIENT_ROW(Y0, Y1, Y2, Y3)
	FORWARD(more)
	ADDQ winogradArgs_next(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET
