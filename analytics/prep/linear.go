package prep

import (
	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
)

// newLinear makes the stage of Linear.
func (c Fill) newLinear() (analytics.Stage, error) {
	if err := checkCap("fill", &c.Cap); err != nil {
		return nil, err
	}
	if c.Limit > 0 {
		c.Cap = c.Limit
	}
	if c.Cap > 1<<24 {
		return nil, bad("fill", "limit", "is %d readings, want at most %d", c.Limit, 1<<24)
	}
	return &linearFill{Fill: c, state: &linearState{Waiting: make([]devices.Reading, 0, min(64, c.Cap))}}, nil
}

// linearFill is the stage of Linear.
type linearFill struct {
	Fill
	state *linearState
}

type linearState struct {
	Waiting []devices.Reading // unusable ones, for the other end of the line
	Last    devices.Reading   // the last usable one
	Any     bool              // there was one
	Beyond  bool              // this gap has been given up
	Imputed uint64
	Left    uint64 // unusable readings that could not be filled
}

func (s *linearFill) State() any { return s.state }

// Held returns how many readings wait for the other end of a line.
func (s *linearFill) Held() int { return len(s.state.Waiting) }

// Flush hands on what waits as it came: the line has no other end.
func (s *linearFill) Flush(emit func(devices.Reading)) { s.giveUp(emit) }

func (s *linearFill) Counts(add func(string, uint64)) {
	add("imputed", s.state.Imputed)
	add("left_missing", s.state.Left)
}

func (s *linearFill) Apply(r devices.Reading, emit func(devices.Reading)) {
	r = clean(r)
	if !r.Quality.Usable() {
		s.wait(r, emit)
		return
	}
	st := s.state
	if len(st.Waiting) > 0 {
		s.bridge(r, emit)
	}
	st.Last, st.Any, st.Beyond = r, true, false
	emit(r)
}

func (s *linearFill) leave(r devices.Reading, emit func(devices.Reading)) {
	s.state.Left++
	emit(r)
}

// wait keeps an unusable reading, or gives the gap up.
func (s *linearFill) wait(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	tooLong := len(st.Waiting) >= s.Cap || s.MaxAge > 0 && r.At-st.Last.At > s.MaxAge
	if !st.Any || st.Beyond || tooLong {
		s.giveUp(emit)
		st.Beyond = true
		s.leave(r, emit)
		return
	}
	st.Waiting = append(st.Waiting, r)
}

// giveUp hands on what waits as it came.
func (s *linearFill) giveUp(emit func(devices.Reading)) {
	st := s.state
	st.Beyond = st.Beyond || len(st.Waiting) > 0
	for _, q := range st.Waiting {
		s.leave(q, emit)
	}
	st.Waiting = st.Waiting[:0]
}

// bridge fills what waits with a line to r.
func (s *linearFill) bridge(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	a := st.Last
	span := r.At - a.At
	ok := span > 0 && (s.MaxAge == 0 || span <= s.MaxAge)
	for _, q := range st.Waiting {
		if !ok || q.At < a.At || q.At > r.At {
			s.leave(q, emit)
			continue
		}
		w := float64(q.At-a.At) / float64(span)
		st.Imputed++
		emit(imputed(q, a.Value*(1-w)+r.Value*w))
	}
	st.Waiting = st.Waiting[:0]
}
