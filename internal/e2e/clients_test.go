//go:build campaign && linux

package e2e

import (
	"bufio"
	"context"
	"net"
	"strings"
	"sync"
	"time"
)

// client is what a client does on a connection, once.
type client = func(ctx context.Context, t *target)

// connected is a client that does nothing if the server has no connection for it.
func connected(do func(ctx context.Context, t *target, c *net.TCPConn)) client {
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c != nil {
			do(ctx, t, c)
		}
	}
}

// hold sends text and then nothing, and waits for the end of the connection.
func hold(text string) client {
	data := []byte(text)
	return connected(func(ctx context.Context, t *target, c *net.TCPConn) {
		_ = c.SetReadBuffer(4 << 10)
		_, _ = c.Write(data)
		select { // it reads nothing
		case <-ctx.Done():
		case <-time.After(attackTimeout / 2):
			t.answer(bufio.NewReader(c))
		}
	})
}

// drip sends text and then a byte from time to time.
func drip(text string) client {
	data := []byte(text)
	return connected(func(ctx context.Context, t *target, c *net.TCPConn) {
		_, err := c.Write(data)
		for err == nil && ctx.Err() == nil {
			time.Sleep(200 * time.Millisecond)
			_, err = c.Write([]byte("x"))
		}
		t.answer(bufio.NewReader(c))
	})
}

// send sends text, while it reads an answer, again and again on a connection that is kept.
func send(text string) client {
	data := []byte(text)
	return connected(func(ctx context.Context, t *target, c *net.TCPConn) {
		in := bufio.NewReader(c)
		for more := true; more && ctx.Err() == nil; {
			var sent sync.WaitGroup
			sent.Go(func() { _, _ = c.Write(data) })
			if more = t.answer(in); !more {
				_ = c.Close()
			}
			sent.Wait()
		}
	})
}

// post sends a request with a body again and again.
func post(request, body string) client { return send(header(request, len(body)) + body) }

// flood sends text without end and reads nothing.
func flood(text string) client {
	data := []byte(strings.Repeat(text, 1000))
	return connected(func(ctx context.Context, t *target, c *net.TCPConn) {
		var err error
		for err == nil && ctx.Err() == nil {
			_, err = c.Write(data)
		}
		t.count("cut off")
	})
}

// halfClosed sends text and the end of what it sends.
func halfClosed(text string) client {
	data := []byte(text)
	return connected(func(_ context.Context, t *target, c *net.TCPConn) {
		_, _ = c.Write(data)
		_ = c.CloseWrite()
		t.answer(bufio.NewReader(c))
	})
}

// reset sends text and breaks the connection off.
func reset(text string) client {
	data := []byte(text)
	return connected(func(_ context.Context, t *target, c *net.TCPConn) {
		_, _ = c.Write(data)
		_ = c.SetLinger(0)
		t.count("reset")
		time.Sleep(5 * time.Millisecond) // else clients and server take their cores from each other
	})
}
