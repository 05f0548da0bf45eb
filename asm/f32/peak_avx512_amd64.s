//go:build amd64 && !purego

#include "textflag.h"

#define left CX

// func peakAVX512(rounds int)
// Requires: AVX512F
//
//	acc = acc·0 + 0, twelve times a round
//
// Registers: 12 chains, 1 operand; 13 of 32.
TEXT ·peakAVX512(SB), NOSPLIT, $0-8
	MOVQ rounds+0(FP), left
	VZEROALL

loop:
	VFMADD231PS Z12, Z12, Z0
	VFMADD231PS Z12, Z12, Z1
	VFMADD231PS Z12, Z12, Z2
	VFMADD231PS Z12, Z12, Z3
	VFMADD231PS Z12, Z12, Z4
	VFMADD231PS Z12, Z12, Z5
	VFMADD231PS Z12, Z12, Z6
	VFMADD231PS Z12, Z12, Z7
	VFMADD231PS Z12, Z12, Z8
	VFMADD231PS Z12, Z12, Z9
	VFMADD231PS Z12, Z12, Z10
	VFMADD231PS Z12, Z12, Z11
	DECQ left
	JNZ loop
	VZEROUPPER
	RET
