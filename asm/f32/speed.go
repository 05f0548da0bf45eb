package f32

import (
	"time"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// Speed is how fast one core convolves: floating-point operations a second, two a fused
// multiply-add.
type Speed struct {
	Portable float64 // by the portable kernels
	Assembly float64 // by the best assembly
	Measured bool    // Assembly is of this CPU; else it is referenceFLOPS
}

// referenceFLOPS is the speed of AVX2 on one core of a Zen 5: bench/results/kernels.md, shape C,
// forward.
const referenceFLOPS = 115e9

// speedTime is how long a level is measured: the best of all runs in it, each too short to be
// interrupted often.
const speedTime = 10 * time.Millisecond

// MeasureSpeed measures a convolution of 3×3 pixels and 16 channels, for some 20 ms in all. It may
// run beside other kernels.
func MeasureSpeed() Speed {
	s := Speed{Portable: convFLOPS(cpu.Portable, 2), Assembly: referenceFLOPS}
	if best := cpu.Best(); best > cpu.Portable {
		s.Assembly, s.Measured = convFLOPS(best, 64), true
	}
	return s
}

// TransformSpeed measures how many elements a second one core transforms by Winograd, those of
// planes: inputs as many as outputs, of an image that stays in L1. It takes some 10 ms.
func TransformSpeed() float64 {
	const tiles, channels = 2, 16
	g := Grid{Rows: tiles, Cols: tiles, Channels: channels, Plane: tiles*tiles*channels + line}
	pitch := (WinogradOutput*tiles + WinogradInput - WinogradOutput) * channels
	image, planes := make([]float32, pitch*pitch/channels), make([]float32, WinogradPlanes*g.Plane)
	return 2 * WinogradPlanes * tiles * tiles * channels / bestTime(func() {
		g.TransformInput(planes, image, pitch)
		g.TransformOutput(image, planes, pitch)
	})
}

// bestTime is the least time of many runs, in seconds.
func bestTime(run func()) float64 {
	best, end := time.Duration(1<<62), time.Now().Add(speedTime)
	for start := time.Now(); ; {
		run()
		now := time.Now()
		best, start = min(best, max(now.Sub(start), 1)), now
		if now.After(end) {
			return best.Seconds()
		}
	}
}

// convFLOPS is the best of many runs of so many tiles at a level.
func convFLOPS(level cpu.Level, tiles int) float64 {
	const chain = 9 * TileChannels
	all := make([]Tile, tiles)
	for i := range all {
		all[i].Count = 1
		for p := range all[i].X {
			pixel := int32(i*TilePixels + p)
			all[i].X[p], all[i].Y[p] = pixel*TileChannels, pixel*TileChannels
		}
	}
	t := NewTiles(all, []Segment{{K: chain}}, TileChannels, chain*TileChannels)
	y, x, w := make([]float32, t.yLen), make([]float32, t.xLen), make([]float32, t.wLen)
	k := convFamily.of(level)
	return float64(2*tiles*TilePixels*TileChannels*chain) / bestTime(func() { t.conv(k, y, x, w) })
}
