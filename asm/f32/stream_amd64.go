//go:build amd64 && !purego

package f32

// endStream returns when other cores see what was written past the caches. If the goroutine has
// moved to another core since, its old one has written that out: a locked instruction does, and the
// scheduler runs some.
//
//go:noescape
func endStream()
