// Package e2e tests trainers as programs. It holds tests only. Tests of a few seconds always run.
// Campaigns of minutes have the build tag campaign. Each has a target of the Makefile, such as
// test-kill. Trainers are compiled from specs of the zoo, in a module of their own. The committed
// networks of generated/ play no part.
package e2e
