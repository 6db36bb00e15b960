package resource

import (
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// LineStats is what a line has seen since the run began or statistics were
// reset. Little's law holds for it at any instant:
//
//	Length.Area(now) = Wait.Sum() + Left.Sum() + Standing - Before
type LineStats struct {
	Arrivals  int64             // demands, also those that were granted at once or refused
	Grants    int64             // at once or later
	Expired   int64             // left because patience ran out
	Withdrawn int64             // left because they were withdrawn
	Refused   int64             // turned away because the line was full
	Wait      stat.Tally        // how long those waited that were granted something, in s
	Left      stat.Tally        // how long those waited that left with nothing, in s
	Length    stat.TimeWeighted // of the line
	Before    float64           // what those in line at the last reset had waited until then, in s
	Standing  float64           // what those in line have waited until now, in s; set in what Stats returns
}

// granted notes a grant at now.
func (q *LineStats) granted(now, since sim.Time) {
	q.Grants++
	q.Wait.Add((now - since).Seconds())
}

func (q *LineStats) reset(now sim.Time, standing float64) {
	length := q.Length
	length.Reset(now)
	*q = LineStats{Length: length, Before: standing}
}
