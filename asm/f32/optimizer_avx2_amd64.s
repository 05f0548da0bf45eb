//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

#define variable DI
#define mean SI
#define square BX
#define gradient DX
#define rates R8
#define left CX

// func momentumAVX2(v, a, grad []float32, rate, momentum float32)
// Requires: AVX, FMA3
//
//	a = FMA(momentum, a, grad), v = FMA(−rate, a, v)
//
// Registers: 2 coefficients, 2 temporaries; 4 of 16.
TEXT ·momentumAVX2(SB), NOSPLIT, $0-80
	MOVQ v_base+0(FP), variable
	MOVQ a_base+24(FP), mean
	MOVQ grad_base+48(FP), gradient
	VBROADCASTSS rate+72(FP), Y2
	VBROADCASTSS momentum+76(FP), Y3
	MOVQ v_len+8(FP), left
	SHRQ $3, left

loop:
	VMOVUPS (gradient), Y0
	VFMADD231PS (mean), Y3, Y0
	VMOVUPS Y0, (mean)
	VMOVUPS (variable), Y1
	VFNMADD231PS Y0, Y2, Y1
	VMOVUPS Y1, (variable)
	ADDQ $32, mean
	ADDQ $32, gradient
	ADDQ $32, variable
	DECQ left
	JNZ loop
	VZEROUPPER
	RET

// func nesterovAVX2(v, a, grad []float32, rate, momentum float32)
// Requires: AVX, FMA3
//
//	a = FMA(momentum, a, grad), v = FMA(−rate, FMA(momentum, a, grad), v)
//
// Registers: 2 coefficients, 3 temporaries; 5 of 16.
TEXT ·nesterovAVX2(SB), NOSPLIT, $0-80
	MOVQ v_base+0(FP), variable
	MOVQ a_base+24(FP), mean
	MOVQ grad_base+48(FP), gradient
	VBROADCASTSS rate+72(FP), Y3
	VBROADCASTSS momentum+76(FP), Y4
	MOVQ v_len+8(FP), left
	SHRQ $3, left

loop:
	VMOVUPS (gradient), Y0
	VMOVAPS Y0, Y1
	VFMADD231PS (mean), Y4, Y1
	VMOVUPS Y1, (mean)
	VFMADD231PS Y1, Y4, Y0
	VMOVUPS (variable), Y2
	VFNMADD231PS Y0, Y3, Y2
	VMOVUPS Y2, (variable)
	ADDQ $32, mean
	ADDQ $32, gradient
	ADDQ $32, variable
	DECQ left
	JNZ loop
	VZEROUPPER
	RET

// func adamWAVX2(v, m, s, grad []float32, r *AdamRates)
// Requires: AVX, FMA3
//
//	m = FMA(beta1, m, rest1·grad)
//	s = FMA(beta2, s, (rest2·grad)·grad)
//	v = FMA(1−rate·decay, v, −step·(m / FMA(1/√(1−beta2^t), √s, epsilon)))
//
// Registers: 8 coefficients, 4 temporaries; 12 of 16.
TEXT ·adamWAVX2(SB), NOSPLIT, $0-104
	MOVQ v_base+0(FP), variable
	MOVQ m_base+24(FP), mean
	MOVQ s_base+48(FP), square
	MOVQ grad_base+72(FP), gradient
	MOVQ r+96(FP), rates
	MOVQ v_len+8(FP), left
	VBROADCASTSS AdamRates_Beta1(rates), Y8
	VBROADCASTSS AdamRates_OneMinusBeta1(rates), Y9
	VBROADCASTSS AdamRates_Beta2(rates), Y10
	VBROADCASTSS AdamRates_OneMinusBeta2(rates), Y11
	VBROADCASTSS AdamRates_InvSqrtBiasCorrection2(rates), Y12
	VBROADCASTSS AdamRates_Epsilon(rates), Y13
	VBROADCASTSS AdamRates_Step(rates), Y14
	VBROADCASTSS AdamRates_OneMinusRateDecay(rates), Y15
	SHRQ $3, left

loop:
	VMOVUPS (gradient), Y0
	VMULPS Y0, Y9, Y1
	VFMADD231PS (mean), Y8, Y1
	VMOVUPS Y1, (mean)
	VMULPS Y0, Y11, Y2
	VMULPS Y0, Y2, Y2
	VFMADD231PS (square), Y10, Y2
	VMOVUPS Y2, (square)
	VSQRTPS Y2, Y2
	VFMADD213PS Y13, Y12, Y2
	VDIVPS Y2, Y1, Y1
	VMULPS Y1, Y14, Y1
	VMOVUPS (variable), Y3
	VFMSUB213PS Y1, Y15, Y3
	VMOVUPS Y3, (variable)
	ADDQ $32, mean
	ADDQ $32, square
	ADDQ $32, gradient
	ADDQ $32, variable
	DECQ left
	JNZ loop
	VZEROUPPER
	RET
