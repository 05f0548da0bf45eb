package dashboard

import (
	"net"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train"
)

// TestAddressInUse holds that an address that another program has is a warning of the run, and a
// wrong one an error of the flag.
func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o, err := observe(t, l.Addr().String())
	if err != nil {
		t.Fatalf("got error %v, want an observer that does nothing", err)
	}
	if err := o.Watch(&train.RunView{}); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got error %v, want that the address is in use", err)
	}
	if n, ok := o.(train.NamedObserver); !ok || n.Name() != "dashboard" {
		t.Errorf("got an observer %T without the dashboard's name", o)
	}
	for _, wrong := range []string{"8080", "localhost", ":99999", "127.0.0.1:http-of-nobody", "http://localhost:80"} {
		if o, err := observe(t, wrong); err == nil {
			t.Errorf("%s: got %T, want an error", wrong, o)
		}
	}
}
