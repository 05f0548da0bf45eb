// Package mpi wraps the few operations of the Message Passing Interface (MPI) 3.1 for a training.
// It begins them and asks whether they have ended. It is the only package with C, behind the build
// tag mpi. Without the tag, [Init] explains how to build.
//
// Operations read and write memory of [Floats] and [Doubles], outside the garbage collector's
// reach. One goroutine at a time may use the package: it asks for MPI_THREAD_SERIALIZED. An MPI
// error ends the program. So does MPI's own handler by default.
package mpi
