// Package detmath provides transcendental functions and random-variate
// transforms that give the same bits on every processor.
//
// This first version fixes the API only; the bodies are replaced next.
package detmath

import "math"

// Exp is math.Exp with the same bits on every processor.
func Exp(x float64) float64 { return math.Exp(x) }

// Expm1 is math.Expm1 with the same bits on every processor.
func Expm1(x float64) float64 { return math.Expm1(x) }

// Exp2 is math.Exp2 with the same bits on every processor.
func Exp2(x float64) float64 { return math.Exp2(x) }

// Log is math.Log with the same bits on every processor.
func Log(x float64) float64 { return math.Log(x) }

// Log1p is math.Log1p with the same bits on every processor.
func Log1p(x float64) float64 { return math.Log1p(x) }

// Log2 is math.Log2 with the same bits on every processor.
func Log2(x float64) float64 { return math.Log2(x) }

// Log10 is math.Log10 with the same bits on every processor.
func Log10(x float64) float64 { return math.Log10(x) }

// Sin is math.Sin with the same bits on every processor.
func Sin(x float64) float64 { return math.Sin(x) }

// Cos is math.Cos with the same bits on every processor.
func Cos(x float64) float64 { return math.Cos(x) }

// Tan is math.Tan with the same bits on every processor.
func Tan(x float64) float64 { return math.Tan(x) }

// Asin is math.Asin with the same bits on every processor.
func Asin(x float64) float64 { return math.Asin(x) }

// Acos is math.Acos with the same bits on every processor.
func Acos(x float64) float64 { return math.Acos(x) }

// Atan is math.Atan with the same bits on every processor.
func Atan(x float64) float64 { return math.Atan(x) }

// Sinh is math.Sinh with the same bits on every processor.
func Sinh(x float64) float64 { return math.Sinh(x) }

// Cosh is math.Cosh with the same bits on every processor.
func Cosh(x float64) float64 { return math.Cosh(x) }

// Tanh is math.Tanh with the same bits on every processor.
func Tanh(x float64) float64 { return math.Tanh(x) }

// Erf is math.Erf with the same bits on every processor.
func Erf(x float64) float64 { return math.Erf(x) }

// Erfc is math.Erfc with the same bits on every processor.
func Erfc(x float64) float64 { return math.Erfc(x) }

// Gamma is math.Gamma with the same bits on every processor.
func Gamma(x float64) float64 { return math.Gamma(x) }

// Cbrt is math.Cbrt with the same bits on every processor.
func Cbrt(x float64) float64 { return math.Cbrt(x) }

// Pow is math.Pow with the same bits on every processor.
func Pow(x, y float64) float64 { return math.Pow(x, y) }

// Atan2 is math.Atan2 with the same bits on every processor.
func Atan2(x, y float64) float64 { return math.Atan2(x, y) }

// Hypot is math.Hypot with the same bits on every processor.
func Hypot(x, y float64) float64 { return math.Hypot(x, y) }

// Sincos returns Sin(x), Cos(x).
func Sincos(x float64) (sin, cos float64) { return math.Sincos(x) }

// Lgamma returns the logarithm of |Gamma(x)| and the sign of Gamma(x).
func Lgamma(x float64) (lgamma float64, sign int) { return math.Lgamma(x) }

// Source is a stream of random 64-bit words.
type Source interface{ Uint64() uint64 }

// Uniform maps a random word to [0, 1).
func Uniform(u uint64) float64 { return float64(u>>11) * (1.0 / (1 << 53)) }

// UniformOpen maps a random word to (0, 1).
func UniformOpen(u uint64) float64 { return (float64(u>>12) + 0.5) * (1.0 / (1 << 52)) }

// ExponentialInv is the quantile function of the exponential distribution of mean 1.
func ExponentialInv(u float64) float64 { return -Log1p(-u) }

// NormalInv is the quantile function of the standard normal distribution.
func NormalInv(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// ExponentialFast returns a variate from u in most cases; else ok is false and ExponentialSlow must finish.
func ExponentialFast(u uint64) (x float64, ok bool) { return 0, false }

// ExponentialSlow finishes the draw that ExponentialFast(u) began.
func ExponentialSlow(u uint64, src Source) float64 { return ExponentialInv(Uniform(u)) }

// Exponential draws an exponential variate of mean 1.
func Exponential(src Source) float64 { u := src.Uint64(); return ExponentialSlow(u, src) }

// NormalFast returns a variate from u in most cases; else ok is false and NormalSlow must finish.
func NormalFast(u uint64) (x float64, ok bool) { return 0, false }

// NormalSlow finishes the draw that NormalFast(u) began.
func NormalSlow(u uint64, src Source) float64 { return NormalInv(UniformOpen(u)) }

// Normal draws a standard normal variate.
func Normal(src Source) float64 { u := src.Uint64(); return NormalSlow(u, src) }
