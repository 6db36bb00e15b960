//go:build !race

// These runs have one goroutine, and would take minutes under the race detector.

package sim_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

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
	wide.length *= 0.25
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

// A transfer line that is turned round makes as much, and its holes are the parts of the other.
func TestTransferLineReversed(t *testing.T) {
	q := transferParams{repair: []float64{0.1, 0.2, 0.1}, fail: []float64{0.01, 0.03, 0.02}, room: []int{4, 7}}
	b := transferParams{repair: []float64{0.1, 0.2, 0.1}, fail: []float64{0.02, 0.03, 0.01}, room: []int{7, 4}}
	one, other := q.truth(), b.truth()
	if math.Abs(one["E"]-other["E"]) > 1e-8 || math.Abs(one["n1"]+other["n2"]-4) > 1e-6 || math.Abs(one["n2"]+other["n1"]-7) > 1e-6 {
		t.Errorf("the transfer line has %v, reversed %v", one, other)
	}
}
