// Package compat tests that runs, checkpoints and exports of older versions still work: they resume
// to the same bits, evaluate, predict, serve, fine-tune, import and are listed. It holds tests
// only. testdata/make wrote what they use, with trainers of the commit that the folder is named
// after.
package compat
