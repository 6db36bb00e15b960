package stat

import "github.com/twinsim/twinsim/sim"

// maxStates bounds an index of a state, so that a wild one can't take all memory.
const maxStates = 1 << 16

// States says how long something was in each of several states, such as idle,
// busy and broken, and how often it came into each. States go by index; their
// names are outside. Times are whole nanoseconds, so those of all states sum to
// the time that passed, exactly. The zero States is in state 0 from the run's epoch on.
type States struct {
	Current int        // the state now
	First   int        // the state at Start
	Start   sim.Time   // when counting began
	Last    sim.Time   // when the state was last set
	Spans   []sim.Time // time in each state, up to Last
	Entries []int64    // changes into each state since Start
	Skipped int64      // changes into states below 0 or above 65535, which were ignored
}

// NewStates returns n states, of which the first is current from now on. With it
// Set never allocates; the zero States makes room as it meets new states.
func NewStates(n int, now sim.Time) States {
	n = min(max(n, 0), maxStates)
	return States{Start: now, Last: now, Spans: make([]sim.Time, n), Entries: make([]int64, n)}
}

// Set says that the state is k from now on. To be in k already is no change. A
// state that is replaced at the instant of Start counts for nothing. Times must
// not go back: an earlier now counts as the latest time seen.
func (s *States) Set(now sim.Time, k int) {
	if k < 0 || k >= maxStates {
		s.Skipped++
		return
	}
	if need := max(k, s.Current) + 1; need > len(s.Spans) {
		s.Spans = append(s.Spans, make([]sim.Time, need-len(s.Spans))...)
		s.Entries = append(s.Entries, make([]int64, need-len(s.Entries))...)
	}
	if now > s.Last {
		s.Spans[s.Current] += now - s.Last
		s.Last = now
	} else if s.Last == s.Start {
		s.Current, s.First = k, k
		return
	}
	if k != s.Current {
		s.Current = k
		s.Entries[k]++
	}
}

// Len returns how many states are known.
func (s *States) Len() int { return max(len(s.Spans), s.Current+1) }

// Time returns how long the state k lasted from Start to now.
func (s *States) Time(k int, now sim.Time) sim.Time {
	var t sim.Time
	if k >= 0 && k < len(s.Spans) {
		t = s.Spans[k]
	}
	if k == s.Current && now > s.Last {
		t += now - s.Last
	}
	return t
}

// Total returns the time from Start to now: the sum of Time over all states.
func (s *States) Total(now sim.Time) sim.Time { return max(now, s.Last) - s.Start }

// Fraction returns the share of the time from Start to now in state k, from 0 to
// 1; at Start itself it is 1 for the current state.
func (s *States) Fraction(k int, now sim.Time) float64 {
	total := s.Total(now)
	switch {
	case total > 0:
		return float64(s.Time(k, now)) / float64(total)
	case k == s.Current:
		return 1
	}
	return 0
}

// Visits returns how many stays in state k there were since Start, with the one
// under way and the one that Start found.
func (s *States) Visits(k int) int64 {
	var n int64
	if k >= 0 && k < len(s.Entries) {
		n = s.Entries[k]
	}
	if k == s.First {
		n++
	}
	return n
}

// Reset counts anew from now, in the state as it is: the end of a warm-up.
func (s *States) Reset(now sim.Time) {
	s.First, s.Start, s.Last = s.Current, now, now
	clear(s.Spans)
	clear(s.Entries)
	s.Skipped = 0
}
