package mem

import "golang.org/x/sys/windows"

// reservable reports whether the system would give the process so many bytes now, under its limits.
func reservable(bytes int) bool {
	at, err := windows.VirtualAlloc(0, uintptr(bytes), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err == nil && windows.VirtualFree(at, 0, windows.MEM_RELEASE) == nil
}
