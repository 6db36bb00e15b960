//go:build !race

// These runs have one goroutine, and would take minutes under the race detector.

package sim_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
	"github.com/twinsim/twinsim/sim/stat"
)

// lineParams describe a serial line of machines with exponential services, never
// without work at its head nor room at its end.
type lineParams struct {
	rates   []float64 // of services, by machine
	buffers []int64   // places between machines k and k+1
	length  float64   // of a replication after its warm-up, in units
}

// balanced returns a line of equal machines, of rate 1, and buffers.
func balanced(machines int, buffer int64, length float64) lineParams {
	p := lineParams{length: length, rates: []float64{1}}
	for range machines - 1 {
		p.rates, p.buffers = append(p.rates, 1), append(p.buffers, buffer)
	}
	return p
}

// A serialLine blocks after service: a job that is done stays on its machine until the next
// place is its own. Places are resources: a machine is one of one unit, a buffer one
// of several.
type serialLine struct {
	lineParams
	id       sim.ActorID
	places   []*resource.Resource
	machine  []int // by place; -1 is a buffer
	services []*sim.Stream

	Jobs   []job
	Made   int64
	Stay   stat.Tally // in the line, in units
	Before float64    // what those in the line at the end of the warm-up had stayed until then
}

type job struct {
	Place   int // -1 is before the line
	Has     resource.Claim
	Wants   resource.Claim // the next place
	Entered sim.Time
}

const (
	placed int32 = iota // the place that a job wants is its own
	served
)

func newSerialLine(t *testing.T, s *sim.Sim, p lineParams) *serialLine {
	l := &serialLine{lineParams: p}
	l.id = add(t, s, "line", l)
	jobs := int64(1) // one too many for all places, so that the line is never without work
	place := func(name string, machine int, units int64) {
		l.places = append(l.places, must(resource.New(s, name, resource.Config{Capacity: units})))
		l.machine = append(l.machine, machine)
		jobs += units
	}
	for k := range p.rates {
		place(fmt.Sprint("machine ", k), k, 1)
		l.services = append(l.services, s.Rand(fmt.Sprint("service ", k)))
		if k < len(p.buffers) && p.buffers[k] > 0 {
			place(fmt.Sprint("buffer ", k), -1, p.buffers[k])
		}
	}
	l.Jobs = make([]job, jobs)
	return l
}

// Start brings the jobs.
func (l *serialLine) Start(s *sim.Sim) error {
	for j := range l.Jobs {
		l.Jobs[j].Place = -1
		if err := l.goOn(s, uint64(j)); err != nil {
			return err
		}
	}
	return nil
}

func (l *serialLine) Handle(s *sim.Sim, e sim.Event) error {
	if e.Kind == placed {
		return l.moveIn(s, e.Arg)
	}
	return l.goOn(s, e.Arg)
}

// goOn asks for the next place. A job at the end leaves, and comes again as another.
func (l *serialLine) goOn(s *sim.Sim, j uint64) error {
	b := &l.Jobs[j]
	if b.Place == len(l.places)-1 {
		l.Made++
		l.Stay.Add((s.Now() - b.Entered).Seconds())
		if err := l.leave(b); err != nil {
			return err
		}
		b.Place = -1
	}
	c, granted, err := l.places[b.Place+1].Request(resource.Demand{To: l.id, Kind: placed, Arg: j})
	b.Wants = c
	if !granted || err != nil {
		return err
	}
	return l.moveIn(s, j)
}

// moveIn moves a job to the place that it wanted, and leaves the one that it had.
func (l *serialLine) moveIn(s *sim.Sim, j uint64) error {
	b := &l.Jobs[j]
	if b.Place < 0 {
		b.Entered = s.Now()
	} else if err := l.leave(b); err != nil {
		return err
	}
	b.Place, b.Has = b.Place+1, b.Wants
	m := l.machine[b.Place]
	if m < 0 {
		return l.goOn(s, j)
	}
	_, err := after(s, l.services[m].Exponential()/l.rates[m], sim.Event{To: l.id, Kind: served, Arg: j})
	return err
}

func (l *serialLine) leave(b *job) error {
	held, err := l.places[b.Place].Release(b.Has)
	if !held {
		return errors.Join(err, errNoUnits)
	}
	return err
}

// standing returns how long those in the line have been there.
func (l *serialLine) standing(now sim.Time) float64 {
	var sum float64
	for _, b := range l.Jobs {
		if b.Place >= 0 {
			sum += (now - b.Entered).Seconds()
		}
	}
	return sum
}

// runLine returns the throughput, per unit, and the mean number of jobs in the line.
func runLine(t *testing.T, p lineParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	l := newSerialLine(t, s, p)
	warm := 0.05 * p.length
	runUntil(t, s, warm)
	l.Made, l.Stay, l.Before = 0, stat.Tally{}, l.standing(s.Now())
	for _, place := range l.places {
		place.ResetStats()
	}
	runUntil(t, s, warm+p.length)
	jobs := 0.0
	for _, place := range l.places {
		st := place.Stats()
		checkLittle(t, st.LineStats, s.Now())
		jobs += st.Users.Area(s.Now())
	}
	checkArea(t, "line", jobs, l.Stay.Sum()+l.standing(s.Now())-l.Before)
	return map[string]float64{"throughput": float64(l.Made) / p.length, "jobs": jobs / p.length}
}

// A lineState says how many jobs machine k has finished that machine k+1 has not.
type lineState [5]int

// blocked returns which machines are blocked in a state: those whose job has
// nowhere to go.
func (p lineParams) blocked(n lineState) (is [6]bool) {
	for k := len(p.buffers) - 1; k >= 0; k-- {
		room := int(p.buffers[k]) + 2 // in the buffer, on the next machine, on this one
		if is[k+1] {
			room-- // the job on the next machine is finished
		}
		is[k] = n[k] == room
	}
	return is
}

// truth solves the line's Markov chain.
func (p lineParams) truth() truth {
	works := func(n lineState, k int) bool { return !p.blocked(n)[k] && (k == 0 || n[k-1] > 0) }
	c := explore(lineState{}, func(n lineState, emit func(lineState, float64)) {
		for k, rate := range p.rates {
			if !works(n, k) {
				continue
			}
			to := n
			if k > 0 {
				to[k-1]--
			}
			if k < len(p.buffers) {
				to[k]++
			}
			emit(to, rate)
		}
	})
	prob := c.solve()
	last := len(p.rates) - 1
	return truth{
		"throughput": c.mean(prob, func(n lineState) float64 {
			if works(n, last) {
				return p.rates[last]
			}
			return 0
		}),
		"jobs": c.mean(prob, func(n lineState) float64 {
			jobs := 0
			for k := range p.buffers {
				jobs += n[k]
			}
			if !p.blocked(n)[0] {
				jobs++ // the one on the first machine
			}
			return float64(jobs)
		}),
	}
}

// checkLine checks a line against its chain. The mutants are a machine that is 5 % faster
// and a place more.
func checkLine(t *testing.T, seed uint64, p lineParams, throughput float64) {
	t.Helper()
	is := p.truth()
	checkExact(t, "throughput", is["throughput"], throughput, 1e-6)
	fast, wide := p, p
	fast.rates = append([]float64{p.rates[0] * 1.05}, p.rates[1:]...)
	wide.length *= 0.25
	wide.buffers = append([]int64{p.buffers[0] + 1}, p.buffers[1:]...)
	oracle[lineParams]{name: fmt.Sprintf("line of %d", len(p.rates)), truth: is, seed: seed, params: p, run: runLine,
		mutants: []mutant[lineParams]{{"a machine 5 % faster", fast}, {"a place more", wide}}}.check(t)
}

// FACT-30: Hunt, Sequential arrays of waiting lines, Operations Research 4 (1956), and Hillier
// and Boling, Operations Research 15 (1967): zero buffers, saturated, rate 1.
func TestFACT30ZeroBuffers(t *testing.T) {
	printed := []float64{0.666667, 0.564103, 0.514775, 0.485798}
	for i, machines := range cases(3, 2, 4, 5) {
		checkLine(t, 300+uint64(i), balanced(machines, 0, 8e3), printed[machines-2])
	}
	if got := balanced(3, 0, 0).truth()["throughput"]; math.Abs(got-22.0/39) > 1e-14 {
		t.Errorf("three machines make %v, want 22/39", got)
	}
}

// FACT-31: two machines and a buffer of b places make (b+2)/(b+3).
func TestFACT31TwoMachines(t *testing.T) {
	for _, b := range []int64{1, 2, 3, 5, 10} {
		want := float64(b+2) / float64(b+3)
		if got := balanced(2, b, 0).truth()["throughput"]; math.Abs(got-want) > 1e-14 {
			t.Errorf("two machines with buffer %d make %v, want %v", b, got, want)
		}
	}
	for i, b := range cases[int64](2, 5) {
		checkLine(t, 310+uint64(i), balanced(2, b, 12e3), math.Round(float64(b+2)/float64(b+3)*1e6)/1e6)
	}
}

// FACT-32: three machines with equal buffers of 1, 2, 3 places.
func TestFACT32ThreeMachines(t *testing.T) {
	printed := []float64{0.670466, 0.734017, 0.776712}
	for i, b := range cases[int64](1, 2, 3) {
		checkLine(t, 320+uint64(i), balanced(3, b, 8e3), printed[b-1])
	}
}

// FACT-33: three machines without buffers, the middle one faster.
func TestFACT33FastMiddle(t *testing.T) {
	checkLine(t, 33, lineParams{rates: []float64{1, 1.2, 1}, buffers: []int64{0, 0}, length: 8e3}, 0.600222)
}

// A line that is turned round makes as much: Muth, The reversibility property of production
// lines, Management Science 25 (1979).
func TestLineReversed(t *testing.T) {
	p := lineParams{rates: []float64{1, 1.3, 0.9, 1.1}, buffers: []int64{0, 2, 1}}
	r := lineParams{rates: []float64{1.1, 0.9, 1.3, 1}, buffers: []int64{1, 2, 0}}
	if a, b := p.truth()["throughput"], r.truth()["throughput"]; math.Abs(a-b) > 1e-13 {
		t.Errorf("the line makes %v, reversed %v", a, b)
	}
}
