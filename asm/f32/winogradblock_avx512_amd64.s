//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

#define args SI
#define to DI
#define planes AX
#define xp R8
#define dyp BX
#define images DX
#define tiles CX
#define xPlane R11
#define dyPlane R12
#define plane R13
#define gap R15
#define g0 Z16

#define ZERO(acc) VPXORQ acc, acc, acc

#define ROW(r, acc) VFMADD231PS.BCST 4*r(xp), g0, acc

#define STORE(r, acc) VMOVUPS acc, 64*r(to)

// func winogradProducts16x16AVX512(a *winogradBlockArgs)
// Requires: AVX512F
//
//	du[f][r][c] = Σ images i, tiles t: x[i][f][t][r] · dy[i][f][t][c]    r, c < 16
//
// Registers: 16 accumulators, 1 of dy; 17 of 32.
TEXT ·winogradProducts16x16AVX512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ winogradBlockArgs_du(args), to
	MOVQ winogradBlockArgs_x(args), xPlane
	MOVQ winogradBlockArgs_dy(args), dyPlane
	MOVQ winogradBlockArgs_plane(args), plane
	MOVQ winogradBlockArgs_gap(args), gap
	MOVQ winogradBlockArgs_planes(args), planes

nextPlane:
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5); ZERO(Z6); ZERO(Z7)
	ZERO(Z8); ZERO(Z9); ZERO(Z10); ZERO(Z11); ZERO(Z12); ZERO(Z13); ZERO(Z14); ZERO(Z15)
	MOVQ xPlane, xp
	MOVQ dyPlane, dyp
	MOVQ winogradBlockArgs_images(args), images

nextImage:
	MOVQ winogradBlockArgs_tiles(args), tiles
	PCALIGN $64

loop:
	PREFETCHT0 512(xp)
	PREFETCHT0 512(dyp)
	VMOVUPS (dyp), g0
	ROW(0, Z0); ROW(1, Z1); ROW(2, Z2); ROW(3, Z3)
	ROW(4, Z4); ROW(5, Z5); ROW(6, Z6); ROW(7, Z7)
	ROW(8, Z8); ROW(9, Z9); ROW(10, Z10); ROW(11, Z11)
	ROW(12, Z12); ROW(13, Z13); ROW(14, Z14); ROW(15, Z15)
	ADDQ $64, xp
	ADDQ $64, dyp
	DECQ tiles
	JNZ loop
	ADDQ gap, xp
	ADDQ gap, dyp
	DECQ images
	JNZ nextImage

	STORE(0, Z0); STORE(1, Z1); STORE(2, Z2); STORE(3, Z3)
	STORE(4, Z4); STORE(5, Z5); STORE(6, Z6); STORE(7, Z7)
	STORE(8, Z8); STORE(9, Z9); STORE(10, Z10); STORE(11, Z11)
	STORE(12, Z12); STORE(13, Z13); STORE(14, Z14); STORE(15, Z15)
	ADDQ $(4*const_gradientPlane), to
	ADDQ plane, xPlane
	ADDQ plane, dyPlane
	DECQ planes
	JNZ nextPlane
	VZEROUPPER
	RET
