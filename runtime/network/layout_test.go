package network

import (
	"slices"
	"testing"
)

// TestLayouts compares the order of each element with the definition of the axes, and permutes it
// back. The channels are one, fewer and more than a block, and not a multiple of one.
func TestLayouts(t *testing.T) {
	for _, hwio := range [][]int{{1, 1, 1, 1}, {3, 3, 2, 5}, {7, 7, 3, 64}, {1, 2, 5, 37}, {4, 10}, {20, 3}, {6}, {}} {
		h, w, in, out := 1, 1, 1, 1
		switch len(hwio) {
		case 4:
			h, w, in, out = hwio[0], hwio[1], hwio[2], hwio[3]
		case 2:
			in, out = hwio[0], hwio[1]
		case 1:
			out = hwio[0]
		}
		n := h * w * in * out
		memory, want := make([]float32, n), make([]float32, n)
		for y := range h {
			for x := range w {
				for i := range in {
					for o := range out {
						value := float32(1000*(1000*y+x) + 100*i + o)
						memory[((y*w+x)*in+i)*out+o] = value
						want[((o*in+i)*h+y)*w+x] = value
					}
				}
			}
		}
		got, again := make([]float32, n), make([]float32, n)
		OIHW.FromHWIO(got, memory, hwio)
		if !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", hwio, got, want)
		}
		OIHW.ToHWIO(again, got, hwio)
		if !slices.Equal(again, memory) {
			t.Errorf("%v: got %v back, want %v", hwio, again, memory)
		}
		v := VariableInfo{Shape: hwio, Layout: OIHW}
		for i, x := range memory {
			if k := v.FileIndex(i); want[k] != x {
				t.Fatalf("%v: got place %d of element %d, where %g is, want that of %g", hwio, k, i, want[k], x)
			}
		}
		HWIO.FromHWIO(got, memory, hwio)
		if !slices.Equal(got, memory) {
			t.Errorf("%v in HWIO: got %v, want %v", hwio, got, memory)
		}
	}
}

// TestFileShape is that of each rank.
func TestFileShape(t *testing.T) {
	for _, c := range []struct {
		hwio, want []int
		axes       string
	}{
		{[]int{3, 5, 2, 7}, []int{7, 2, 3, 5}, "OIHW"},
		{[]int{4, 10}, []int{10, 4}, "OI"},
		{[]int{6}, []int{6}, ""},
	} {
		v := VariableInfo{Shape: c.hwio, Layout: OIHW}
		if got := v.FileShape(); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.hwio, got, c.want)
		}
		if got := OIHW.Axes(len(c.hwio)); got != c.axes {
			t.Errorf("%v: got axes %q, want %q", c.hwio, got, c.axes)
		}
	}
}
