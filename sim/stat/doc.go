// Package stat computes what a simulation tells: accumulators that run during it,
// and what can be said of their results after it, with its uncertainty.
//
// # During a run
//
// Accumulators are plain data, so that [sim.Sim.Keep] saves them. Their zero
// values are ready, adding costs some nanoseconds and does not allocate, and to
// read one never changes it: read as often as you like, at any time.
//
//	to know                                          use
//	mean, spread, extremes of values (waiting times) Tally
//	mean of a level over time (length of a queue)    TimeWeighted
//	how many, how often                              Counter
//	share of time idle, busy, broken                 States
//	distribution of values or, over time, of a level Histogram, TimeHistogram
//	median, worst percent, of a range not known      Sketch
//	a steady-state mean's interval, live             Batches
//
// A value counts once however long it lasts, a level counts by the time it lasts:
// the mean length of a queue that customers see is not its mean over time. That is
// why these are two types.
//
// To delete a warm-up of known length, let an event call Reset of each at its
// end: levels and states stay what they are, and counting starts anew.
//
// # After it
//
//	to know                                          use
//	mean of independent values and its interval      Summarize, Tally.Interval
//	enough replications?                             Summary.Precise
//	two variants under common random numbers         Paired; of a family, Holm or Bonferroni
//	a quantile and its interval                      Quantile, QuantileInterval
//	where the warm-up of a run ends                  MSER5; by eye, from replications, Welch
//	steady-state mean of one run and its interval    BatchMeans, OverlappingBatchMeans
//	how correlated a series is                       Autocorrelation, EffectiveSize
//
// Values of one run, such as the waits of successive customers, are correlated.
// Never give them to Summarize or Tally.Interval, which suppose independent
// values: either make replications and summarize one number of each, or cut the
// warm-up off with MSER5 and give the rest to BatchMeans. For a level, take as series
// the differences of TimeWeighted.Area at equal intervals, divided by the interval.
//
// # Trust
//
// Each interval comes with its [Doubts]. The tests of this package hold the intervals
// against queues and series of known mean: 95 % intervals of batch means cover 93 to
// 97 % on long runs, and as little as 56 % on runs that are too short, where every
// one of them is doubted.
//
// NaN and infinite values are left out by accumulators and counted in their
// Skipped (a histogram counts infinities as under or over); in a slice they make the
// result NaN or an error.
//
// Accumulators give the same bits on every processor. Intervals, which need
// quantiles of Student's law, are only as equal as package math is.
package stat
