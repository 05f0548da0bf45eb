//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Registers of the sums over pixels: eight channels of one pixel at a time, in two chains.
#define from SI
#define left CX
#define stride R8
#define args R15
#define scratch AX
#define first Y0
#define sum0 Y5
#define sum1 Y6
#define dot0 Y7
#define dot1 Y8

// PUT stores v to where an argument points.
#define PUT(argument, v) \
	MOVQ argument, scratch; \
	VMOVUPS v, (scratch)

// MOMENT counts the pixel at src into one pair of chains.
#define MOMENT(s, q) \
	VMOVUPS (from), Y9; \
	VSUBPS first, Y9, Y9; \
	VADDPS Y9, s, s; \
	VFMADD231PS Y9, Y9, q; \
	ADDQ stride, from

// func moments8AVX2(a *momentsArgs)
// Requires: AVX, FMA3
//
//	sum += d, square += d²    d = x − first; chains of even and of odd pixels
//
// Registers: 4 chains, the first pixel, 1 temporary; 6 of 16.
TEXT ·moments8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ momentsArgs_x(args), from
	MOVQ momentsArgs_pixels(args), left
	MOVQ momentsArgs_step(args), stride
	MOVQ momentsArgs_first(args), scratch
	VMOVUPS (scratch), first
	MOVQ momentsArgs_sum(args), scratch
	VMOVUPS (scratch), sum0
	VMOVUPS (scratch)(stride*1), sum1
	MOVQ momentsArgs_square(args), scratch
	VMOVUPS (scratch), dot0
	VMOVUPS (scratch)(stride*1), dot1
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
	MOVQ momentsArgs_sum(args), scratch
	VMOVUPS sum0, (scratch)
	VMOVUPS sum1, (scratch)(stride*1)
	MOVQ momentsArgs_square(args), scratch
	VMOVUPS dot0, (scratch)
	VMOVUPS dot1, (scratch)(stride*1)
	VZEROUPPER
	RET

// func channelSum8AVX2(a *momentsArgs)
// Requires: AVX
//
//	sum = Σ x    chains of even and of odd pixels
//
// Registers: 2 chains; 2 of 16.
TEXT ·channelSum8AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), args
	MOVQ momentsArgs_x(args), from
	MOVQ momentsArgs_pixels(args), left
	MOVQ momentsArgs_step(args), stride
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
	PUT(momentsArgs_sum(args), sum0)
	VZEROUPPER
	RET
