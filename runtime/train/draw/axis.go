package draw

import (
	"math"
	"strconv"
)

// axis maps values to pixels. Its ticks are at multiples of step, which is a round number.
type axis struct {
	low, high, step float64
	from, to        int // pixels of low and high
}

// newAxis returns an axis from low to high with at most so many steps.
func newAxis(low, high float64, most, from, to int) axis {
	if !(low < high) {
		high = low + 1
	}
	return axis{low, high, roundStep((high - low) / float64(most)), from, to}
}

// rounded returns the axis with its ends moved outwards to ticks.
func (a axis) rounded() axis {
	a.low, a.high = a.step*math.Floor(a.low/a.step+tiny), a.step*math.Ceil(a.high/a.step-tiny)
	return a
}

// tiny allows for rounding where a multiple of a step is sought, in steps.
const tiny = 1e-9

// roundStep returns the least of 1, 2 and 5 times a power of ten that is not below a number.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= least*(1-tiny) {
			return m * power
		}
	}
	return 10 * power
}

// ticks returns the values that the axis names.
func (a axis) ticks() (values []float64) {
	for i := math.Ceil(a.low/a.step - tiny); i <= a.high/a.step+tiny; i++ {
		values = append(values, i*a.step+0) // −0 becomes 0
	}
	return values
}

// label writes a tick's value with the digits that the step has.
func (a axis) label(v float64) string {
	digits := max(0, -int(math.Floor(math.Log10(a.step)+tiny)))
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// pixel returns where a value is.
func (a axis) pixel(v float64) int {
	return a.from + int(math.Round((v-a.low)/(a.high-a.low)*float64(a.to-a.from)))
}
