package serve

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// The classic BPF program that drops the segments that begin a connection, and lets all others
// pass: those that complete a connection which has begun. Offsets are from the TCP header on (RFC
// 9293, section 3.1; socket(7), SO_ATTACH_FILTER).
var dropSYN = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},                  // the flags
	{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x12},               // SYN and ACK
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0x02, Jt: 0, Jf: 1}, // SYN alone
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},                                 // drop
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},                        // pass
}

// refuseNew lets no new connection begin on a listener. A client tries again after a second, and is
// refused if the listener is closed by then.
func refuseNew(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		program := unix.SockFprog{Len: uint16(len(dropSYN)), Filter: &dropSYN[0]}
		failed = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	return errors.Join(err, failed)
}

// pending says that a listener has a connection that Accept can take.
func pending(l *net.TCPListener) bool {
	raw, err := l.SyscallConn()
	if err != nil {
		return false
	}
	ready := 0
	err = raw.Control(func(fd uintptr) {
		for {
			var failed error
			ready, failed = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			if !errors.Is(failed, unix.EINTR) {
				return
			}
		}
	})
	return err == nil && ready > 0
}
