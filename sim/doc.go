// Package sim runs events in a fixed order: a deterministic discrete-event
// kernel with integer time, named actors, cancellation, random streams that
// nothing can shift, and state that can be saved, loaded and forked.
//
// The order is total: by time, then by named [Rank], then by insertion. Events
// are data without pointers; what changes during a run is plain data handed to
// [Sim.Keep]. So *run to the end* equals *save in the middle, rebuild, load, run
// to the end*, bit for bit.
//
// A run is single-threaded. Other goroutines enter it by one door, [Sim.Post].
package sim
