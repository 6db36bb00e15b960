package twins

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Reorder holds readings back for a window W and lets each enter at exactly
// At + W, equal ones ordered by (channel, device sequence). So within the window
// any order of arrival gives one order of entry. A reading that comes after its
// time is late: dropped, or let in at once with that quality.
type Reorder struct {
	Window   sim.Time
	KeepLate bool
	emit     devices.Emit
	sim      *sim.Sim
	id       sim.ActorID
	state    reorderState
}

type reorderState struct {
	Held  []devices.Reading // sorted; those before Head have entered
	Head  int
	Armed sim.Handle // the event at which Held[Head] enters
	Late  uint64
}

// NewReorder returns a window in front of emit. Name must be unique in the run.
func NewReorder(s *sim.Sim, name string, window sim.Time, keepLate bool, emit devices.Emit) (*Reorder, error) {
	if window <= 0 {
		return nil, fmt.Errorf("twins: reorder window %v; want a positive time, or none at all", window)
	}
	w := &Reorder{Window: window, KeepLate: keepLate, emit: emit, sim: s}
	var err error
	if w.id, err = s.Add(name, w); err != nil {
		return nil, err
	}
	return w, s.Keep(name, &w.state)
}

// Late returns how many readings came after their window.
func (w *Reorder) Late() uint64 { return w.state.Late }

// Held returns how many readings wait for their time.
func (w *Reorder) Held() int { return len(w.state.Held) - w.state.Head }

// Take takes a reading as it arrives. One that arrives at At + W or after it is late.
func (w *Reorder) Take(r devices.Reading) {
	v := &w.state
	if r.At.Plus(w.Window) <= w.sim.Now() {
		v.Late++
		if w.KeepLate {
			r.Quality |= devices.Late
			w.emit(r)
		}
		return
	}
	r.Quality &^= devices.Disordered // as of now it is not
	i, _ := slices.BinarySearchFunc(v.Held[v.Head:], r, compareReadings)
	v.Held = slices.Insert(v.Held, v.Head+i, r)
	if i == 0 {
		w.sim.Cancel(v.Armed)
		w.arm()
	}
}

func compareReadings(a, b devices.Reading) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(math.Float64bits(a.Value), math.Float64bits(b.Value)), cmp.Compare(a.Quality, b.Quality))
}

func (w *Reorder) arm() {
	v := &w.state
	// The time is in the future and the actor is known, so this can't be refused.
	v.Armed, _ = w.sim.Schedule(sim.Event{At: v.Held[v.Head].At.Plus(w.Window), Rank: sim.RankInput, To: w.id})
}

// Handle lets in what is due.
func (w *Reorder) Handle(s *sim.Sim, _ sim.Event) error {
	v := &w.state
	for v.Head < len(v.Held) && v.Held[v.Head].At.Plus(w.Window) <= s.Now() {
		r := v.Held[v.Head]
		v.Head++
		w.emit(r)
	}
	if v.Head > len(v.Held)/2 {
		v.Held = v.Held[:copy(v.Held, v.Held[v.Head:])]
		v.Head = 0
	}
	if v.Head < len(v.Held) {
		w.arm()
	}
	return nil
}
