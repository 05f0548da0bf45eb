//go:build amd64 && !purego

#include "textflag.h"

// func endStream()
TEXT ·endStream(SB), NOSPLIT, $0-0
	SFENCE
	RET
