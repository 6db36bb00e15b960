// Package resource has what actors of a run compete for: resources with units
// that are held for a time, pools whose units are told apart, containers with a
// level, and stores of items. They are for event-style actors, and everything that changes is plain
// data, so a run is saved and forked with them; sim/process wraps them for processes.
//
// # Claims
//
// Who asks hands over a [Demand]: whom to tell, and with which event. What can be
// had at once is had at once, without an event; otherwise the demand waits in
// line, and the grant is an event later. It holds from the instant at which
// another gives way, not from the one at which the client is told, so nobody
// overtakes. A [Claim] names what was asked for, until it is given back or lost,
// and nothing else ever after. One verb leaves things clean at any time: Release
// (of a container or store: Withdraw). After it no event of the claim comes, be it a grant, a
// pre-emption or the end of patience that was under way at this instant; no
// timer stays in the queue.
//
// # What differs from the usual
//
// A resource belongs to the run it was made in, so its methods don't take the
// run; they take place at [sim.Sim.Now]. It is an actor (for patience and
// shifts) and a kept state under its name. Amounts are whole numbers in a unit
// that the model chooses (pieces, g, mL), because sums of float64 are not exact:
// with them, who puts 0.1 three times might wait for ever to get 0.3.
//
// Hooks, orders and filters are part of the build, not of the state. They must not
// call the resource they belong to: a hook that wants more schedules an event.
//
// Release and its like return an error only when a hook calls them, or when the run
// can't take the event that tells somebody, because the queue is full.
package resource
