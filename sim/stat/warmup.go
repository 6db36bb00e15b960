package stat

import "fmt"

// MSER5 returns how many values to cut off the front of a run's series so that
// what is left says most about the steady state: the cut at which the standard
// error of the mean of the rest, computed from means of five, is least (White
// 1997; the best of 44 methods in Hoad, Robinson and Davies 2010). The cut is a
// multiple of five.
//
// It is false if the series can't tell: fewer than 50 values, a NaN or infinity
// among them, or a cut beyond the middle, which means that the run has not settled
// or is too short. The series must be evenly spaced: successive customers, or a
// level's means over successive equal intervals.
func MSER5(series []float64) (cut int, ok bool) {
	const size, last = 5, 5 // the five last cuts leave too little to judge by
	n := len(series) / size
	if n < 10 {
		return 0, false
	}
	// From the back, so that mean and squares of each rest grow by one batch.
	var rest Tally
	best, least := n, 0.0
	for d := n - 1; d >= 0; d-- {
		var sum float64
		for _, x := range series[d*size : (d+1)*size] {
			sum += x
		}
		rest.Add(sum / size)
		if d > n-last {
			continue
		}
		k := float64(rest.N)
		if error2 := rest.M2 / (k * k); best == n || error2 <= least {
			best, least = d, error2
		}
	}
	if rest.Skipped > 0 {
		return 0, false
	}
	return best * size, 2*best <= n
}

// Welch returns what is plotted to choose a warm-up by eye (Welch 1983): the mean
// over replications of each observation, smoothed by a moving average over the
// window observations before and after it (fewer near the front, where it stays
// centred). It is as long as the shortest replication less the window. Take the
// point from which the curve is flat; if it is not smooth, widen the window, at
// most to a quarter of the length, or make more replications. Values in the unit
// of the replications; window 0 gives the plain means.
func Welch(replications [][]float64, window int) ([]float64, error) {
	if len(replications) == 0 {
		return nil, fmt.Errorf("stat: no replications to average; want one or more")
	}
	n := len(replications[0])
	for _, r := range replications {
		n = min(n, len(r))
	}
	if window < 0 || 2*window >= max(n, 1) {
		return nil, fmt.Errorf("stat: a moving average over %d observations to each side of %d; want a window from 0 to less than half", window, n)
	}
	mean := make([]float64, n)
	for _, r := range replications {
		for i := range mean {
			mean[i] += r[i]
		}
	}
	for i := range mean {
		mean[i] /= float64(len(replications))
	}
	smooth := make([]float64, n-window)
	for i := range smooth {
		w := min(window, i)
		var sum float64
		for _, x := range mean[i-w : i+w+1] {
			sum += x
		}
		smooth[i] = sum / float64(2*w+1)
	}
	return smooth, nil
}
