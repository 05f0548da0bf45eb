//go:build amd64 && !purego

package f32

// endStream returns when other cores see what was written past the caches.
//
//go:noescape
func endStream()
