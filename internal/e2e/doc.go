// Package e2e tests trainers as programs. It holds tests only. Tests of a few seconds always run.
// Campaigns of minutes have the build tag campaign (make test-kill, test-faults, test-serve,
// test-attack, test-mpi, test-mpi-faults). Trainers are compiled from specs of the zoo, in a module
// of their own, without the committed networks of generated/.
package e2e
