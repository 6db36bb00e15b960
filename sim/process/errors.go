package process

import (
	"errors"
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// Errors of processes. More about each is in the error that wraps it.
var (
	// ErrKilled is how a process ended that was killed.
	ErrKilled = errors.New("process: killed")
	// ErrEnded is what acting on a process returns that has ended.
	ErrEnded = errors.New("process: it has ended")
	// ErrSelf is what a process gets that interrupts or joins itself.
	ErrSelf = errors.New("process: a process can't interrupt or join itself; return instead")
	// ErrReneged is what a wait returns whose patience ran out.
	ErrReneged = errors.New("process: patience ran out")
	// ErrWithdrawn is what waiting for a get, put or request returns that was cancelled.
	ErrWithdrawn = errors.New("process: it was withdrawn; make a new one")
	// ErrPending is what asking for a value returns that is not there yet.
	ErrPending = errors.New("process: not done yet")
	// ErrDone is what ending an event returns that has ended before.
	ErrDone = errors.New("process: it is done already; an event happens once")
	// ErrClosed is what a closed Env returns.
	ErrClosed = errors.New("process: the environment is closed")

	errOutside = errors.New("process: only a process itself, while it runs, may wait; start one with Go or Spawn")
	errClosed  = errors.New("process: closed within the run")
	errUnmade  = errors.New("process: an event that was not made can't be waited for and can't happen; make it with NewEvent")
	errNil     = errors.New("process: a nil can't be waited for; want an Event, Timeout, Process or their like")
	errGoexit  = errors.New("process: its goroutine was ended (runtime.Goexit)")
)

// An Interrupted is what a wait returns when the process was interrupted.
type Interrupted struct {
	Cause any      // what the interrupting side gave
	By    string   // name of the process that interrupted, or "" if it was none
	At    sim.Time // when
	Left  sim.Time // how much of a Wait was left; 0 for other waits
}

// Error names the cause.
func (e *Interrupted) Error() string {
	if e.By == "" {
		return fmt.Sprintf("process: interrupted: %v", e.Cause)
	}
	return fmt.Sprintf("process: interrupted by %s: %v", e.By, e.Cause)
}

// Unwrap returns the cause if it is an error.
func (e *Interrupted) Unwrap() error {
	err, _ := e.Cause.(error)
	return err
}

// A Failure says which process an error came out of, and when. Joining adds one
// at each level, and errors.Is and errors.As see through all of them.
type Failure struct {
	Process string
	At      sim.Time
	Err     error
}

// Error names the process, the time and what happened.
func (e *Failure) Error() string {
	return fmt.Sprintf("process %q failed at %v: %v", e.Process, e.At, e.Err)
}

// Unwrap returns what the body of the process returned.
func (e *Failure) Unwrap() error { return e.Err }

// A PanicError is a panic in the body of a process.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // where it happened
}

// Error has the stack with it.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
