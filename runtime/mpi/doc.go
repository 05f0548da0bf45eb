// Package mpi is what a training needs of the Message Passing Interface, version 3.1, and no more:
// it begins operations and asks whether they have ended. It holds C, and nothing else does; all of
// that is behind the build tag mpi, without which [Init] says how to build.
//
// Memory that operations read or write is that of [Floats] and [Doubles], which the garbage
// collector does not move or free. One goroutine at a time uses the package: MPI_THREAD_SERIALIZED
// is what it asks for. Errors of MPI end the program, as MPI's own handler does by default.
package mpi
