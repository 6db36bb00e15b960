package stat

import (
	"fmt"

	"gonum.org/v1/gonum/dsp/fourier"
)

// directLags is up to how many lags sums of products are cheaper and more exact
// than a Fourier transform.
const directLags = 32

// Autocorrelation returns the correlation of a series with itself, shifted by 0
// to lags values: pure numbers from -1 to 1, the first of which is 1. It is the
// usual estimator, which divides by n at every lag (Box and Jenkins). Of a constant
// series it is 0 beyond lag 0.
func Autocorrelation(series []float64, lags int) ([]float64, error) {
	n := len(series)
	if n == 0 || lags < 0 || lags >= n {
		return nil, fmt.Errorf("stat: autocorrelation up to lag %d of %d values; want a lag from 0 to one less than the values", lags, n)
	}
	t, bad := twoPass(series)
	if bad != 0 {
		return nil, fmt.Errorf("stat: autocorrelation of a series with a NaN or infinity; cut it out or fill it first")
	}
	d := make([]float64, n)
	for i, x := range series {
		d[i] = x - t.Mean
	}
	r := make([]float64, lags+1)
	if lags <= directLags {
		for k := range r {
			for i := k; i < n; i++ {
				r[k] += float64(d[i] * d[i-k])
			}
		}
	} else {
		copy(r, products(d))
	}
	c0 := r[0]
	for k := range r {
		switch {
		case k == 0:
			r[k] = 1
		case c0 > 0 && t.Min < t.Max:
			r[k] /= c0
		default:
			r[k] = 0
		}
	}
	return r, nil
}

// products returns the sums of d[i] d[i-k] for k = 0 to len(d)-1, by the Fourier
// transform of the series padded with as many zeros (Wiener and Khinchin).
func products(d []float64) []float64 {
	n := 1
	for n < 2*len(d) {
		n *= 2
	}
	padded := make([]float64, n)
	copy(padded, d)
	fft := fourier.NewFFT(n)
	c := fft.Coefficients(nil, padded)
	for i, z := range c {
		c[i] = complex(float64(real(z)*real(z))+float64(imag(z)*imag(z)), 0)
	}
	s := fft.Sequence(padded, c)[:len(d)]
	for i := range s {
		s[i] /= float64(n)
	}
	return s
}

// EffectiveSize returns how many independent values would tell the mean of the
// series as well as it does, and its correlation time tau = n / size, in values:
// the variance of the mean is tau times that of independent values. Autocorrelations
// are summed in pairs as long as the pairs are positive and made to fall
// (Geyer 1992, initial monotone sequence). A batch should be many tau long. It is
// an error to ask it of fewer than ten values.
func EffectiveSize(series []float64) (size, tau float64, err error) {
	n := len(series)
	if n < fewValues {
		return 0, 0, fmt.Errorf("stat: effective size of %d values; want at least %d", n, fewValues)
	}
	r, err := Autocorrelation(series, n-1)
	if err != nil {
		return 0, 0, err
	}
	tau = -1
	least := r[0] + r[1]
	for k := 0; k+1 < n; k += 2 {
		pair := min(r[k]+r[k+1], least)
		if !(pair > 0) {
			break
		}
		least = pair
		tau += 2 * pair
	}
	// A series that swings from one side to the other has a tau near 0; that of n values can't be below 1/n.
	tau = max(tau, 1/float64(n))
	return float64(n) / tau, tau, nil
}
