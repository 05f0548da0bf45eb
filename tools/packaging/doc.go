// Package packaging gives the checkout to an empty module as other modules get it: from a module
// proxy, without a replace directive. Its tests have the tag campaign: make test-packaging.
package packaging
