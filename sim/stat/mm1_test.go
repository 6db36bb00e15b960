package stat_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/stat"
)

// A counter serves one customer at a time, first come first served. One arrives
// every second on average, a service takes half a second: an M/M/1 queue of load 0.5.
// In the steady state the mean wait is 0.5 s, the mean length of the queue 0.5, and
// the share exp(-t)/2 of customers waits longer than t s.
type counter struct {
	id      sim.ActorID
	Arrived []sim.Time // of those who wait, first come first
	Busy    bool

	Wait   stat.Tally        // before service, in s
	Waits  stat.Sketch       // the same
	Series []float64         // the same, in the order of services
	Queue  stat.TimeWeighted // how many wait
	Server stat.States       // 0 idle, 1 busy
	Served stat.Counter
}

const (
	arrive int32 = iota
	finish
	warm
)

func (c *counter) Handle(s *sim.Sim, e sim.Event) error {
	now := s.Now()
	switch e.Kind {
	case arrive:
		c.Arrived = append(c.Arrived, now)
		c.Queue.Add(now, 1)
		if err := c.in(s, arrive, s.Rand("arrivals").Exponential()); err != nil {
			return err
		}
	case finish:
		c.Busy = false
		c.Served.Inc()
	case warm: // the end of a warm-up of fixed length
		c.Wait.Reset()
		c.Waits.Reset()
		c.Queue.Reset(now)
		c.Server.Reset(now)
		c.Served.Reset(now)
		return nil
	}
	if !c.Busy && len(c.Arrived) > 0 {
		c.Busy = true
		c.Queue.Add(now, -1)
		wait := (now - c.Arrived[0]).Seconds()
		c.Arrived = c.Arrived[1:]
		c.Wait.Add(wait)
		c.Waits.Add(wait)
		c.Series = append(c.Series, wait)
		if err := c.in(s, finish, 0.5*s.Rand("services").Exponential()); err != nil {
			return err
		}
	}
	state := 0
	if c.Busy {
		state = 1
	}
	c.Server.Set(now, state)
	return nil
}

func (c *counter) in(s *sim.Sim, kind int32, seconds float64) error {
	span, err := sim.FromSeconds(seconds)
	if err != nil {
		return err
	}
	_, err = s.Schedule(sim.Event{At: s.Now() + span, To: c.id, Kind: kind})
	return err
}

// open builds a run in which crowd customers wait at the door when the counter
// opens, with a warm-up of fixed length, or none if it is 0.
func open(replication uint32, crowd int, warmUp sim.Time) (*sim.Sim, *counter, error) {
	s := sim.New(sim.Config{Seed: 42, Replication: replication})
	c := new(counter)
	var err error
	if c.id, err = s.Add("counter", c); err != nil {
		return nil, nil, err
	}
	c.Arrived = make([]sim.Time, crowd)
	c.Queue.Set(0, float64(crowd))
	if _, err = s.Schedule(sim.Event{To: c.id, Kind: arrive}); err != nil {
		return nil, nil, err
	}
	if warmUp > 0 {
		_, err = s.Schedule(sim.Event{At: warmUp, To: c.id, Kind: warm})
	}
	return s, c, err
}

// Two hundred customers wait when the counter opens. The mean of all waits tells of that
// morning; what MSER-5 leaves tells of the steady state, whose mean wait is 0.5 s.
func Example_warmUp() {
	s, c, err := open(0, 200, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Run(context.Background(), 12*sim.Hour); err != nil {
		fmt.Println(err)
	}
	cut, ok := stat.MSER5(c.Series)
	steady, err := stat.BatchMeans(c.Series[cut:], 20, 0.95)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("all %d: mean wait %.2f s\n", c.Wait.N, c.Wait.Mean)
	fmt.Printf("without the first %d (%v): %.2f s [%.2f, %.2f]\n", cut, ok, steady.Mean, steady.Low, steady.High)
	// Output:
	// all 43085: mean wait 0.93 s
	// without the first 385 (true): 0.49 s [0.45, 0.52]
}

// A run that starts empty, with a fixed warm-up of 200 s: all statistics agree with the
// closed forms, over 100 replications, and with Little's law within each.
func TestQueueInSteadyState(t *testing.T) {
	var wait, length, busy, rate, long stat.Tally
	for i := range uint32(100) {
		s, c, err := open(i, 0, 200*sim.Second)
		if err != nil {
			t.Fatal(err)
		}
		end := 5200 * sim.Second
		if err := s.Run(context.Background(), end); err != nil {
			t.Fatal(err)
		}
		wait.Add(c.Wait.Mean)
		length.Add(c.Queue.Mean(end))
		busy.Add(c.Server.Fraction(1, end))
		rate.Add(c.Served.Rate(end))
		q, _ := c.Waits.Quantile(0.9)
		long.Add(q)
		// Little: the area under the queue is the sum of the waits, but for those who
		// wait at either end.
		if d := c.Queue.Area(end) - c.Wait.Sum(); math.Abs(d) > 60 {
			t.Errorf("replication %d: the queue's area is %v s off the sum of waits", i, d)
		}
	}
	for _, x := range []struct {
		name  string
		y     stat.Tally
		truth float64
	}{
		{"wait", wait, 0.5}, {"length", length, 0.5}, {"busy", busy, 0.5}, {"rate", rate, 1},
		{"90 % wait at most", long, math.Log(5)}, // exp(-t)/2 = 0.1
	} {
		s, err := x.y.Interval(0.9999)
		if err != nil {
			t.Fatal(err)
		}
		if slack := 0.004 * x.truth; s.Low-slack > x.truth || s.High+slack < x.truth || s.HalfWidth() > 0.06*x.truth {
			t.Errorf("%s: %v [%v, %v], want %v", x.name, s.Mean, s.Low, s.High, x.truth)
		}
	}
}

// With two hundred customers at the door the mean of all is far off; MSER-5 and batch means
// find the steady state. Now and then a quiet end of the run makes MSER-5 cut far too
// much, and it says so.
func TestWarmUpOfQueue(t *testing.T) {
	var raw, cleaned stat.Tally
	const runs = 100
	hits, good := 0, 0
	for i := range uint32(runs) {
		s, c, err := open(i, 200, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(context.Background(), 20000*sim.Second); err != nil {
			t.Fatal(err)
		}
		cut, ok := stat.MSER5(c.Series)
		if cut < 200 {
			t.Errorf("replication %d: cut %d", i, cut)
		}
		if !ok {
			continue
		}
		good++
		b, err := stat.BatchMeans(c.Series[cut:], 20, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		raw.Add(c.Wait.Mean)
		cleaned.Add(b.Mean)
		if b.Low <= 0.5 && 0.5 <= b.High {
			hits++
		}
	}
	if raw.Mean < 1 || math.Abs(cleaned.Mean-0.5) > 0.02 || good < 95 || 10*hits < 9*good {
		t.Errorf("mean of all %v, after the cut %v, %d of %d runs had a good cut, %d intervals hold 0.5", raw.Mean, cleaned.Mean, good, runs, hits)
	}
}

// Saved in the middle, built anew and loaded, the run ends with the same statistics.
func TestQueueSavedInTheMiddle(t *testing.T) {
	ctx := context.Background()
	build := func() (*sim.Sim, *counter) {
		s, c, err := open(7, 10, 100*sim.Second)
		if err != nil {
			t.Fatal(err)
		}
		for name, ptr := range map[string]any{"arrived": &c.Arrived, "busy": &c.Busy, "wait": &c.Wait, "waits": &c.Waits,
			"series": &c.Series, "queue": &c.Queue, "server": &c.Server, "served": &c.Served} {
			if err := s.Keep(name, ptr); err != nil {
				t.Fatal(err)
			}
		}
		return s, c
	}
	end := 1000 * sim.Second
	s, whole := build()
	if err := s.Run(ctx, end); err != nil {
		t.Fatal(err)
	}
	s, _ = build()
	if err := s.Run(ctx, 400*sim.Second); err != nil {
		t.Fatal(err)
	}
	saved, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	s, half := build()
	if err := s.Load(saved); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, end); err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprintf("%+v", *whole), fmt.Sprintf("%+v", *half); a != b {
		t.Errorf("%.300s\nwant %.300s", b, a)
	}
}
