package durable

// SyncFolder does nothing: Windows has no fsync of folders, and a file of [Replace] is moved to its
// place on disk.
func SyncFolder(string) error { return nil }
