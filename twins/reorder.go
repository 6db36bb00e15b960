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
	channels *devices.Channels // nil: a snapshot has the readings by number
	id       sim.ActorID
	held     []devices.Reading // sorted; those before head have entered
	head     int
	armed    sim.Handle // the event at which held[head] enters
	late     uint64
	gone     int // readings of the loaded state whose channel this run does not have
}

// Reorder returns a window in front of [Hub.Ingest]. Name must be unique in the run.
func (h *Hub) Reorder(name string, window sim.Time, keepLate bool) (*Reorder, error) {
	w, err := NewReorder(h.sim, name, window, keepLate, h.Ingest)
	if err != nil {
		return nil, err
	}
	w.channels = h.channels
	return w, nil
}

// NewReorder returns a window in front of emit. Name must be unique in the run. It
// does not know the names of channels, so its saved state needs a run with the same
// ones; that of [Hub.Reorder] does not.
func NewReorder(s *sim.Sim, name string, window sim.Time, keepLate bool, emit devices.Emit) (*Reorder, error) {
	if window <= 0 {
		return nil, fmt.Errorf("twins: reorder window %v; want a positive time, or none at all", window)
	}
	w := &Reorder{Window: window, KeepLate: keepLate, emit: emit, sim: s}
	var err error
	if w.id, err = s.Add(name, w); err != nil {
		return nil, err
	}
	return w, s.Keep(name, (*reorderState)(w))
}

// Late returns how many readings came after their window.
func (w *Reorder) Late() uint64 { return w.late }

// Held returns how many readings wait for their time.
func (w *Reorder) Held() int { return len(w.held) - w.head }

// Take takes a reading as it arrives. One that arrives at At + W or after it is late.
func (w *Reorder) Take(r devices.Reading) {
	if r.At.Plus(w.Window) <= w.sim.Now() {
		w.late++
		if w.KeepLate {
			r.Quality |= devices.Late
			w.emit(r)
		}
		return
	}
	r.Quality &^= devices.Disordered // as of now it is not
	i, _ := slices.BinarySearchFunc(w.held[w.head:], r, compareReadings)
	w.held = slices.Insert(w.held, w.head+i, r)
	if i == 0 {
		w.sim.Cancel(w.armed)
		w.arm()
	}
}

func compareReadings(a, b devices.Reading) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(math.Float64bits(a.Value), math.Float64bits(b.Value)), cmp.Compare(a.Quality, b.Quality))
}

func (w *Reorder) arm() {
	// The time is in the future and the actor is known, so this can't be refused.
	w.armed, _ = w.sim.Schedule(sim.Event{At: w.held[w.head].At.Plus(w.Window), Rank: sim.RankInput, To: w.id})
}

// Handle lets in what is due.
func (w *Reorder) Handle(s *sim.Sim, _ sim.Event) error {
	for w.head < len(w.held) && w.held[w.head].At.Plus(w.Window) <= s.Now() {
		r := w.held[w.head]
		w.head++
		w.emit(r)
	}
	if w.head > len(w.held)/2 {
		w.held = w.held[:copy(w.held, w.held[w.head:])]
		w.head = 0
	}
	if w.head < len(w.held) {
		w.arm()
	}
	return nil
}

// reorderState is a window that saves and loads itself: what it holds back goes
// by the names of channels, since a fork may number them otherwise.
type reorderState Reorder

const reorderVersion = 1

type savedReorder struct {
	Names []string // of the channels, by Held[i].Channel; nil if they are not known
	Held  []devices.Reading
	Armed sim.Handle
	Late  uint64
}

// MarshalBinary returns the state of the window.
func (v *reorderState) MarshalBinary() ([]byte, error) {
	out := savedReorder{Held: slices.Clone(v.held[v.head:]), Armed: v.armed, Late: v.late}
	if v.channels == nil {
		return Marshal(reorderVersion, out)
	}
	place := make(map[devices.ChannelID]int)
	for i := range out.Held {
		r := &out.Held[i]
		k, ok := place[r.Channel]
		if !ok {
			k = len(out.Names)
			place[r.Channel] = k
			out.Names = append(out.Names, v.channels.Name(r.Channel))
		}
		r.Channel = devices.ChannelID(k)
	}
	return Marshal(reorderVersion, out)
}

// UnmarshalBinary puts the window into a saved state; readings of channels that
// are no longer there are passed over and counted.
func (v *reorderState) UnmarshalBinary(data []byte) error {
	var in savedReorder
	if err := Unmarshal(data, reorderVersion, &in); err != nil {
		return fmt.Errorf("twins: reorder window: %w", err)
	}
	v.held, v.head, v.armed, v.late, v.gone = nil, 0, in.Armed, in.Late, 0
	for _, r := range in.Held {
		ok := true
		if v.channels != nil {
			if int(r.Channel) < 0 || int(r.Channel) >= len(in.Names) {
				return fmt.Errorf("twins: reorder window: the saved state is damaged: a reading is of channel %d of %d", r.Channel, len(in.Names))
			}
			r.Channel, ok = v.channels.Lookup(in.Names[r.Channel])
		}
		if !ok {
			v.gone++
			continue
		}
		v.held = append(v.held, r)
	}
	slices.SortFunc(v.held, compareReadings)
	return nil
}

// Dropped returns how many readings of the loaded state had a channel that this
// run does not have.
func (v *reorderState) Dropped() int { return v.gone }
