package sim_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	q := transferParams{repair: []float64{0.1, 0.2, 0.1}, fail: []float64{0.01, 0.03, 0.02}, room: []int{4, 7}}
	b := transferParams{repair: []float64{0.1, 0.2, 0.1}, fail: []float64{0.02, 0.03, 0.01}, room: []int{7, 4}}
	one, other := q.truth(), b.truth()
	if math.Abs(one["E"]-other["E"]) > 1e-8 || math.Abs(one["n1"]+other["n2"]-4) > 1e-6 || math.Abs(one["n2"]+other["n1"]-7) > 1e-6 {
		t.Errorf("the transfer line has %v, reversed %v", one, other)
	}
}

// transferParams describe Gershwin's deterministic transfer line: in each cycle, of one unit,
// first the state of each machine is drawn, then all parts move that can. A machine that is
// starved or blocked does not fail.
type transferParams struct {
	repair []float64 // probability that a machine that is down is up in the next cycle
	fail   []float64 // probability that one that works is down in the next cycle
	room   []int     // parts, by buffer, with the places on machines
	length float64   // of a replication after its warm-up, in units
}

func equalTransfer(machines, room int, length float64) transferParams {
	p := transferParams{length: length}
	for k := range machines {
		p.repair, p.fail = append(p.repair, 0.1), append(p.fail, 0.01)
		if k > 0 {
			p.room = append(p.room, room)
		}
	}
	return p
}

// A transferLine is one actor that wakes once in a cycle; buffers are containers.
type transferLine struct {
	transferParams
	id      sim.ActorID
	buffers []*resource.Container
	streams []*sim.Stream

	Up   [3]bool
	Made int64
}

func newTransferLine(t *testing.T, s *sim.Sim, p transferParams) *transferLine {
	l := &transferLine{transferParams: p, Up: [3]bool{true, true, true}}
	l.id = add(t, s, "line", l)
	for k, n := range p.room {
		l.buffers = append(l.buffers, must(resource.NewContainer(s, fmt.Sprint("buffer ", k),
			resource.ContainerConfig{Capacity: int64(n), Initial: int64(n / 2)})))
	}
	for k := range p.repair {
		l.streams = append(l.streams, s.Rand(fmt.Sprint("machine ", k)))
	}
	must(s.Schedule(sim.Event{To: l.id}))
	return l
}

func (l *transferLine) Handle(s *sim.Sim, _ sim.Event) error {
	var moves [3]bool
	last := len(l.repair) - 1
	for k := range l.repair {
		can := (k == 0 || l.buffers[k-1].Level() > 0) && (k == last || l.buffers[k].Level() < l.buffers[k].Capacity())
		u := l.streams[k].Float64()
		if l.Up[k] {
			l.Up[k] = !can || u >= l.fail[k]
		} else {
			l.Up[k] = u < l.repair[k]
		}
		moves[k] = can && l.Up[k]
	}
	for k := range l.repair {
		if !moves[k] {
			continue
		}
		if k > 0 {
			if _, done, err := l.buffers[k-1].Get(resource.Demand{To: l.id}); !done {
				return errors.Join(err, errNoUnits)
			}
		}
		if k == last {
			l.Made++
		} else if _, done, err := l.buffers[k].Put(resource.Demand{To: l.id}); !done {
			return errors.Join(err, errNoUnits)
		}
	}
	_, err := after(s, 1, sim.Event{To: l.id})
	return err
}

// runTransfer returns E, the parts per cycle, and n1, n2, the mean levels of buffers.
func runTransfer(t *testing.T, p transferParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	l := newTransferLine(t, s, p)
	warm := 0.05 * p.length
	runUntil(t, s, warm)
	l.Made = 0
	var before [2]int64
	for k, b := range l.buffers {
		b.ResetStats()
		before[k] = b.Level()
	}
	runUntil(t, s, warm+p.length)
	is := map[string]float64{"E": float64(l.Made) / p.length}
	for k, b := range l.buffers {
		st := b.Stats()
		is[fmt.Sprint("n", k+1)] = st.Level.Mean(s.Now())
		if st.Added-st.Taken != b.Level()-before[k] {
			t.Errorf("buffer %d got %d parts and gave %d, and went from %d to %d", k, st.Added, st.Taken, before[k], b.Level())
		}
	}
	return is
}

// A transferState is what is known at the end of a cycle.
type transferState struct {
	n  [2]int
	up [3]bool
}

// truth solves the chain of Gershwin, Manufacturing Systems Engineering (1994), chapter 3.
func (p transferParams) truth() truth {
	last := len(p.repair) - 1
	can := func(x transferState, k int) bool {
		return (k == 0 || x.n[k-1] > 0) && (k == last || x.n[k] < p.room[k])
	}
	start := transferState{up: [3]bool{true, true, true}}
	for k := range p.room {
		start.n[k] = p.room[k] / 2
	}
	c := explore(start, func(x transferState, emit func(transferState, float64)) {
		for ups := range 1 << len(p.repair) {
			to, prob := transferState{n: x.n, up: start.up}, 1.0
			for k := range p.repair {
				up := p.repair[k]
				if x.up[k] {
					up = 1
					if can(x, k) {
						up = 1 - p.fail[k]
					}
				}
				if to.up[k] = ups>>k&1 == 1; !to.up[k] {
					up = 1 - up
				}
				prob *= up
				if to.up[k] && can(x, k) {
					if k > 0 {
						to.n[k-1]--
					}
					if k < last {
						to.n[k]++
					}
				}
			}
			if prob > 0 {
				emit(to, prob)
			}
		}
	})
	prob := c.iterate
	if len(c.states) < 500 {
		prob = c.solve
	}
	is := prob()
	out := truth{
		// A machine makes a part with the probability that it is up next and can move.
		"E": c.mean(is, func(x transferState) float64 {
			switch {
			case !can(x, last):
				return 0
			case x.up[last]:
				return 1 - p.fail[last]
			}
			return p.repair[last]
		}),
	}
	for k := range p.room {
		out[fmt.Sprint("n", k+1)] = c.mean(is, func(x transferState) float64 { return float64(x.n[k]) })
	}
	return out
}

// checkTransfer checks a transfer line against its chain. The mutants are machines that
// fail 5 % more often and larger buffers.
func checkTransfer(t *testing.T, seed uint64, p transferParams) {
	t.Helper()
	worse, wide := p, p
	worse.fail = slices.Clone(p.fail)
	for k := range worse.fail {
		worse.fail[k] *= 1.05
	}
	wide.room = slices.Clone(p.room)
	for k := range wide.room {
		wide.room[k]++
	}
	oracle[transferParams]{name: fmt.Sprintf("transfer line of %d, %v", len(p.repair), p.room), truth: p.truth(), seed: seed, params: p, run: runTransfer,
		mutants: []mutant[transferParams]{{"5 % more failures", worse}, {"a place more", wide}}}.check(t)
}

// FACT-35: two equal machines; the mean level is half the buffer.
func TestFACT35TransferLine(t *testing.T) {
	printed := []float64{0.840936, 0.844058, 0.846906, 0.856175, 0.870541, 0.887845, 0.896937}
	for i, n := range []int{4, 5, 6, 10, 20, 50, 100} {
		is := equalTransfer(2, n, 0).truth()
		checkExact(t, fmt.Sprint("E of ", n), is["E"], printed[i], 1e-6)
		if math.Abs(is["n1"]-float64(n)/2) > 1e-9 {
			t.Errorf("the mean level of a buffer for %d is %v", n, is["n1"])
		}
	}
	for i, n := range cases(4, 10) {
		checkTransfer(t, 350+uint64(i), equalTransfer(2, n, 100e3))
	}
}

// FACT-36: the second machine fails twice as often.
func TestFACT36UnequalTransferLine(t *testing.T) {
	line := func(n int, length float64) transferParams {
		return transferParams{repair: []float64{0.1, 0.1}, fail: []float64{0.01, 0.02}, room: []int{n}, length: length}
	}
	e := []float64{0.778404, 0.796129, 0.812046, 0.828084}
	level := []float64{2.41798, 6.52388, 13.72610, 38.03784}
	for i, n := range []int{4, 10, 20, 50} {
		is := line(n, 0).truth()
		checkExact(t, fmt.Sprint("E of ", n), is["E"], e[i], 1e-6)
		checkExact(t, fmt.Sprint("level of ", n), is["n1"], level[i], 1e-5)
	}
	checkTransfer(t, 36, line(10, 100e3))
}

// FACT-37: E grows with the buffer, from more than the line without one (Buzacott 1967) to less
// than its worst machine.
func TestFACT37Limits(t *testing.T) {
	below := 1 / (1 + 0.01/0.1 + 0.01/0.1)
	checkExact(t, "E without a buffer", below, 0.833333, 1e-6)
	checkExact(t, "E of a machine", 0.1/(0.1+0.01), 0.909091, 1e-6)
	for n := 2; n <= 80; n++ {
		e := equalTransfer(2, n, 0).truth()["E"]
		if e <= below || e >= 0.1/(0.1+0.01) {
			t.Errorf("E is %v with a buffer for %d, and %v with one less", e, n, below)
		}
		below = e
	}
}

// FACT-38: three equal machines; levels are those of the reversed line, so they sum to the room of one.
func TestFACT38ThreeMachineTransferLine(t *testing.T) {
	for _, c := range cases([4]float64{5, 0.794003, 2.98016, 2.01984}, [4]float64{10, 0.819137, 5.98337, 4.01663}, [4]float64{20, 0.846560, 11.77527, 8.22473}) {
		is := equalTransfer(3, int(c[0]), 0).truth()
		checkExact(t, "E", is["E"], c[1], 1e-6)
		checkExact(t, "n1", is["n1"], c[2], 1e-5)
		checkExact(t, "n2", is["n2"], c[3], 1e-5)
	}
	checkTransfer(t, 38, equalTransfer(3, 5, 100e3))
}

// FACT-39: the middle machine fails twice as often.
func TestFACT39WorseMiddle(t *testing.T) {
	p := equalTransfer(3, 10, 100e3)
	p.fail[1] = 0.02
	is := p.truth()
	checkExact(t, "E", is["E"], 0.766472, 1e-6)
	checkExact(t, "n1", is["n1"], 6.96879, 1e-5)
	checkExact(t, "n2", is["n2"], 3.03121, 1e-5)
	checkTransfer(t, 39, p)
}
