package loopback

import (
	"strings"
	"testing"
)

// TestListen holds that no host means this machine, and what is wrong with an address.
func TestListen(t *testing.T) {
	for address, only := range map[string]bool{":0": true, "127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false} {
		l, err := Listen("--addr", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := IsLocalListener(l); got != only {
			t.Errorf("%s: got %v for this machine alone, want %v", address, got, only)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, address := range []string{"8080", "", "127.0.0.1:none"} {
		if _, err := Listen("--addr", address); err == nil || !strings.HasPrefix(err.Error(), "--addr: ") {
			t.Errorf("%q: got error %v", address, err)
		}
	}
}

// TestNames holds which hosts name this machine.
func TestNames(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:80": true, "127.0.0.1:80": true, "127.3.2.1": true, "[::1]:80": true,
		"": false, "elsewhere.example": false, "elsewhere.example:80": false, "10.0.0.1:80": false, "localhost.elsewhere.example": false,
	} {
		if got := IsLocalHost(host); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}
