// Package compat tests runs, checkpoints and exports of older versions: they resume to the same
// bits, evaluate, predict, serve, fine-tune, import and are listed. It holds tests only.
// testdata/make wrote its files, with trainers of the commit in the folder's name.
package compat
