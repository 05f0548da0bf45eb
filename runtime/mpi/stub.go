//go:build !mpi

package mpi

import "errors"

// Init says that there is no MPI in this program, and how to build one that has it.
func Init() error {
	return errors.New("this program was built without MPI; where Open MPI's libopenmpi-dev, pkg-config and a C compiler are installed, " +
		"go build -tags mpi has it")
}
