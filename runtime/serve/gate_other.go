//go:build !linux

package serve

import (
	"errors"
	"net"
)

// refuseNew cannot be done here: a connection that is made in the moment of closing is lost.
func refuseNew(*net.TCPListener) error { return errors.ErrUnsupported }

// pending is asked only where refuseNew has succeeded: never here.
func pending(*net.TCPListener) bool { return false }
