//go:build mpi

package mpi

/*
#cgo pkg-config: ompi-c
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>

static MPI_Comm world(void) { return MPI_COMM_WORLD; }

static int test(MPI_Request *request, int looks) {
	int done = 0;
	while (looks-- > 0 && !done)
		MPI_Test(request, &done, MPI_STATUS_IGNORE);
	return done;
}

static void barrier(MPI_Comm c, MPI_Request *r) { MPI_Ibarrier(c, r); }
static void broadcast(MPI_Comm c, MPI_Request *r, float *v, int n, int root) { MPI_Ibcast(v, n, MPI_FLOAT, root, c, r); }
static void allgather(MPI_Comm c, MPI_Request *r, double *to, double *from, int n) {
	MPI_Iallgather(from, n, MPI_DOUBLE, to, n, MPI_DOUBLE, c, r);
}
static void allgather_floats(MPI_Comm c, MPI_Request *r, float *to, float *from, int n) {
	MPI_Iallgather(from, n, MPI_FLOAT, to, n, MPI_FLOAT, c, r);
}
static void alltoall_floats(MPI_Comm c, MPI_Request *r, float *to, float *from, int n) {
	MPI_Ialltoall(from, n, MPI_FLOAT, to, n, MPI_FLOAT, c, r);
}
static void allreduce_floats(MPI_Comm c, MPI_Request *r, float *to, float *from, int n) {
	MPI_Iallreduce(from, to, n, MPI_FLOAT, MPI_SUM, c, r);
}
static void send(MPI_Comm c, MPI_Request *r, double *v, int to) { MPI_Isend(v, 1, MPI_DOUBLE, to, 0, c, r); }
static int receive(MPI_Comm c, double *v) {
	int come = 0;
	MPI_Status status;
	MPI_Iprobe(MPI_ANY_SOURCE, 0, c, &come, &status);
	if (!come)
		return -1;
	MPI_Recv(v, 1, MPI_DOUBLE, status.MPI_SOURCE, 0, c, MPI_STATUS_IGNORE);
	return status.MPI_SOURCE;
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Init begins the program's part in the ranks that mpirun has started; started by itself, it is the
// only one.
func Init() error {
	var provided C.int
	C.MPI_Init_thread(nil, nil, C.MPI_THREAD_SERIALIZED, &provided)
	if provided < C.MPI_THREAD_SERIALIZED {
		return fmt.Errorf("mpi: got thread support %d, want MPI_THREAD_SERIALIZED (%d)", provided, C.MPI_THREAD_SERIALIZED)
	}
	return nil
}

// Finalize ends it. All ranks call it; no operation is on its way.
func Finalize() { C.MPI_Finalize() }

// Abort ends all ranks with an exit code, as far as they can be reached.
func Abort(code int) { C.MPI_Abort(C.world(), C.int(code)) }

// Yield lets another process have this thread's core.
func Yield() { C.sched_yield() }

// Floats returns n zeros, which are never freed.
func Floats(n int) []float32 { return unsafe.Slice((*float32)(zeros(n, 4)), n) }

// Doubles returns n zeros, which are never freed.
func Doubles(n int) []float64 { return unsafe.Slice((*float64)(zeros(n, 8)), n) }

func zeros(n, size int) unsafe.Pointer { return C.calloc(C.size_t(max(n, 1)), C.size_t(size)) }

// Comm is a communicator: operations of one know nothing of those of others. On each the ranks
// begin the same ones in the same order.
type Comm struct{ comm C.MPI_Comm }

// World returns the communicator of all ranks.
func World() *Comm { return &Comm{C.world()} }

// Dup returns another communicator of the same ranks, which all call it.
func (c *Comm) Dup() *Comm {
	d := &Comm{}
	C.MPI_Comm_dup(c.comm, &d.comm)
	return d
}

// Rank returns this process's number, from 0.
func (c *Comm) Rank() int {
	var rank C.int
	C.MPI_Comm_rank(c.comm, &rank)
	return int(rank)
}

// Size returns the number of processes.
func (c *Comm) Size() int {
	var size C.int
	C.MPI_Comm_size(c.comm, &size)
	return int(size)
}

// Request is an operation that has begun; its zero value, one that has ended.
type Request struct{ request *C.MPI_Request }

// Test looks so many times whether the operation has ended, and moves all operations on.
func (r *Request) Test(looks int) bool {
	return r.request == nil || C.test(r.request, C.int(looks)) != 0
}

// begin returns where MPI writes r's operation.
func (r *Request) begin() *C.MPI_Request {
	if r.request == nil {
		r.request = (*C.MPI_Request)(C.malloc(C.size_t(unsafe.Sizeof(*r.request))))
	}
	return r.request
}

func doubles(v []float64) *C.double { return (*C.double)(unsafe.SliceData(v)) }
func floats(v []float32) *C.float   { return (*C.float)(unsafe.SliceData(v)) }

// Barrier ends when all ranks have begun it.
func (c *Comm) Barrier(r *Request) { C.barrier(c.comm, r.begin()) }

// Broadcast sets each rank's values to those of root.
func (c *Comm) Broadcast(r *Request, values []float32, root int) {
	C.broadcast(c.comm, r.begin(), floats(values), C.int(len(values)), C.int(root))
}

// Allgather sets to, which is Size times as long as from, to the ranks' from, in their order.
func (c *Comm) Allgather(r *Request, to, from []float64) {
	C.allgather(c.comm, r.begin(), doubles(to), doubles(from), C.int(len(from)))
}

// AllgatherFloats is Allgather of float32.
func (c *Comm) AllgatherFloats(r *Request, to, from []float32) {
	C.allgather_floats(c.comm, r.begin(), floats(to), floats(from), C.int(len(from)))
}

// AlltoallFloats sets piece k of to, of Size, to piece Rank of rank k's from.
func (c *Comm) AlltoallFloats(r *Request, to, from []float32) {
	C.alltoall_floats(c.comm, r.begin(), floats(to), floats(from), C.int(len(from)/c.Size()))
}

// AllreduceFloats sets to to the sum of the ranks' from, in an order of MPI's own.
func (c *Comm) AllreduceFloats(r *Request, to, from []float32) {
	C.allreduce_floats(c.comm, r.begin(), floats(to), floats(from), C.int(len(from)))
}

// Send sends the number that value holds to a rank.
func (c *Comm) Send(r *Request, value []float64, to int) {
	C.send(c.comm, r.begin(), doubles(value), C.int(to))
}

// Receive takes a number that a rank has sent, into value; ok says whether there was one.
func (c *Comm) Receive(value []float64) (from int, ok bool) {
	rank := C.receive(c.comm, doubles(value))
	return int(rank), rank >= 0
}
