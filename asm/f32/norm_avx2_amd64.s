//go:build amd64 && !purego

#include "textflag.h"

// Registers of the kernels of batch normalization: eight channels of one pixel at a time.
#define to DI
#define from SI
#define gradient DX
#define left CX
#define stride R8
#define scratch AX
#define vmean Y0
#define vscale Y1
#define vbeta Y2
#define vleak Y3
#define zero Y4
#define sum0 Y5
#define sum1 Y6
#define dot0 Y7
#define dot1 Y8

// LEAKY sets a to z, or to leak·z where z < 0.
#define LEAKY(z, a, t, mask) \
	VMULPS vleak, z, t; \
	VCMPPS $0x11, zero, z, mask; \
	VBLENDVPS mask, t, z, a

// FETCH loads the eight values that an argument points to.
#define FETCH(argument, v) \
	MOVQ argument, scratch; \
	VMOVUPS (scratch), v

// PUT stores v to where an argument points.
#define PUT(argument, v) \
	MOVQ argument, scratch; \
	VMOVUPS v, (scratch)

// func activate8AVX2(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)
// Requires: AVX, FMA3
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, gap bytes between rows of dst
//
// Registers: 4 coefficients, 0, 4 temporaries; 9 of 16.
TEXT ·activate8AVX2(SB), NOSPLIT, $0-80
	MOVQ dst+0(FP), to
	MOVQ src+8(FP), from
	FETCH(mean+16(FP), vmean)
	FETCH(scale+24(FP), vscale)
	FETCH(beta+32(FP), vbeta)
	VBROADCASTSS leak+40(FP), vleak
	VXORPS zero, zero, zero
	MOVQ rows+48(FP), R9
	MOVQ step+64(FP), stride
	MOVQ gap+72(FP), R10

nextRow:
	MOVQ cols+56(FP), left

loop:
	VMOVUPS (from), Y9
	VSUBPS vmean, Y9, Y9
	VFMADD213PS vbeta, vscale, Y9
	LEAKY(Y9, Y9, Y10, Y11)
	VMOVUPS Y9, (to)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// ACTIVATE computes the eight channels at byte at of the pixel at src. The sign of z chooses: leak·(−0) is −0 too.
#define ACTIVATE(at, mm, ss, bb, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mm, v, v; \
	VFMADD213PS bb, ss, v; \
	VMULPS vleak, v, t; \
	VBLENDVPS v, t, v, v; \
	VMOVUPS v, at(to)

// func activate16AVX2(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)
// Requires: AVX, FMA3
//
//	dst = leaky(FMA(src−mean, scale, beta))    [rows][cols] pixels, sixteen channels, gap bytes between rows of dst
//
// Registers: 6 coefficients, leak, 4 temporaries; 11 of 16.
TEXT ·activate16AVX2(SB), NOSPLIT, $0-80
	MOVQ dst+0(FP), to
	MOVQ src+8(FP), from
	FETCH(mean+16(FP), Y0)
	VMOVUPS 32(scratch), Y5
	FETCH(scale+24(FP), Y1)
	VMOVUPS 32(scratch), Y6
	FETCH(beta+32(FP), Y2)
	VMOVUPS 32(scratch), Y7
	VBROADCASTSS leak+40(FP), vleak
	MOVQ rows+48(FP), R9
	MOVQ step+64(FP), stride
	MOVQ gap+72(FP), R10

nextRow:
	MOVQ cols+56(FP), left
	PCALIGN $32

loop:
	ACTIVATE(0, Y0, Y1, Y2, Y9, Y10)
	ACTIVATE(32, Y5, Y6, Y7, Y11, Y12)
	ADDQ stride, from
	ADDQ stride, to
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// MOMENT counts the pixel at src into one pair of chains.
#define MOMENT(s, q) \
	VMOVUPS (from), Y9; \
	VSUBPS vmean, Y9, Y9; \
	VADDPS Y9, s, s; \
	VFMADD231PS Y9, Y9, q; \
	ADDQ stride, from

// func moments8AVX2(x, sum, square *float32, pixels, step int)
// Requires: AVX, FMA3
//
//	sum = Σ d, square = Σ d²    d = x − the first pixel; chains of even and of odd pixels
//
// Registers: 4 chains, the first pixel, 1 temporary; 6 of 16.
TEXT ·moments8AVX2(SB), NOSPLIT, $0-40
	MOVQ x+0(FP), from
	MOVQ pixels+24(FP), left
	MOVQ step+32(FP), stride
	VMOVUPS (from), vmean
	VXORPS sum0, sum0, sum0
	VXORPS sum1, sum1, sum1
	VXORPS dot0, dot0, dot0
	VXORPS dot1, dot1, dot1
	SUBQ $2, left
	JLT tail

loop2:
	MOMENT(sum0, dot0)
	MOMENT(sum1, dot1)
	SUBQ $2, left
	JGE loop2

tail:
	ADDQ $2, left
	JZ store
	MOMENT(sum0, dot0)

store:
	VADDPS sum1, sum0, sum0
	VADDPS dot1, dot0, dot0
	PUT(sum+8(FP), sum0)
	PUT(square+16(FP), dot0)
	VZEROUPPER
	RET

// GRADIENT computes dz of the pixel at src and counts it into one pair of chains.
#define GRADIENT(s, q) \
	VMOVUPS (from), Y9; \
	VSUBPS vmean, Y9, Y9; \
	VMOVAPS Y9, Y10; \
	VFMADD213PS vbeta, vscale, Y10; \
	VMOVUPS (gradient), Y11; \
	VMULPS vleak, Y11, Y12; \
	VCMPPS $0x11, zero, Y10, Y13; \
	VBLENDVPS Y13, Y12, Y11, Y11; \
	VMOVUPS Y11, (to); \
	VADDPS Y11, s, s; \
	VFMADD231PS Y9, Y11, q

#define NEXT_GRADIENT \
	ADDQ stride, from; \
	ADDQ stride, gradient; \
	ADDQ stride, to

// func activateGradient8AVX2(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step int)
// Requires: AVX, FMA3
//
//	dz = z < 0 ? leak·da : da, sum = Σ dz, dot = Σ dz·(x−mean)    z = FMA(x−mean, scale, beta)
//
// Registers: 4 coefficients, 0, 4 chains, 5 temporaries; 14 of 16.
TEXT ·activateGradient8AVX2(SB), NOSPLIT, $0-88
	MOVQ dz+0(FP), to
	MOVQ da+8(FP), gradient
	MOVQ x+16(FP), from
	FETCH(mean+24(FP), vmean)
	FETCH(scale+32(FP), vscale)
	FETCH(beta+40(FP), vbeta)
	VBROADCASTSS leak+48(FP), vleak
	VXORPS zero, zero, zero
	VXORPS sum0, sum0, sum0
	VXORPS sum1, sum1, sum1
	VXORPS dot0, dot0, dot0
	VXORPS dot1, dot1, dot1
	MOVQ pixels+72(FP), left
	MOVQ step+80(FP), stride
	SUBQ $2, left
	JLT tail

loop2:
	GRADIENT(sum0, dot0)
	NEXT_GRADIENT
	GRADIENT(sum1, dot1)
	NEXT_GRADIENT
	SUBQ $2, left
	JGE loop2

tail:
	ADDQ $2, left
	JZ store
	GRADIENT(sum0, dot0)

store:
	VADDPS sum1, sum0, sum0
	VADDPS dot1, dot0, dot0
	PUT(sum+56(FP), sum0)
	PUT(dot+64(FP), dot0)
	VZEROUPPER
	RET

// func normGradient8AVX2(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)
// Requires: AVX, FMA3
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, gap bytes between rows of dx
//
// Registers: 4 coefficients, 2 temporaries; 6 of 16.
TEXT ·normGradient8AVX2(SB), NOSPLIT, $0-88
	MOVQ dx+0(FP), to
	MOVQ dz+8(FP), gradient
	MOVQ x+16(FP), from
	FETCH(mean+24(FP), vmean)
	FETCH(a+32(FP), Y1)
	FETCH(b+40(FP), Y2)
	FETCH(d+48(FP), Y3)
	MOVQ rows+56(FP), R9
	MOVQ step+72(FP), stride
	MOVQ gap+80(FP), R10

nextRow:
	MOVQ cols+64(FP), left

loop:
	VMOVUPS (from), Y9
	VSUBPS vmean, Y9, Y9
	VMOVUPS (gradient), Y10
	VFMADD213PS Y3, Y1, Y10
	VFMADD213PS Y10, Y2, Y9
	VMOVUPS Y9, (to)
	NEXT_GRADIENT
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// NORM computes the eight channels at byte at of dx.
#define NORM(at, mm, aa, bb, dd, v, t) \
	VMOVUPS at(from), v; \
	VSUBPS mm, v, v; \
	VMOVUPS at(gradient), t; \
	VFMADD213PS dd, aa, t; \
	VFMADD213PS t, bb, v; \
	VMOVUPS v, at(to)

// func normGradient16AVX2(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)
// Requires: AVX, FMA3
//
//	dx = FMA(b, x−mean, FMA(a, dz, d))    [rows][cols] pixels, sixteen channels, gap bytes between rows of dx
//
// Registers: 8 coefficients, 4 temporaries; 12 of 16.
TEXT ·normGradient16AVX2(SB), NOSPLIT, $0-88
	MOVQ dx+0(FP), to
	MOVQ dz+8(FP), gradient
	MOVQ x+16(FP), from
	FETCH(mean+24(FP), Y0)
	VMOVUPS 32(scratch), Y4
	FETCH(a+32(FP), Y1)
	VMOVUPS 32(scratch), Y5
	FETCH(b+40(FP), Y2)
	VMOVUPS 32(scratch), Y6
	FETCH(d+48(FP), Y3)
	VMOVUPS 32(scratch), Y7
	MOVQ rows+56(FP), R9
	MOVQ step+72(FP), stride
	MOVQ gap+80(FP), R10

nextRow:
	MOVQ cols+64(FP), left
	PCALIGN $32

loop:
	NORM(0, Y0, Y1, Y2, Y3, Y9, Y10)
	NORM(32, Y4, Y5, Y6, Y7, Y11, Y12)
	NEXT_GRADIENT
	DECQ left
	JNZ loop
	ADDQ R10, to
	DECQ R9
	JNZ nextRow
	VZEROUPPER
	RET

// func channelSum8AVX2(sum, x *float32, pixels, step int)
// Requires: AVX
//
//	sum = Σ x    chains of even and of odd pixels
//
// Registers: 2 chains; 2 of 16.
TEXT ·channelSum8AVX2(SB), NOSPLIT, $0-32
	MOVQ x+8(FP), from
	MOVQ pixels+16(FP), left
	MOVQ step+24(FP), stride
	VXORPS sum0, sum0, sum0
	VXORPS sum1, sum1, sum1
	SUBQ $2, left
	JLT tail

loop2:
	VADDPS (from), sum0, sum0
	ADDQ stride, from
	VADDPS (from), sum1, sum1
	ADDQ stride, from
	SUBQ $2, left
	JGE loop2

tail:
	ADDQ $2, left
	JZ store
	VADDPS (from), sum0, sum0

store:
	VADDPS sum1, sum0, sum0
	PUT(sum+0(FP), sum0)
	VZEROUPPER
	RET
