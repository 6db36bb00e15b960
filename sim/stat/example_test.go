package stat_test

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// Three customers wait; the queue that they form is a level.
func Example() {
	var wait stat.Tally
	var queue stat.TimeWeighted
	var waits stat.Sketch
	type step struct {
		at   sim.Time
		join bool
		wait float64 // s, of who leaves the queue
	}
	for _, e := range []step{{1, true, 0}, {2, true, 0}, {4, false, 3}, {5, true, 0}, {6, false, 4}, {10, false, 5}} {
		at := e.at * sim.Second
		if e.join {
			queue.Add(at, 1)
			continue
		}
		queue.Add(at, -1)
		wait.Add(e.wait)
		waits.Add(e.wait)
	}
	median, _ := waits.Quantile(0.5)
	fmt.Printf("%d customers waited %.1f s on average, at most %.0f s, half of them %.1f s or less\n", wait.N, wait.Mean, wait.Max, median)
	fmt.Printf("the queue was %.1f long on average, at most %.0f\n", queue.Mean(10*sim.Second), queue.Max())
	// Output:
	// 3 customers waited 4.0 s on average, at most 5 s, half of them 4.0 s or less
	// the queue was 1.2 long on average, at most 2
}

func ExampleTally_Interval() {
	var y stat.Tally
	for _, x := range []float64{10.1, 9.8, 10.4, 10.0} { // one number of each replication
		y.Add(x)
	}
	s, _ := y.Interval(0.95)
	fmt.Printf("%.2f [%.2f, %.2f] (%v)\n", s.Mean, s.Low, s.High, s.Doubts)
	// Output: 10.07 [9.68, 10.47] (fewer than ten values)
}

// A machine is idle, busy and idle again.
func ExampleStates() {
	const idle, busy = 0, 1
	var s stat.States
	s.Set(2*sim.Second, busy)
	s.Set(7*sim.Second, idle)
	now := 10 * sim.Second
	fmt.Println(s.Time(idle, now), s.Time(busy, now), s.Fraction(busy, now), s.Visits(idle))
	// Output: 5s 5s 0.5 2
}

// A machine heats up during its first hundred pieces.
func ExampleMSER5() {
	var scrap []float64 // per thousand, of each piece
	for i := range 1000 {
		x := float64(3 + i%2)
		if i < 100 {
			x += 10
		}
		scrap = append(scrap, x)
	}
	cut, ok := stat.MSER5(scrap)
	s, _ := stat.BatchMeans(scrap[cut:], 20, 0.95)
	fmt.Printf("cut %d (%v), mean %.1f of the other %d\n", cut, ok, s.Mean, s.N*s.Size)
	// Output: cut 100 (true), mean 3.5 of the other 900
}

// Five days of production with the old and the new rule, on the same demand.
func ExamplePaired() {
	before := []float64{102, 97, 110, 91, 105}
	after := []float64{107, 101, 114, 97, 109}
	p, _ := stat.Paired(before, after, 0.95)
	fmt.Printf("%+.1f [%+.1f, %+.1f], correlation %.2f\n", p.Mean, p.Low, p.High, p.Correlation)
	// Output: +4.6 [+3.5, +5.7], correlation 1.00
}
