// Package dashboard is a trainer's part that shows a training as a page: live curves of loss, precision, learning rate
// and speed, the time of each layer beside what the machine could do, the confusion matrix, the worst mistakes as
// pictures, and other runs of the same folder. The page is in the binary, asks no other host for anything, and
// changes nothing.
package dashboard

import (
	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// Part returns the trainer's part.
func Part() train.Part { return &part{} }

type part struct{ address string }

func (p *part) Flags(f *pflag.FlagSet) {
	f.StringVar(&p.address, "dashboard", "", "`address` of a page that shows the training, such as :8080, which is 127.0.0.1:8080; port 0: any")
}

// Observer begins to listen, so that an address that is not to be had is known before the training begins.
func (p *part) Observer() (train.Observer, error) {
	if p.address == "" {
		return nil, nil //nolint:nilnil // nobody observes
	}
	listener, err := loopback.Listen("--dashboard", p.address)
	if err != nil {
		return nil, err
	}
	return newObserver(listener), nil
}
