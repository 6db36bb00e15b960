// Package stat computes what a simulation tells: tallies and time-weighted
// means during a run, and the mean, spread and confidence interval of a sample of
// replications after it.
package stat
