package f32

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var momentsTest = familyTest{
	family: momentsFamily,
	bits: map[string]property{
		"Moments": momentsBits,
	},
	calls: []call{
		{"Moments", nil, nil, []int{7 * 16, PixelSumsLen * 16}, func(_ []int, s [][]float32) { Moments(s[0], sumsIn(s[1])) }},
		{"NewPixelSums", []int{16}, nil, []int{PixelSumsLen * 16}, func(n []int, s [][]float32) { NewPixelSums(s[0], n[0]) }},
		{"ChannelSum", nil, nil, []int{16, 7 * 16}, func(_ []int, s [][]float32) { ChannelSum(s[0], s[1]) }},
		{"AddChannelSum", nil, nil, []int{16, 7 * 16}, func(_ []int, s [][]float32) { AddChannelSum(s[0], s[1]) }},
		{"ChannelMean", nil, nil, []int{16, 7 * 16}, func(_ []int, s [][]float32) { ChannelMean(s[0], s[1]) }},
		{"Broadcast", nil, nil, []int{7 * 16, 16}, func(_ []int, s [][]float32) { Broadcast(s[0], s[1]) }},
	},
}

// momentsBits compares every level with the definition.
func momentsBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	x := g.Copy(t, normal(r, channels*pixels))
	got, want := NewPixelSums(asmtest.NaNs(g.Floats(t, PixelSumsLen*channels)), channels), sumsOf(channels)
	inParts(t, channels, pixels, func(first, end int) { Moments(x[first:end], &got) })
	copy(want.row(4), x)
	momentsGeneric(x, want)
	sameSums(t, &got, want)
	sum, wantSum := asmtest.NaNs(g.Floats(t, channels)), make([]float32, channels)
	ChannelSum(sum, x)
	channelSumGeneric(wantSum, x)
	asmtest.SameBits(t, "channel sum", sum, wantSum)
	more := normal(r, channels)
	for c, v := range more {
		wantSum[c] = v + wantSum[c]
	}
	total := g.Copy(t, more)
	AddChannelSum(total, x)
	asmtest.SameBits(t, "with the channel sum", total, wantSum)
}

// TestBroadcast holds it for any number of channels.
func TestBroadcast(t *testing.T) {
	dst := asmtest.NaNs(make([]float32, 6))
	Broadcast(dst, []float32{1, 2, 3})
	asmtest.SameBits(t, "dst", dst, []float32{1, 2, 3, 1, 2, 3})
}
