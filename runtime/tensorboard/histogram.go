package tensorboard

import (
	"math"
	"slices"
)

// limits are the upper bounds of TensorFlow's histogram buckets: ± 1e-12 · 1.1ⁱ up to 1e20, 0
// between them, and the largest float64 last (tensorflow/core/lib/histogram/histogram.cc).
var limits = func() []float64 {
	var positive []float64
	for v := 1e-12; v < 1e20; v *= 1.1 {
		positive = append(positive, v)
	}
	positive = append(positive, math.MaxFloat64)
	var all []float64
	for _, v := range slices.Backward(positive) {
		all = append(all, -v)
	}
	return append(append(all, 0), positive...)
}()

// histogram returns a HistogramProto of values, which must be finite. Runs of empty buckets are
// one, as TensorFlow writes them.
func histogram(values []float32) []byte {
	least, most, sum, squares := math.Inf(1), math.Inf(-1), 0.0, 0.0
	counts := make([]float64, len(limits))
	for _, v := range values {
		x := float64(v)
		least, most = min(least, x), max(most, x)
		sum += x
		squares += float64(x * x)
		counts[bucket(x)]++
	}
	b := appendDouble(nil, histoMin, least)
	b = appendDouble(b, histoMax, most)
	b = appendDouble(b, histoNum, float64(len(values)))
	b = appendDouble(b, histoSum, sum)
	b = appendDouble(b, histoSumSquares, squares)
	var ends, held []float64
	for i := 0; i < len(counts); i++ {
		n := counts[i]
		for n == 0 && i+1 < len(counts) && counts[i+1] == 0 {
			i++
		}
		ends, held = append(ends, limits[i]), append(held, n)
	}
	b = appendDoubles(b, histoBucketLimits, ends)
	return appendDoubles(b, histoBuckets, held)
}

// bucket returns the first bucket whose limit is above x.
func bucket(x float64) int {
	i, equal := slices.BinarySearch(limits, x)
	if equal {
		i++
	}
	return min(i, len(limits)-1)
}
