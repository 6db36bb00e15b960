package resource

import (
	"errors"

	"github.com/twinsim/twinsim/sim"
)

// A Demand is what a client asks for, and how it is told. Events go to To with
// Rank and Arg; their kinds are the client's own.
type Demand struct {
	To            sim.ActorID
	Rank          sim.Rank
	Kind          int32 // of the event that tells of a grant, unless it came at once
	ExpiredKind   int32 // of the event that tells that patience ran out
	PreemptedKind int32 // of the event that tells that the claim was lost to another, or to the end of a shift
	Arg           uint64

	Amount   int64    // how many units, 0 is 1; a store gives and takes one item whatever it says
	Priority int32    // lower goes first; other than 0 it is refused where nothing goes by it
	Preempt  bool     // take it from holders of a lower priority, which is a higher number; refused if not Config.Preemptive
	Patience sim.Time // how long to wait, 0 is for ever
	Filter   int32    // of a store: 1 is the first of its filters; 0 takes any item
	With     uint64   // what the filter is asked with

	// Reported says that the client itself tells the run of this wait (see
	// sim.Waiter), as processes do.
	Reported bool
}

// A Claim names a demand that was accepted, until it is over; then it names
// nothing, for ever. The zero Claim names nothing.
type Claim uint64

// A Waiter is what a line knows of one demand: what orders and hooks see.
type Waiter struct {
	Demand
	Claim   Claim
	Turn    uint64   // the first demand has 1, the next 2
	Since   sim.Time // when it was asked for
	Granted sim.Time // when it was granted; -1 if it was not
	Unit    int32    // of a pool: which unit it has
	By      Claim    // of a lost claim: who took it; 0 is the end of a shift or a lower capacity
	Lost    bool     // to pre-emption
	Put     bool     // of a container or store: it brings, not takes
}

// A Discipline says who is next in a line.
type Discipline uint8

// The disciplines. Equal ones go in the order of arrival.
const (
	FIFO     Discipline = iota // first come, first served
	LIFO                       // last come, first served
	Priority                   // the lowest Demand.Priority first
	disciplines
)

// Hooks are called when something has happened, at that instant. A hook must not
// call the resource it belongs to (which refuses it); it may schedule events.
type Hooks struct {
	OnEnqueue func(*sim.Sim, Waiter) // a demand has to wait
	OnAcquire func(*sim.Sim, Waiter) // a demand was granted, at once or after waiting
	OnRelease func(*sim.Sim, Waiter) // units were given back, or taken (Waiter.Lost)
	OnLeave   func(*sim.Sim, Waiter) // a demand left the line with nothing: withdrawn, or out of patience
}

// ErrFull is what asking returns when the line is as long as it may be.
var ErrFull = errors.New("resource: the line is full")

var errHook = errors.New("resource: a hook called the resource it belongs to; schedule an event instead")
