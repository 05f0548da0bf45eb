// Package packaging tests the module as others get it: from a module proxy, without a replace directive. The tests have the
// tag campaign: make test-packaging.
package packaging
