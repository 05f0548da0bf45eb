//go:build !amd64 || purego

package cpu

import "runtime"

// detect returns the only level of this build, with the reason.
func detect() (Level, string) {
	if runtime.GOARCH == "amd64" {
		return Portable, "built with the tag purego"
	}
	return Portable, "no assembly for " + runtime.GOARCH
}
