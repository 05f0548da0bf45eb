//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

#define args SI
#define to DI
#define planes AX
#define xp R8
#define dyp BX
#define rows R9
#define images DX
#define tiles CX
#define xPlane R11
#define dyPlane R12
#define plane R13
#define gap R15
#define g0 Y8
#define g1 Y9
#define bx Y10

#define ZERO(acc) VXORPS acc, acc, acc

#define ROW(p, lo, hi) \
	VBROADCASTSS 4*p(xp), bx; \
	VFMADD231PS g0, bx, lo; \
	VFMADD231PS g1, bx, hi

#define STORE(p, lo, hi) \
	VMOVUPS lo, 64*p(to); \
	VMOVUPS hi, 64*p+32(to)

// func winogradProducts4x16AVX2(a *winogradBlockArgs)
// Requires: AVX, FMA3
//
//	du[f][r][c] = Σ images i, tiles t: x[i][f][t][r] · dy[i][f][t][c]    r, c < 16, four r at a time
//
// Registers: 8 accumulators, 2 of dy, 1 broadcast of x; 11 of 16.
TEXT ·winogradProducts4x16AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ winogradBlockArgs_du(args), to
	MOVQ winogradBlockArgs_x(args), xPlane
	MOVQ winogradBlockArgs_dy(args), dyPlane
	MOVQ winogradBlockArgs_plane(args), plane
	MOVQ winogradBlockArgs_gap(args), gap
	MOVQ winogradBlockArgs_planes(args), planes

nextPlane:
	XORQ rows, rows

nextRows:
	ZERO(Y0); ZERO(Y1); ZERO(Y2); ZERO(Y3); ZERO(Y4); ZERO(Y5); ZERO(Y6); ZERO(Y7)
	LEAQ (xPlane)(rows*1), xp
	MOVQ dyPlane, dyp
	MOVQ winogradBlockArgs_images(args), images

nextImage:
	MOVQ winogradBlockArgs_tiles(args), tiles
	PCALIGN $32

loop:
	VMOVUPS (dyp), g0
	VMOVUPS 32(dyp), g1
	ROW(0, Y0, Y1)
	ROW(1, Y2, Y3)
	ROW(2, Y4, Y5)
	ROW(3, Y6, Y7)
	ADDQ $64, xp
	ADDQ $64, dyp
	DECQ tiles
	JNZ loop
	ADDQ gap, xp
	ADDQ gap, dyp
	DECQ images
	JNZ nextImage

	STORE(0, Y0, Y1)
	STORE(1, Y2, Y3)
	STORE(2, Y4, Y5)
	STORE(3, Y6, Y7)
	ADDQ $(4*64), to
	ADDQ $16, rows
	CMPQ rows, $64
	JNE nextRows

	ADDQ $(4*(const_gradientPlane-const_gradientBlock)), to
	ADDQ plane, xPlane
	ADDQ plane, dyPlane
	DECQ planes
	JNZ nextPlane
	VZEROUPPER
	RET
