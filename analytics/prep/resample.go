package prep

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Aggregate names how readings become one on a grid point.
type Aggregate string

// The aggregates.
const (
	LastValue   Aggregate = "last"   // the last usable reading of the interval
	MeanValue   Aggregate = "mean"   // the mean of its usable readings, each counting once
	LinearValue Aggregate = "linear" // on a line between the usable readings around the point
)

// Resample puts readings on the grid Offset + k Every (k any integer) in
// event time: Offset 0 is aligned to the run's start, and the distance from there
// back to midnight aligns to absolute time. A grid point stands for the interval
// (point - Every, point] that it ends, and carries its stamp, so nothing is known
// before it happened (pandas: closed="right", label="right").
//
// A point comes out with the first reading at or after it; a second reading with
// the stamp of a point falls into the next interval. For LastValue and MeanValue
// a point whose interval has no usable reading is missing; unusable readings move
// time on. LinearValue waits for the next usable reading and is missing if the
// two are more than MaxGap or Limit points apart. At most Limit missing points are
// made up for one silence; then the grid jumps, and what is left out is counted
// ("skipped"). Readings before the last point (LinearValue: before the last
// reading), or more than 70 years from the run's epoch, are dropped and counted
// ("late"). The flags of all readings used go on the point; its Seq
// is that of the last one used. Unusable readings that only move time on are
// counted ("unusable"). The grid begins at the first usable reading or the first
// point after it. At the end of the data the interval that readings have reached
// is closed: its point has the stamp of its end, which the data did not reach, as
// in pandas. LinearValue makes nothing up beyond the last reading. There is no
// warm-up.
type Resample struct {
	Every     sim.Time  // distance of the grid points
	Aggregate Aggregate // LastValue (default), MeanValue or LinearValue
	Offset    sim.Time  // of the grid, in event time
	MaxGap    sim.Time  // for LinearValue: longest distance bridged; 0 is any
	Limit     int       // most points made up for one silence; default 1000
}

// farthest keeps a broken stamp from running the arithmetic of grid points over.
const farthest = sim.Time(math.MaxInt64 / 4)

// New makes the stage.
func (c Resample) New() (analytics.Stage, error) {
	if c.Aggregate == "" {
		c.Aggregate = LastValue
	}
	if c.Limit == 0 {
		c.Limit = 1000
	}
	switch {
	case c.Every <= 0 || c.Every > farthest:
		return nil, bad("resample", "every", "is %v, want more than 0, such as \"1 min\"", c.Every)
	case c.Limit < 0:
		return nil, bad("resample", "limit", "is %d points, want 1 or more", c.Limit)
	case c.Aggregate != LastValue && c.Aggregate != MeanValue && c.Aggregate != LinearValue:
		return nil, bad("resample", "aggregate", "%q is none of last, mean, linear", string(c.Aggregate))
	case c.MaxGap != 0 && c.Aggregate != LinearValue:
		return nil, bad("resample", "max_gap", "is only for linear")
	}
	if err := checkGap("resample", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	c.Offset %= c.Every
	return &resample{c, new(resampleState)}, nil
}

type resample struct {
	Resample
	state *resampleState
}

type resampleState struct {
	Begun   bool
	Next    sim.Time        // the next grid point
	Bin     part            // MeanValue: of the readings since the point before
	Flags   devices.Quality // of the readings since the point before
	Last    devices.Reading // the last usable reading
	Filled  bool            // there was a usable reading since the point before
	Reached bool            // there was any reading since the point before
	Late    uint64
	Skipped uint64
	Idle    uint64 // unusable readings that only moved time on
}

func (s *resample) State() any { return s.state }

// Shape returns the grid and what is gathered for its points.
func (s *resample) Shape() string {
	return fmt.Sprint(s.Every, " ", s.Offset, " ", string(s.Aggregate))
}

func (s *resample) Counts(add func(string, uint64)) {
	add("late", s.state.Late)
	add("skipped", s.state.Skipped)
	add("unusable", s.state.Idle)
}

// Held returns how many usable readings wait for the end of their interval.
func (s *resample) Held() int { return s.state.Bin.N }

// Flush closes the interval that readings have reached.
func (s *resample) Flush(emit func(devices.Reading)) {
	if st := s.state; st.Reached {
		s.point(st.Last, emit)
	}
}

func (s *resample) Apply(r devices.Reading, emit func(devices.Reading)) {
	r = clean(r)
	st := s.state
	usable := r.Quality.Usable()
	if r.At > farthest || r.At < -farthest {
		st.Late++
		return
	}
	if !st.Begun {
		if !usable {
			emit(r)
			return
		}
		st.Begun, st.Next, st.Last = true, s.ceil(r.At), r
	}
	if s.Aggregate == LinearValue {
		s.line(r, usable, emit)
		return
	}
	if r.At < st.Next-s.Every {
		st.Late++
		return
	}
	for made := 0; st.Next < r.At; {
		if !st.Filled {
			if made++; made > s.Limit {
				s.jump(r.At)
				break
			}
		}
		s.point(r, emit)
	}
	st.Reached = true
	if !usable {
		st.Idle++
	} else {
		st.Bin = foldMean.join(st.Bin, part{1, r.Value, 0})
		st.Flags |= r.Quality
		st.Last, st.Filled = r, true
	}
	if st.Next == r.At {
		s.point(r, emit)
	}
}

// ceil returns the first grid point at or after t.
func (s *resample) ceil(t sim.Time) sim.Time {
	m := (t - s.Offset) % s.Every
	if m > 0 {
		m -= s.Every
	}
	return t - m
}

// jump leaves out the grid points before the given time.
func (s *resample) jump(at sim.Time) {
	st := s.state
	next := s.ceil(at)
	st.Skipped += uint64((next - st.Next) / s.Every)
	st.Next = next
}

// point hands on the interval that ends at Next; r is the reading that showed
// that it has ended.
func (s *resample) point(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	out := devices.Reading{At: st.Next, Channel: r.Channel, Tag: devices.Tag{Seq: st.Last.Seq}}
	st.Next += s.Every
	st.Reached = false
	if !st.Filled {
		emit(absent(out, 0))
		return
	}
	v, flags := st.Last.Value, st.Last.Quality
	if s.Aggregate == MeanValue {
		v, flags = (st.Bin.A+st.Bin.B)/float64(st.Bin.N), st.Flags
	}
	st.Bin, st.Flags, st.Filled = part{}, 0, false
	emit(result(out, v, flags))
}

// line hands on the grid points between the last usable reading and r.
func (s *resample) line(r devices.Reading, usable bool, emit func(devices.Reading)) {
	st := s.state
	if !usable {
		st.Idle++
		return
	}
	if r.At < st.Last.At {
		st.Late++
		return
	}
	a, span := st.Last, r.At-st.Last.At
	bridged := (s.MaxGap == 0 || span <= s.MaxGap) && span/s.Every <= sim.Time(s.Limit)
	for made := 0; st.Next <= r.At; st.Next += s.Every {
		out := devices.Reading{At: st.Next, Channel: r.Channel, Tag: devices.Tag{Seq: r.Seq}}
		switch {
		case st.Next == r.At:
			emit(result(out, r.Value, r.Quality))
		case bridged:
			w := float64(st.Next-a.At) / float64(span)
			emit(result(out, a.Value*(1-w)+r.Value*w, a.Quality|r.Quality))
		case made == s.Limit:
			s.jump(r.At)
			st.Next -= s.Every // the loop adds it again
		default:
			made++
			emit(absent(out, 0))
		}
	}
	st.Last = r
}
