package asmtest

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// reserve returns memory that cannot be read or written until it is opened.
func reserve(bytes int) ([]byte, error) {
	at, err := windows.VirtualAlloc(0, uintptr(bytes), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), bytes), nil // the system's memory, which no collector moves
}

func release(memory []byte) error {
	return windows.VirtualFree(address(memory), 0, windows.MEM_RELEASE)
}

func open(pages []byte) error { return protect(pages, windows.PAGE_READWRITE) }

func seal(pages []byte) error { return protect(pages, windows.PAGE_NOACCESS) }

func protect(pages []byte, access uint32) error {
	var before uint32
	return windows.VirtualProtect(address(pages), uintptr(len(pages)), access, &before)
}

func address(memory []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(memory))) }
