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
// radians. Each doc comment states the largest error seen against package
// internal/hp, in units in the last place (ulp).
//
// Cost relative to package math on one amd64 server (BenchmarkFunctions, random
// arguments): Exp 0.5, Expm1 0.6, Exp2 0.4, Log 0.6, Log1p 0.8, Log2 1.0, Log10 1.4,
// Pow 0.4, Sin 1.2, Cos 1.3, Tan 1.4, Asin 0.8, Acos 0.6, Atan 1.1, Atan2 1.0,
// Sinh, Cosh and Tanh 0.8, Erf 0.4, Erfc 0.5, Gamma 0.6, Lgamma 0.6, Hypot 0.7,
// Cbrt 0.9.
package detmath

//go:generate go run ./internal/gen .
