//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"
#include "winograd_amd64.h"

// The transforms of tiles for sixteen channels. With 32 registers a pass down the columns makes four rows at once, or
// all that there are, so that each value is loaded once or twice; the rows are then transformed along themselves and written.
#define two Z29
#define four Z30
#define five Z31
#define eight Z31
#define t0 Z24
#define t1 Z25
#define t2 Z26
#define t3 Z27
#define t4 Z28

// INPUT_OUTER is row 0, or 5, of Bᵀ down one column: 4·a + (−5·b + c) of rows a, b and c.
#define INPUT_OUTER(a, b, c, u) \
	VMOVUPS c, u; \
	VFNMADD231PS b, five, u; \
	VFMADD231PS a, four, u

// INPUT_INNER is rows 1 to 4 of Bᵀ down one column.
#define INPUT_INNER(m1, m2, m3, m4, u1, u2, u3, u4) \
	VMOVUPS m1, t0; \
	VMOVUPS m2, t1; \
	VMOVUPS m3, t2; \
	VMOVUPS m4, t3; \
	VSUBPS t1, t3, u4; \
	VSUBPS t0, t2, t4; \
	VFNMADD231PS t1, four, t3; \
	VFNMADD231PS t0, four, t2; \
	VADDPS t2, t3, u1; \
	VSUBPS t2, t3, u2; \
	VMOVAPS u4, u3; \
	VFMADD231PS two, t4, u3; \
	VFNMADD231PS two, t4, u4

// INPUT_ROW transforms d0 to d5 along their row and writes the six planes.
#define INPUT_ROW(d0, d1, d2, d3, d4, d5) \
	VMOVAPS d4, t0; \
	VFNMADD231PS five, d2, t0; \
	VFMADD231PS four, d0, t0; \
	PUT(t0); \
	VFNMADD231PS five, d3, d5; \
	VFMADD231PS four, d1, d5; \
	VSUBPS d2, d4, t1; \
	VSUBPS d1, d3, d0; \
	VFNMADD231PS four, d2, d4; \
	VFNMADD231PS four, d1, d3; \
	VADDPS d3, d4, d2; \
	PUT(d2); \
	VSUBPS d3, d4, d1; \
	PUT(d1); \
	VMOVAPS t1, t2; \
	VFMADD231PS two, d0, t1; \
	PUT(t1); \
	VFNMADD231PS two, d0, t2; \
	PUT(t2); \
	PUT(d5)

// func winogradInput16AVX512(a *winogradArgs)
// Requires: AVX512F
//
//	v = Bᵀ·x·B    a row of tiles, sixteen channels: rows 0, 1 to 4, 5
//
// Registers: 24 values, 5 more, 3 constants; 32 of 32.
TEXT ·winogradInput16AVX512(SB), NOSPLIT, $0-8
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
	INPUT_OUTER((row0), (row2), (row4), Z0)
	INPUT_OUTER((row0)(across*1), (row2)(across*1), (row4)(across*1), Z1)
	INPUT_OUTER((row0)(across*2), (row2)(across*2), (row4)(across*2), Z2)
	INPUT_OUTER((row0)(across3*1), (row2)(across3*1), (row4)(across3*1), Z3)
	INPUT_OUTER((row0)(across*4), (row2)(across*4), (row4)(across*4), Z4)
	INPUT_OUTER((row0)(across5*1), (row2)(across5*1), (row4)(across5*1), Z5)
	INPUT_ROW(Z0, Z1, Z2, Z3, Z4, Z5)
	INPUT_INNER((row1), (row2), (row3), (row4), Z0, Z6, Z12, Z18)
	INPUT_INNER((row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), Z1, Z7, Z13, Z19)
	INPUT_INNER((row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), Z2, Z8, Z14, Z20)
	INPUT_INNER((row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), Z3, Z9, Z15, Z21)
	INPUT_INNER((row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), Z4, Z10, Z16, Z22)
	INPUT_INNER((row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), Z5, Z11, Z17, Z23)
	INPUT_ROW(Z0, Z1, Z2, Z3, Z4, Z5)
	INPUT_ROW(Z6, Z7, Z8, Z9, Z10, Z11)
	INPUT_ROW(Z12, Z13, Z14, Z15, Z16, Z17)
	INPUT_ROW(Z18, Z19, Z20, Z21, Z22, Z23)
	INPUT_OUTER((row1), (row3), (row5), Z0)
	INPUT_OUTER((row1)(across*1), (row3)(across*1), (row5)(across*1), Z1)
	INPUT_OUTER((row1)(across*2), (row3)(across*2), (row5)(across*2), Z2)
	INPUT_OUTER((row1)(across3*1), (row3)(across3*1), (row5)(across3*1), Z3)
	INPUT_OUTER((row1)(across*4), (row3)(across*4), (row5)(across*4), Z4)
	INPUT_OUTER((row1)(across5*1), (row3)(across5*1), (row5)(across5*1), Z5)
	INPUT_ROW(Z0, Z1, Z2, Z3, Z4, Z5)
	FORWARD(more)
	ADDQ winogradArgs_next(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET

// OUTPUT_COLUMN is the four rows of Aᵀ down one column.
#define OUTPUT_COLUMN(m0, m1, m2, m3, m4, m5, u0, u1, u2, u3) \
	VMOVUPS m1, t0; \
	VMOVUPS m2, t1; \
	VMOVUPS m3, t2; \
	VMOVUPS m4, t3; \
	VADDPS t1, t0, u2; \
	VSUBPS t1, t0, u1; \
	VADDPS t3, t2, t0; \
	VSUBPS t3, t2, t1; \
	VADDPS m0, u2, u0; \
	VADDPS t0, u0, u0; \
	VFMADD231PS four, t0, u2; \
	VMOVAPS u1, u3; \
	VFMADD231PS two, t1, u1; \
	VFMADD231PS eight, t1, u3; \
	VADDPS m5, u3, u3

// OUTPUT_ROW transforms m0 to m5 along their row and writes four pixels, pixel bytes apart, next being the first.
#define OUTPUT_ROW(m0, m1, m2, m3, m4, m5) \
	VADDPS m2, m1, t0; \
	VSUBPS m2, m1, m1; \
	VADDPS m4, m3, m2; \
	VSUBPS m4, m3, m3; \
	VADDPS t0, m0, m0; \
	VADDPS m2, m0, m0; \
	VMOVAPS m1, m4; \
	VFMADD231PS two, m3, m4; \
	VFMADD231PS four, m2, t0; \
	VFMADD231PS eight, m3, m1; \
	VADDPS m5, m1, m1; \
	VMOVUPS m0, (next); \
	VMOVUPS m4, (next)(more*1); \
	VMOVUPS t0, (next)(more*2); \
	LEAQ (next)(more*2), next; \
	VMOVUPS m1, (next)(more*1)

// func winogradOutput16AVX512(a *winogradArgs)
// Requires: AVX512F
//
//	y = Aᵀ·m·A    a row of tiles, sixteen channels: all rows at once
//
// Registers: 24 values, 4 more, 3 constants; 31 of 32.
TEXT ·winogradOutput16AVX512(SB), NOSPLIT, $0-8
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
	OUTPUT_COLUMN((row0), (row1), (row2), (row3), (row4), (row5), Z0, Z6, Z12, Z18)
	OUTPUT_COLUMN((row0)(across*1), (row1)(across*1), (row2)(across*1), (row3)(across*1), (row4)(across*1), (row5)(across*1), Z1, Z7, Z13, Z19)
	OUTPUT_COLUMN((row0)(across*2), (row1)(across*2), (row2)(across*2), (row3)(across*2), (row4)(across*2), (row5)(across*2), Z2, Z8, Z14, Z20)
	OUTPUT_COLUMN((row0)(across3*1), (row1)(across3*1), (row2)(across3*1), (row3)(across3*1), (row4)(across3*1), (row5)(across3*1), Z3, Z9, Z15, Z21)
	OUTPUT_COLUMN((row0)(across*4), (row1)(across*4), (row2)(across*4), (row3)(across*4), (row4)(across*4), (row5)(across*4), Z4, Z10, Z16, Z22)
	OUTPUT_COLUMN((row0)(across5*1), (row1)(across5*1), (row2)(across5*1), (row3)(across5*1), (row4)(across5*1), (row5)(across5*1), Z5, Z11, Z17, Z23)
	MOVQ out, next
	OUTPUT_ROW(Z0, Z1, Z2, Z3, Z4, Z5)
	LEAQ (out)(stride*1), next
	OUTPUT_ROW(Z6, Z7, Z8, Z9, Z10, Z11)
	LEAQ (out)(stride*2), next
	OUTPUT_ROW(Z12, Z13, Z14, Z15, Z16, Z17)
	LEAQ (out)(stride*2), next
	ADDQ stride, next
	OUTPUT_ROW(Z18, Z19, Z20, Z21, Z22, Z23)
	MOVQ winogradArgs_next(walk), next
	FORWARD(next)
	ADDQ winogradArgs_tile(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET

// GRADIENT_COLUMN is the six rows of A down one column, of which the first and the last are what is loaded.
#define GRADIENT_COLUMN(m0, m1, m2, m3, u0, u1, u2, u3, u4, u5) \
	VMOVUPS m0, u0; \
	VMOVUPS m1, t0; \
	VMOVUPS m2, t1; \
	VMOVUPS m3, u5; \
	VADDPS t1, u0, u1; \
	VADDPS u5, t0, t2; \
	VSUBPS t2, u1, u2; \
	VADDPS t2, u1, u1; \
	VMOVAPS u0, u3; \
	VFMADD231PS t1, four, u3; \
	VFMADD231PS u5, four, t0; \
	VMOVAPS u3, u4; \
	VFMADD231PS two, t0, u3; \
	VFNMADD231PS two, t0, u4

// GRADIENT_ROW transforms d0 to d3 along their row and writes the six planes.
#define GRADIENT_ROW(d0, d1, d2, d3) \
	PUT(d0); \
	VADDPS d2, d0, t0; \
	VADDPS d3, d1, t1; \
	VADDPS t1, t0, t2; \
	PUT(t2); \
	VSUBPS t1, t0, t3; \
	PUT(t3); \
	VFMADD231PS four, d2, d0; \
	VFMADD231PS four, d3, d1; \
	VMOVAPS d0, d2; \
	VFMADD231PS two, d1, d0; \
	PUT(d0); \
	VFNMADD231PS two, d1, d2; \
	PUT(d2); \
	PUT(d3)

// func winogradGradient16AVX512(a *winogradArgs)
// Requires: AVX512F
//
//	w = A·dy·Aᵀ    a row of tiles, sixteen channels: all rows at once
//
// Registers: 24 values, 4 more, 2 constants; 30 of 32.
TEXT ·winogradGradient16AVX512(SB), NOSPLIT, $0-8
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
	GRADIENT_COLUMN((row0), (row1), (row2), (row3), Z0, Z4, Z8, Z12, Z16, Z20)
	GRADIENT_COLUMN((row0)(across*1), (row1)(across*1), (row2)(across*1), (row3)(across*1), Z1, Z5, Z9, Z13, Z17, Z21)
	GRADIENT_COLUMN((row0)(across*2), (row1)(across*2), (row2)(across*2), (row3)(across*2), Z2, Z6, Z10, Z14, Z18, Z22)
	GRADIENT_COLUMN((row0)(across3*1), (row1)(across3*1), (row2)(across3*1), (row3)(across3*1), Z3, Z7, Z11, Z15, Z19, Z23)
	GRADIENT_ROW(Z0, Z1, Z2, Z3)
	GRADIENT_ROW(Z4, Z5, Z6, Z7)
	GRADIENT_ROW(Z8, Z9, Z10, Z11)
	GRADIENT_ROW(Z12, Z13, Z14, Z15)
	GRADIENT_ROW(Z16, Z17, Z18, Z19)
	GRADIENT_ROW(Z20, Z21, Z22, Z23)
	FORWARD(more)
	ADDQ winogradArgs_next(walk), out
	DECQ winogradArgs_tiles(walk)
	JNZ nextTile
	VZEROUPPER
	RET
