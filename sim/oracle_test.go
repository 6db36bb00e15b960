//go:build !race

// These runs have one goroutine, and would take minutes under the race detector.

package sim_test

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
	"github.com/twinsim/twinsim/sim/stat"
)

// The oracles hold whole models against truths that are known: the numbers
// FACT-20 to FACT-46. Time has one unit, which is a second of the run, whatever
// the source calls it; rates are per unit. The models are actors with exported state; as
// they are never saved, they don't hand it to Keep.

// replications of each case.
const replications = 20

// A truth is what is exactly so, by the name of what is measured.
type truth map[string]float64

// An oracle is a model with parameters P of which something is known. The run
// builds it anew for a replication and measures what the truth names.
type oracle[P any] struct {
	name    string
	truth   truth
	seed    uint64 // another one for each case, so that they don't fail together
	params  P
	run     func(t *testing.T, params P, c sim.Config) map[string]float64
	mutants []mutant[P] // each is another system, and must be seen to be
}

// A mutant is wrong by so much that a shorter run may do.
type mutant[P any] struct {
	name   string
	params P
}

// check demands of the true parameters that each mean is within 4 standard errors of
// the truth, with a standard error below 1 % of it, so that no bug hides in
// noise; and that each measure is more than 4 standard errors off under some mutant, and each
// mutant in some measure, so that the check can fail.
func (o oracle[P]) check(t *testing.T) {
	t.Helper()
	measured := o.replicate(t, o.params)
	for _, name := range slices.Sorted(maps.Keys(o.truth)) {
		v, want := measured[name], o.truth[name]
		t.Logf("%s: %s = %.6f, SE %.2f %%, truth %.6f: %+.1f SE off", o.name, name, v.mean, 100*v.se/want, want, v.off(want))
		if !(math.Abs(v.off(want)) < 4) { // or NaN
			t.Errorf("%s: %s = %g ± %g (SE), want %g", o.name, name, v.mean, v.se, want)
		}
		if !(v.se < 0.01*want) {
			t.Errorf("%s: %s = %g has a standard error of %g, want less than 1 %%; run longer", o.name, name, v.mean, v.se)
		}
	}
	caught := make(map[string]bool)
	for _, m := range o.mutants {
		seen := false
		for name, v := range o.replicate(t, m.params) {
			if math.Abs(v.off(o.truth[name])) >= 4 {
				caught[name], seen = true, true
			}
		}
		if !seen {
			t.Errorf("%s: %s passes for the true system", o.name, m.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.truth)) {
		if !caught[name] {
			t.Errorf("%s: no mutant is seen in %s, so its check can't fail", o.name, name)
		}
	}
}

// An estimate is the mean of independent replications and its standard error.
type estimate struct{ mean, se float64 }

// off returns how many standard errors the mean is above the truth.
func (e estimate) off(truth float64) float64 { return (e.mean - truth) / e.se }

// below reports whether the mean of e is less than another's beyond doubt.
func (e estimate) below(o estimate) bool { return o.mean-e.mean > 4*math.Hypot(e.se, o.se) }

// replicate returns what the replications measure, by name.
func (o oracle[P]) replicate(t *testing.T, p P) map[string]estimate {
	t.Helper()
	values := make(map[string][]float64)
	for rep := range uint32(replications) {
		measured := o.run(t, p, sim.Config{Seed: o.seed, Replication: rep})
		for name := range o.truth {
			v, ok := measured[name]
			if !ok {
				t.Fatalf("%s: %s is not measured", o.name, name)
			}
			values[name] = append(values[name], v)
		}
	}
	out := make(map[string]estimate, len(values))
	for name, v := range values {
		s, err := stat.Summarize(v, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = estimate{s.Mean, s.SD / math.Sqrt(float64(s.N))}
	}
	return out
}

// cases returns the cases of a test, of a short one only the first.
func cases[T any](all ...T) []T {
	if testing.Short() {
		return all[:1]
	}
	return all
}

// runUntil runs to a time, in units.
func runUntil(t *testing.T, s *sim.Sim, units float64) {
	t.Helper()
	if err := s.Run(context.Background(), span(units)); err != nil {
		t.Fatal(err)
	}
}

// span returns a time of so many units.
func span(units float64) sim.Time { return sim.Time(math.Round(units * 1e9)) }

// after schedules an event a number of units from now.
func after(s *sim.Sim, units float64, e sim.Event) (sim.Handle, error) {
	e.At = s.Now() + span(units)
	return s.Schedule(e)
}

// add makes an actor known; a name that is taken is a mistake in the test.
func add(t *testing.T, s *sim.Sim, name string, a sim.Actor) sim.ActorID {
	t.Helper()
	id, err := s.Add(name, a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// errNoUnits ends a run whose model and resource disagree.
var errNoUnits = errors.New("a client was told of units that it does not have")

// must returns v if there is no error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// checkLittle asserts Little's law for a line as it holds at any instant: the area under
// the length is the sum of the waits, less what was waited before and what is still going on.
func checkLittle(t *testing.T, q resource.LineStats, now sim.Time) {
	t.Helper()
	checkArea(t, "line", q.Length.Area(now), q.Wait.Sum()+q.Left.Sum()+q.Standing-q.Before)
}

func checkArea(t *testing.T, what string, area, stays float64) {
	t.Helper()
	if math.Abs(area-stays) > 1e-9*(1+math.Abs(area)) {
		t.Errorf("Little's law fails for the %s: the area under its length is %.12g, the stays sum to %.12g", what, area, stays)
	}
}

// checkExact compares what was computed with what is printed, to its last digit.
func checkExact(t *testing.T, what string, got, printed, digit float64) {
	t.Helper()
	if math.Abs(got-printed) > 0.51*digit {
		t.Errorf("%s = %.9f, printed is %v", what, got, printed)
	}
}

// A chain is a Markov chain whose states are found from one recurrent state on.
type chain[S comparable] struct {
	states []S
	moves  [][]move // by state
}

type move struct {
	to   int
	rate float64 // or probability
}

// explore finds what can be reached. The function next calls emit for each move
// out of a state, with its rate; several to the same state add up.
func explore[S comparable](start S, next func(from S, emit func(to S, rate float64))) chain[S] {
	index := map[S]int{start: 0}
	c := chain[S]{states: []S{start}}
	for i := 0; i < len(c.states); i++ {
		var out []move
		next(c.states[i], func(to S, rate float64) {
			j, ok := index[to]
			if !ok {
				j = len(c.states)
				index[to] = j
				c.states = append(c.states, to)
			}
			if rate > 0 {
				out = append(out, move{j, rate})
			}
		})
		c.moves = append(c.moves, out)
	}
	return c
}

// solve returns the stationary distribution by the algorithm of Grassmann, Taksar and
// Heyman (1985), which never subtracts. It works on rates as on probabilities.
func (c chain[S]) solve() []float64 {
	n := len(c.states)
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
		for _, m := range c.moves[i] {
			a[i][m.to] += m.rate
		}
	}
	for k := n - 1; k > 0; k-- {
		var out float64
		for j := range k {
			out += a[k][j]
		}
		for i := range k {
			if a[i][k] == 0 {
				continue
			}
			a[i][k] /= out
			for j := range k {
				a[i][j] += a[i][k] * a[k][j]
			}
		}
	}
	p := make([]float64, n)
	p[0] = 1
	total := 1.0
	for k := 1; k < n; k++ {
		for i := range k {
			p[k] += p[i] * a[i][k]
		}
		total += p[k]
	}
	for k := range p {
		p[k] /= total
	}
	return p
}

// iterate returns the stationary distribution of a chain in steps by making steps
// until nothing changes: for chains with too many states for solve.
func (c chain[S]) iterate() []float64 {
	p, q := make([]float64, len(c.states)), make([]float64, len(c.states))
	p[0] = 1
	for change := 1.0; change > 1e-11; p, q = q, p {
		clear(q)
		for i, out := range c.moves {
			for _, m := range out {
				q[m.to] += p[i] * m.rate
			}
		}
		change = 0
		for i := range q {
			change = max(change, math.Abs(q[i]-p[i]))
		}
	}
	return p
}

// mean returns the mean of f over the states.
func (c chain[S]) mean(p []float64, f func(S) float64) float64 {
	var sum float64
	for i, s := range c.states {
		sum += p[i] * f(s)
	}
	return sum
}

// TestChainSolvers holds the solvers against M/M/1/3 in steps, whose
// distribution is geometric.
func TestChainSolvers(t *testing.T) {
	c := explore(2, func(n int, emit func(int, float64)) {
		emit(min(n+1, 3), 0.2)
		emit(max(n-1, 0), 0.4)
		emit(n, 0.4)
	})
	solved, iterated := c.solve(), c.iterate()
	for i, n := range c.states {
		want := math.Pow(0.5, float64(n)) / 1.875
		if math.Abs(solved[i]-want) > 1e-14 || math.Abs(iterated[i]-want) > 1e-9 {
			t.Errorf("p%d = %v by elimination, %v by iteration, want %v", n, solved[i], iterated[i], want)
		}
	}
}
