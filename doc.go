// Package twinsim is the tour's first stop; the code is in the packages below.
//
//	sim  <-  devices  <-  analytics  <-  twins  <-  scenarios  <-  hil  <-  cmd
//
// Imports point left. The program is cmd/twinsim; docs/architecture.md walks
// one reading through all of it.
package twinsim
