// Package loopback decides who can reach the trainers' servers: by default, programs on this
// machine only.
package loopback

import (
	"context"
	"fmt"
	"net"
)

// Listen listens on a TCP address with a port. One without a host, such as :8080, is
// 127.0.0.1:8080; port 0 is any that is free. An error begins with the flag's name.
func Listen(flag, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%s: got %q, want an address and a port, such as :8080", flag, address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	// Listeners of multipath TCP take no socket filter, by which a server ends without a connection
	// that is lost.
	config := net.ListenConfig{}
	config.SetMultipathTCP(false)
	l, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return l, nil
}

// IsLocalListener says whether a listener can be reached from this machine alone.
func IsLocalListener(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// IsLocalHost says whether a request's host, with a port or without, names this machine. One who
// listens to this machine alone refuses other names: by those, a page from elsewhere could read
// what is served here.
func IsLocalHost(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
