//go:build amd64 && !purego

#include "textflag.h"

#define left CX

// func peakAVX2(rounds int)
// Requires: AVX, FMA3
//
//	acc = acc·0 + 0, twelve times a round
//
// Registers: 12 chains, 1 operand; 13 of 16.
TEXT ·peakAVX2(SB), NOSPLIT, $0-8
	MOVQ rounds+0(FP), left
	VZEROALL

loop:
	VFMADD231PS Y12, Y12, Y0
	VFMADD231PS Y12, Y12, Y1
	VFMADD231PS Y12, Y12, Y2
	VFMADD231PS Y12, Y12, Y3
	VFMADD231PS Y12, Y12, Y4
	VFMADD231PS Y12, Y12, Y5
	VFMADD231PS Y12, Y12, Y6
	VFMADD231PS Y12, Y12, Y7
	VFMADD231PS Y12, Y12, Y8
	VFMADD231PS Y12, Y12, Y9
	VFMADD231PS Y12, Y12, Y10
	VFMADD231PS Y12, Y12, Y11
	DECQ left
	JNZ loop
	VZEROUPPER
	RET
