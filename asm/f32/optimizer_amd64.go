//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	optimizerFamily.add(cpu.AVX2, "8 elements", "", optimizerKernels{8, momentumAVX2, nesterovAVX2, adamWAVX2})
}

//go:noescape
func momentumAVX2(v, a, grad []float32, rate, momentum float32)

//go:noescape
func nesterovAVX2(v, a, grad []float32, rate, momentum float32)

//go:noescape
func adamWAVX2(v, m, s, grad []float32, r *AdamRates)
