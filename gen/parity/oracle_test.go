//go:build !tools

package parity

import (
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

// reference returns the oracle's result of a run.
func (r *run) reference(*testing.T) map[string]*oracle.Tensor { return resultTensors(r.oracle) }

// losses returns the oracle's losses.
func (tr *trajectory) losses(*testing.T) []float64 { return tr.oracleLosses() }
