package budget

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// pending says that bytes of a client are here which the server has not read yet: it is the client
// that waits.
func pending(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var events int16
	err = raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			if _, failed := unix.Poll(poll, 0); !errors.Is(failed, unix.EINTR) {
				break
			}
		}
		events = poll[0].Revents
	})
	gone := events&(unix.POLLHUP|unix.POLLERR) != 0
	return err == nil && events&unix.POLLIN != 0 && !gone
}
