// Package compat tests runs, checkpoints and exports of older versions. All commands of today's
// trainers take them, and resuming gives the same bits. It holds tests only. testdata/make wrote
// its files. Its trainers were those of the commit in the folder's name.
package compat
