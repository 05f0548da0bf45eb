//go:build !amd64 || purego

package f32

func peak(rounds int) int { return peakGeneric(rounds) }
