package serve

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
)

// TestGateIsPatient holds that a server too busy to take its connections in time takes them late,
// and then no more.
func TestGateIsPatient(t *testing.T) {
	l, err := loopback.Listen("--addr", ":0")
	if err != nil {
		t.Fatal(err)
	}
	const clients = 5
	for range clients {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // nothing was sent
	}
	g := newGate(l)
	shut := make(chan struct{})
	go func() {
		defer close(shut)
		g.shut(t.Context())
	}()
	time.Sleep(2 * settle)
	for i := range clients {
		c, err := g.Accept()
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		_ = c.Close()
		time.Sleep(settle)
	}
	if c, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, %v, want %v", c, err, net.ErrClosed)
	}
	_ = g.Close()
	<-shut
}

// TestGateHasALimit holds that a server which cannot take its connections ends all the same.
func TestGateHasALimit(t *testing.T) {
	l, err := loopback.Listen("--addr", ":0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(l)
	ctx, cancel := context.WithTimeout(t.Context(), settle)
	defer cancel()
	g.shut(ctx) // nobody calls Accept
	if _, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
