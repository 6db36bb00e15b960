// Package detmath provides transcendental functions and random-variate
// transforms that give the same bits on every processor.
//
// Package math does not: it has assembly on some processors, and the Go compiler
// may fuse x*y + z into one rounding where the processor can. Here every product
// that meets a sum is rounded explicitly, as in float64(x*y) + z, which the
// language defines to forbid fusing, and every table is a literal constant made
// by internal/gen from high-precision arithmetic. Only exact or correctly rounded
// operations of package math are used (Sqrt, Abs, Floor, Float64bits and the like).
//
// Functions have math's signatures, domains and special cases. Angles are in
// radians. Each doc comment states the largest error seen, in units in the last
// place (ulp), over the random and edge arguments of the package's tests.
package detmath

//go:generate go run ./internal/gen .
