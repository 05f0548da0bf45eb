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
		{"Moments", nil, nil, []int{7 * 16, 16, 16}, func(_ []int, s [][]float32) { Moments(s[0], s[1], s[2]) }},
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
	sum, square := asmtest.NaNs(g.Floats(t, channels)), asmtest.NaNs(g.Floats(t, channels))
	wantSum, wantSquare := make([]float32, channels), make([]float32, channels)
	Moments(x, sum, square)
	momentsGeneric(x, wantSum, wantSquare)
	asmtest.SameBits(t, "sum", sum, wantSum)
	asmtest.SameBits(t, "square", square, wantSquare)
	ChannelSum(sum, x)
	channelSumGeneric(wantSum, x)
	asmtest.SameBits(t, "channel sum", sum, wantSum)
	more := normal(r, channels)
	for c, v := range more {
		wantSum[c] = v + wantSum[c]
	}
	got := g.Copy(t, more)
	AddChannelSum(got, x)
	asmtest.SameBits(t, "with the channel sum", got, wantSum)
}

// TestBroadcast holds it for any number of channels.
func TestBroadcast(t *testing.T) {
	dst := asmtest.NaNs(make([]float32, 6))
	Broadcast(dst, []float32{1, 2, 3})
	asmtest.SameBits(t, "dst", dst, []float32{1, 2, 3, 1, 2, 3})
}
