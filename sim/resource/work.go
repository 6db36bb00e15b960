package resource

import "github.com/twinsim/twinsim/sim"

// Work is a service that may be broken off: how long it takes in all and how
// much is left. It is plain data, for the state of a client of a resource that pre-empts.
// On a grant call Begin, schedule its end, and release then; when told of a
// pre-emption, cancel that event, call Break, and choose what becomes of the
// rest: nothing to do is to resume later; [Work.Restart] is to do it all over;
// a new Work is to draw a new time.
type Work struct {
	Total sim.Time // how long it takes, unbroken
	Left  sim.Time // how much of it is to do
	Began sim.Time // when the part under way began
	Busy  bool     // a part is under way
	Spent sim.Time // that was worked on it in all, also in vain
}

// NewWork returns work that takes so long.
func NewWork(total sim.Time) Work { return Work{Total: total, Left: total} }

// Begin begins what is left and returns when it will be done.
func (w *Work) Begin(now sim.Time) sim.Time {
	w.Began, w.Busy = now, true
	return now.Plus(w.Left)
}

// Break breaks it off at now, or ends it, and returns what is left.
func (w *Work) Break(now sim.Time) sim.Time {
	if w.Busy {
		done := min(now-w.Began, w.Left)
		w.Spent += done
		w.Left -= done
		w.Busy = false
	}
	return w.Left
}

// Restart makes all of it to be done again.
func (w *Work) Restart() { w.Left, w.Busy = w.Total, false }
