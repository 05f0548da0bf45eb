// Package dashboard is a trainer's part that shows a training as a page: live curves of loss,
// accuracy, learning rate and speed, the time of each layer beside what the machine could do, the
// confusion matrix, the worst mistakes as images, and other runs of the same folder. The page is
// in the binary, asks no other host for anything, and changes nothing. A command shows finished
// runs by the same page.
package dashboard

import (
	"errors"
	"os"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// Part returns the trainer's part.
func Part() cli.Part { return &part{} }

type part struct{ address string }

func (p *part) Flags(f *pflag.FlagSet) {
	f.StringVar(&p.address, "dashboard", "", "`address` of a page that shows the training, such as :8080, which is 127.0.0.1:8080; port 0: any")
}

// Observer begins to listen. An address that is wrong is an error; one that is not to be had, since
// another program has it, is a warning of the run, which continues without a page.
func (p *part) Observer() (train.Observer, error) {
	if p.address == "" {
		return nil, nil //nolint:nilnil // nobody observes
	}
	listener, err := loopback.Listen("--dashboard", p.address)
	if system := new(os.SyscallError); errors.As(err, &system) {
		return &absent{err: err}, nil
	}
	if err != nil {
		return nil, err
	}
	return newObserver(listener), nil
}

// absent observes nothing, since the address is not to be had.
type absent struct {
	train.Observer // of which nothing but Watch is called
	err            error
}

// Name is what messages call it.
func (a *absent) Name() string { return name }

// Watch returns why.
func (a *absent) Watch(*train.RunView) error { return a.err }

const name = "dashboard"
