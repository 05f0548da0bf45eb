// Package e2e tests trainers as programs. It holds tests only: those of a few seconds run with all
// others, campaigns of minutes run behind the build tag campaign (make test-kill, test-faults,
// test-serve, test-attack, test-mpi, test-mpi-faults). Trainers are compiled from specs of the zoo,
// in a module of their own: what is committed in generated/ has no part in it.
package e2e
