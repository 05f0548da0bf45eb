//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

DATA winogradConstants<>+0(SB)/4, $2.0
DATA winogradConstants<>+4(SB)/4, $4.0
DATA winogradConstants<>+8(SB)/4, $5.0
DATA winogradConstants<>+12(SB)/4, $8.0
DATA winogradConstants<>+16(SB)/4, $0.25
DATA winogradConstants<>+20(SB)/4, $0xbe2aaaab // −1/6
DATA winogradConstants<>+24(SB)/4, $0x3d2aaaab // 1/24
DATA winogradConstants<>+28(SB)/4, $0x3e2aaaab // 1/6
DATA winogradConstants<>+32(SB)/4, $0x3daaaaab // 1/12
GLOBL winogradConstants<>(SB), RODATA|NOPTR, $36

#define walk DX
#define tiles CX
#define image SI
#define planes DI
#define temp BX
#define pitch R8
#define pixel R9
#define step R10
#define at R11
#define to R12
#define far R13
#define two Y12
#define four Y13
#define five Y14
#define eight Y14

// INPUT transforms d0 to d5 in Y0 to Y5 to t0 to t5 in Y6, Y7, Y8, Y9, Y10, Y5.
#define INPUT \
	VMOVAPS Y4, Y6; \
	VFNMADD231PS five, Y2, Y6; \
	VFMADD231PS four, Y0, Y6; \
	VFNMADD231PS five, Y3, Y5; \
	VFMADD231PS four, Y1, Y5; \
	VSUBPS Y2, Y4, Y9; \
	VSUBPS Y1, Y3, Y11; \
	VFNMADD231PS four, Y2, Y4; \
	VFNMADD231PS four, Y1, Y3; \
	VADDPS Y3, Y4, Y7; \
	VSUBPS Y3, Y4, Y8; \
	VMOVAPS Y9, Y10; \
	VFMADD231PS two, Y11, Y9; \
	VFNMADD231PS two, Y11, Y10

// INPUT_COLUMN transforms column j of the tile, whose first pixel is at; temp is [6][6] registers.
#define INPUT_COLUMN(j) \
	LEAQ (at)(pitch*2), far; \
	VMOVUPS (at), Y0; \
	VMOVUPS (at)(pitch*1), Y1; \
	VMOVUPS (far), Y2; \
	VMOVUPS (far)(pitch*1), Y3; \
	LEAQ (far)(pitch*2), far; \
	VMOVUPS (far), Y4; \
	VMOVUPS (far)(pitch*1), Y5; \
	INPUT; \
	VMOVUPS Y6, 32*j+0*192(temp); \
	VMOVUPS Y7, 32*j+1*192(temp); \
	VMOVUPS Y8, 32*j+2*192(temp); \
	VMOVUPS Y9, 32*j+3*192(temp); \
	VMOVUPS Y10, 32*j+4*192(temp); \
	VMOVUPS Y5, 32*j+5*192(temp); \
	ADDQ pixel, at

// INPUT_ROW transforms row i of temp and writes its six planes at to.
#define INPUT_ROW(i) \
	VMOVUPS 192*i+0*32(temp), Y0; \
	VMOVUPS 192*i+1*32(temp), Y1; \
	VMOVUPS 192*i+2*32(temp), Y2; \
	VMOVUPS 192*i+3*32(temp), Y3; \
	VMOVUPS 192*i+4*32(temp), Y4; \
	VMOVUPS 192*i+5*32(temp), Y5; \
	INPUT; \
	LEAQ (to)(step*2), far; \
	VMOVUPS Y6, (to); \
	VMOVUPS Y7, (to)(step*1); \
	VMOVUPS Y8, (far); \
	VMOVUPS Y9, (far)(step*1); \
	LEAQ (far)(step*2), far; \
	VMOVUPS Y10, (far); \
	VMOVUPS Y5, (far)(step*1); \
	LEAQ (far)(step*2), to

// func winogradInput8AVX2(v, x *float32, columns *[WinogradPlanes * lanes]float32, steps *winogradSteps)
// Requires: AVX, FMA3
//
//	v = Bᵀ·x·B    a row of tiles, eight channels: columns into scratch, then rows into the planes
//
// Registers: 3 constants, 12 values; 15 of 16.
TEXT ·winogradInput8AVX2(SB), NOSPLIT, $0-32
	MOVQ v+0(FP), planes
	MOVQ x+8(FP), image
	MOVQ columns+16(FP), temp
	MOVQ steps+24(FP), walk
	MOVQ winogradSteps_Tiles(walk), tiles
	MOVQ winogradSteps_Pitch(walk), pitch
	MOVQ winogradSteps_Pixel(walk), pixel
	MOVQ winogradSteps_Plane(walk), step
	VBROADCASTSS winogradConstants<>+0(SB), two
	VBROADCASTSS winogradConstants<>+4(SB), four
	VBROADCASTSS winogradConstants<>+8(SB), five

nextTile:
	MOVQ image, at
	INPUT_COLUMN(0)
	INPUT_COLUMN(1)
	INPUT_COLUMN(2)
	INPUT_COLUMN(3)
	INPUT_COLUMN(4)
	INPUT_COLUMN(5)
	MOVQ planes, to
	INPUT_ROW(0)
	INPUT_ROW(1)
	INPUT_ROW(2)
	INPUT_ROW(3)
	INPUT_ROW(4)
	INPUT_ROW(5)
	ADDQ winogradSteps_Tile(walk), image
	ADDQ winogradSteps_Next(walk), planes
	DECQ tiles
	JNZ nextTile
	VZEROUPPER
	RET

// OUTPUT transforms m0 to m5 in Y0 to Y5 to y0 to y3 in Y0, Y8, Y6, Y7.
#define OUTPUT \
	VADDPS Y2, Y1, Y6; \
	VSUBPS Y2, Y1, Y7; \
	VADDPS Y4, Y3, Y9; \
	VSUBPS Y4, Y3, Y10; \
	VADDPS Y6, Y0, Y0; \
	VADDPS Y9, Y0, Y0; \
	VMOVAPS Y7, Y8; \
	VFMADD231PS two, Y10, Y8; \
	VFMADD231PS four, Y9, Y6; \
	VFMADD231PS eight, Y10, Y7; \
	VADDPS Y5, Y7, Y7

// OUTPUT_COLUMN transforms column j of the planes, the first of which is at; temp is [4][6] registers.
#define OUTPUT_COLUMN(j) \
	MOVQ at, far; \
	VMOVUPS (far), Y0; \
	ADDQ R14, far; \
	VMOVUPS (far), Y1; \
	ADDQ R14, far; \
	VMOVUPS (far), Y2; \
	ADDQ R14, far; \
	VMOVUPS (far), Y3; \
	ADDQ R14, far; \
	VMOVUPS (far), Y4; \
	ADDQ R14, far; \
	VMOVUPS (far), Y5; \
	OUTPUT; \
	VMOVUPS Y0, 32*j+0*192(temp); \
	VMOVUPS Y8, 32*j+1*192(temp); \
	VMOVUPS Y6, 32*j+2*192(temp); \
	VMOVUPS Y7, 32*j+3*192(temp); \
	ADDQ step, at

// OUTPUT_ROW transforms row i of temp and writes four pixels at to.
#define OUTPUT_ROW(i) \
	VMOVUPS 192*i+0*32(temp), Y0; \
	VMOVUPS 192*i+1*32(temp), Y1; \
	VMOVUPS 192*i+2*32(temp), Y2; \
	VMOVUPS 192*i+3*32(temp), Y3; \
	VMOVUPS 192*i+4*32(temp), Y4; \
	VMOVUPS 192*i+5*32(temp), Y5; \
	OUTPUT; \
	LEAQ (to)(pixel*2), far; \
	VMOVUPS Y0, (to); \
	VMOVUPS Y8, (to)(pixel*1); \
	VMOVUPS Y6, (far); \
	VMOVUPS Y7, (far)(pixel*1); \
	ADDQ pitch, to

// func winogradOutput8AVX2(y, m *float32, columns *[WinogradPlanes * lanes]float32, steps *winogradSteps)
// Requires: AVX, FMA3
//
//	y = Aᵀ·m·A    a row of tiles, eight channels: columns into scratch, then rows into the image
//
// Registers: 3 constants, 11 values; 14 of 16.
TEXT ·winogradOutput8AVX2(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), image
	MOVQ m+8(FP), planes
	MOVQ columns+16(FP), temp
	MOVQ steps+24(FP), walk
	MOVQ winogradSteps_Tiles(walk), tiles
	MOVQ winogradSteps_Pitch(walk), pitch
	MOVQ winogradSteps_Pixel(walk), pixel
	MOVQ winogradSteps_Plane(walk), step
	IMUL3Q $6, step, R14
	VBROADCASTSS winogradConstants<>+0(SB), two
	VBROADCASTSS winogradConstants<>+4(SB), four
	VBROADCASTSS winogradConstants<>+12(SB), eight

nextTile:
	MOVQ planes, at
	OUTPUT_COLUMN(0)
	OUTPUT_COLUMN(1)
	OUTPUT_COLUMN(2)
	OUTPUT_COLUMN(3)
	OUTPUT_COLUMN(4)
	OUTPUT_COLUMN(5)
	MOVQ image, to
	OUTPUT_ROW(0)
	OUTPUT_ROW(1)
	OUTPUT_ROW(2)
	OUTPUT_ROW(3)
	ADDQ winogradSteps_Tile(walk), image
	ADDQ winogradSteps_Next(walk), planes
	DECQ tiles
	JNZ nextTile
	VZEROUPPER
	RET

#define quarter Y11
#define minusSixth Y12
#define by24 Y13
#define sixth Y14
#define twelfth Y15

// WEIGHTS transforms w0 to w2 in Y0 to Y2 to u0 to u5 in Y3, Y4, Y5, Y6, Y7, Y2.
#define WEIGHTS \
	VADDPS Y2, Y0, Y8; \
	VMULPS by24, Y0, Y6; \
	VFMADD231PS sixth, Y2, Y6; \
	VMULPS quarter, Y0, Y3; \
	VADDPS Y1, Y8, Y4; \
	VSUBPS Y1, Y8, Y5; \
	VMULPS minusSixth, Y4, Y4; \
	VMULPS minusSixth, Y5, Y5; \
	VMOVAPS Y6, Y7; \
	VFMADD231PS twelfth, Y1, Y6; \
	VFNMADD231PS twelfth, Y1, Y7

// WEIGHT_COLUMN transforms column j of the kernel, whose first tap is at; temp is [6][3] registers.
#define WEIGHT_COLUMN(j) \
	LEAQ (at)(R14*1), far; \
	VMOVUPS (at), Y0; \
	VMOVUPS (far), Y1; \
	VMOVUPS (far)(R14*1), Y2; \
	WEIGHTS; \
	VMOVUPS Y3, 32*j+0*96(temp); \
	VMOVUPS Y4, 32*j+1*96(temp); \
	VMOVUPS Y5, 32*j+2*96(temp); \
	VMOVUPS Y6, 32*j+3*96(temp); \
	VMOVUPS Y7, 32*j+4*96(temp); \
	VMOVUPS Y2, 32*j+5*96(temp); \
	ADDQ pitch, at

// WEIGHT_ROW transforms row i of temp and writes its six planes at to.
#define WEIGHT_ROW(i) \
	VMOVUPS 96*i+0*32(temp), Y0; \
	VMOVUPS 96*i+1*32(temp), Y1; \
	VMOVUPS 96*i+2*32(temp), Y2; \
	WEIGHTS; \
	LEAQ (to)(step*2), far; \
	VMOVUPS Y3, (to); \
	VMOVUPS Y4, (to)(step*1); \
	VMOVUPS Y5, (far); \
	VMOVUPS Y6, (far)(step*1); \
	LEAQ (far)(step*2), far; \
	VMOVUPS Y7, (far); \
	VMOVUPS Y2, (far)(step*1); \
	LEAQ (far)(step*2), to

// func winogradWeights8AVX2(u, w *float32, columns *[WinogradPlanes * lanes]float32, plane, tap int)
// Requires: AVX, FMA3
//
//	u = G·w·Gᵀ    eight kernels side by side: columns into scratch, then rows into the planes
//
// Registers: 5 constants, 9 values; 14 of 16.
TEXT ·winogradWeights8AVX2(SB), NOSPLIT, $0-40
	MOVQ u+0(FP), to
	MOVQ w+8(FP), at
	MOVQ columns+16(FP), temp
	MOVQ plane+24(FP), R10
	MOVQ tap+32(FP), pitch
	LEAQ (pitch)(pitch*2), R14
	VBROADCASTSS winogradConstants<>+16(SB), quarter
	VBROADCASTSS winogradConstants<>+20(SB), minusSixth
	VBROADCASTSS winogradConstants<>+24(SB), by24
	VBROADCASTSS winogradConstants<>+28(SB), sixth
	VBROADCASTSS winogradConstants<>+32(SB), twelfth
	WEIGHT_COLUMN(0)
	WEIGHT_COLUMN(1)
	WEIGHT_COLUMN(2)
	WEIGHT_ROW(0)
	WEIGHT_ROW(1)
	WEIGHT_ROW(2)
	WEIGHT_ROW(3)
	WEIGHT_ROW(4)
	WEIGHT_ROW(5)
	VZEROUPPER
	RET

// GRADIENT transforms d0 to d3 in Y0 to Y3 to t0 to t5 in Y0, Y4, Y5, Y6, Y7, Y3.
#define GRADIENT \
	VADDPS Y2, Y0, Y8; \
	VADDPS Y3, Y1, Y9; \
	VADDPS Y9, Y8, Y4; \
	VSUBPS Y9, Y8, Y5; \
	VMOVAPS Y0, Y6; \
	VFMADD231PS four, Y2, Y6; \
	VFMADD231PS four, Y3, Y1; \
	VMOVAPS Y6, Y7; \
	VFMADD231PS two, Y1, Y6; \
	VFNMADD231PS two, Y1, Y7

// GRADIENT_COLUMN transforms column j of the tile, whose first pixel is at; temp is [6][4] registers.
#define GRADIENT_COLUMN(j) \
	LEAQ (at)(pitch*2), far; \
	VMOVUPS (at), Y0; \
	VMOVUPS (at)(pitch*1), Y1; \
	VMOVUPS (far), Y2; \
	VMOVUPS (far)(pitch*1), Y3; \
	GRADIENT; \
	VMOVUPS Y0, 32*j+0*128(temp); \
	VMOVUPS Y4, 32*j+1*128(temp); \
	VMOVUPS Y5, 32*j+2*128(temp); \
	VMOVUPS Y6, 32*j+3*128(temp); \
	VMOVUPS Y7, 32*j+4*128(temp); \
	VMOVUPS Y3, 32*j+5*128(temp); \
	ADDQ pixel, at

// GRADIENT_ROW transforms row i of temp and writes its six planes at to.
#define GRADIENT_ROW(i) \
	VMOVUPS 128*i+0*32(temp), Y0; \
	VMOVUPS 128*i+1*32(temp), Y1; \
	VMOVUPS 128*i+2*32(temp), Y2; \
	VMOVUPS 128*i+3*32(temp), Y3; \
	GRADIENT; \
	LEAQ (to)(step*2), far; \
	VMOVUPS Y0, (to); \
	VMOVUPS Y4, (to)(step*1); \
	VMOVUPS Y5, (far); \
	VMOVUPS Y6, (far)(step*1); \
	LEAQ (far)(step*2), far; \
	VMOVUPS Y7, (far); \
	VMOVUPS Y3, (far)(step*1); \
	LEAQ (far)(step*2), to

// func winogradGradient8AVX2(w, dy *float32, columns *[WinogradPlanes * lanes]float32, steps *winogradSteps)
// Requires: AVX, FMA3
//
//	w = A·dy·Aᵀ    a row of tiles, eight channels: columns into scratch, then rows into the planes
//
// Registers: 2 constants, 10 values; 12 of 16.
TEXT ·winogradGradient8AVX2(SB), NOSPLIT, $0-32
	MOVQ w+0(FP), planes
	MOVQ dy+8(FP), image
	MOVQ columns+16(FP), temp
	MOVQ steps+24(FP), walk
	MOVQ winogradSteps_Tiles(walk), tiles
	MOVQ winogradSteps_Pitch(walk), pitch
	MOVQ winogradSteps_Pixel(walk), pixel
	MOVQ winogradSteps_Plane(walk), step
	VBROADCASTSS winogradConstants<>+0(SB), two
	VBROADCASTSS winogradConstants<>+4(SB), four

nextTile:
	MOVQ image, at
	GRADIENT_COLUMN(0)
	GRADIENT_COLUMN(1)
	GRADIENT_COLUMN(2)
	GRADIENT_COLUMN(3)
	MOVQ planes, to
	GRADIENT_ROW(0)
	GRADIENT_ROW(1)
	GRADIENT_ROW(2)
	GRADIENT_ROW(3)
	GRADIENT_ROW(4)
	GRADIENT_ROW(5)
	ADDQ winogradSteps_Tile(walk), image
	ADDQ winogradSteps_Next(walk), planes
	DECQ tiles
	JNZ nextTile
	VZEROUPPER
	RET

// WEIGHT_GRADIENT transforms u0 to u5 in Y0 to Y5 to g0 to g2 in Y0, Y6, Y5.
#define WEIGHT_GRADIENT \
	VADDPS Y2, Y1, Y7; \
	VSUBPS Y2, Y1, Y6; \
	VADDPS Y4, Y3, Y8; \
	VSUBPS Y4, Y3, Y9; \
	VMULPS quarter, Y0, Y0; \
	VFMADD231PS minusSixth, Y7, Y0; \
	VFMADD231PS by24, Y8, Y0; \
	VMULPS minusSixth, Y6, Y6; \
	VFMADD231PS twelfth, Y9, Y6; \
	VFMADD231PS minusSixth, Y7, Y5; \
	VFMADD231PS sixth, Y8, Y5

// WEIGHT_GRADIENT_COLUMN transforms column j of the planes, the first of which is at; temp is [3][6] registers.
#define WEIGHT_GRADIENT_COLUMN(j) \
	MOVQ at, far; \
	VMOVUPS (far), Y0; \
	ADDQ R14, far; \
	VMOVUPS (far), Y1; \
	ADDQ R14, far; \
	VMOVUPS (far), Y2; \
	ADDQ R14, far; \
	VMOVUPS (far), Y3; \
	ADDQ R14, far; \
	VMOVUPS (far), Y4; \
	ADDQ R14, far; \
	VMOVUPS (far), Y5; \
	WEIGHT_GRADIENT; \
	VMOVUPS Y0, 32*j+0*192(temp); \
	VMOVUPS Y6, 32*j+1*192(temp); \
	VMOVUPS Y5, 32*j+2*192(temp); \
	ADDQ step, at

// WEIGHT_GRADIENT_ROW transforms row i of temp and writes three taps at to.
#define WEIGHT_GRADIENT_ROW(i) \
	VMOVUPS 192*i+0*32(temp), Y0; \
	VMOVUPS 192*i+1*32(temp), Y1; \
	VMOVUPS 192*i+2*32(temp), Y2; \
	VMOVUPS 192*i+3*32(temp), Y3; \
	VMOVUPS 192*i+4*32(temp), Y4; \
	VMOVUPS 192*i+5*32(temp), Y5; \
	WEIGHT_GRADIENT; \
	VMOVUPS Y0, (to); \
	VMOVUPS Y6, (to)(pitch*1); \
	VMOVUPS Y5, (to)(pitch*2); \
	ADDQ pitch, to; \
	LEAQ (to)(pitch*2), to

// func winogradWeightGradient8AVX2(dw, du *float32, columns *[WinogradPlanes * lanes]float32, tap, plane, n int)
// Requires: AVX, FMA3
//
//	dw = Gᵀ·du·G    n kernels, eight at a time: columns into scratch, then rows into the taps
//
// Registers: 5 constants, 10 values; 15 of 16.
TEXT ·winogradWeightGradient8AVX2(SB), NOSPLIT, $0-48
	MOVQ dw+0(FP), image
	MOVQ du+8(FP), planes
	MOVQ columns+16(FP), temp
	MOVQ tap+24(FP), pitch
	MOVQ plane+32(FP), step
	MOVQ n+40(FP), tiles
	SHRQ $3, tiles
	IMUL3Q $6, step, R14
	VBROADCASTSS winogradConstants<>+16(SB), quarter
	VBROADCASTSS winogradConstants<>+20(SB), minusSixth
	VBROADCASTSS winogradConstants<>+24(SB), by24
	VBROADCASTSS winogradConstants<>+28(SB), sixth
	VBROADCASTSS winogradConstants<>+32(SB), twelfth

nextKernels:
	MOVQ planes, at
	WEIGHT_GRADIENT_COLUMN(0)
	WEIGHT_GRADIENT_COLUMN(1)
	WEIGHT_GRADIENT_COLUMN(2)
	WEIGHT_GRADIENT_COLUMN(3)
	WEIGHT_GRADIENT_COLUMN(4)
	WEIGHT_GRADIENT_COLUMN(5)
	MOVQ image, to
	WEIGHT_GRADIENT_ROW(0)
	WEIGHT_GRADIENT_ROW(1)
	WEIGHT_GRADIENT_ROW(2)
	ADDQ $32, image
	ADDQ $32, planes
	DECQ tiles
	JNZ nextKernels
	VZEROUPPER
	RET
