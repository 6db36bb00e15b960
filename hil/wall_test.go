package hil

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twinsim/twinsim/sim"
)

var _ sim.Clock = (*Wall)(nil)

// A ticker schedules itself every step and is slow in handling one of them.
type ticker struct {
	step sim.Time
	slow map[int]time.Duration // by tick, how long handling takes
	seen []time.Duration       // real time since the start, at each tick
	from time.Time
	id   sim.ActorID
}

func (k *ticker) Handle(s *sim.Sim, _ sim.Event) error {
	k.seen = append(k.seen, time.Since(k.from))
	time.Sleep(k.slow[len(k.seen)-1])
	_, err := s.Schedule(sim.Event{At: s.Now() + k.step, To: k.id})
	return err
}

func startTicker(t *testing.T, w *Wall, step sim.Time) (*sim.Sim, *ticker) {
	t.Helper()
	s := sim.New(sim.Config{Clock: w})
	k := &ticker{step: step, from: time.Now(), slow: map[int]time.Duration{}}
	id, err := s.Add("ticker", k)
	if err != nil {
		t.Fatal(err)
	}
	k.id = id
	if _, err := s.Schedule(sim.Event{At: step, To: id}); err != nil {
		t.Fatal(err)
	}
	return s, k
}

// The clock keeps its anchor: a slow step makes the next one late, not all.
func TestWallDoesNotDrift(t *testing.T) {
	for _, speed := range []float64{0, 1, 60, 0.5, 7} {
		synctest.Test(t, func(t *testing.T) {
			w := &Wall{Speed: speed}
			s, k := startTicker(t, w, sim.Second)
			factor := speed
			if factor == 0 {
				factor = 1
			}
			real := func(n float64) time.Duration { return time.Duration(n * float64(time.Second) / factor) }
			k.slow[4] = real(2.5) // ticks 5 and 6 come late, 7 doesn't
			if err := s.Run(context.Background(), 10*sim.Second); err != nil {
				t.Fatal(err)
			}
			if len(k.seen) != 10 {
				t.Fatalf("speed %v: %d ticks, want 10", speed, len(k.seen))
			}
			for i, at := range k.seen {
				want := real(float64(i + 1))
				if i == 5 || i == 6 {
					want = real(7.5)
				}
				if d := at - want; d < -time.Microsecond || d > time.Microsecond {
					t.Errorf("speed %v: tick %d at %v, want %v", speed, i, at, want)
				}
			}
			lag := w.Lag()
			if lag.Steps != 10 || lag.Late != 2 || lag.MaxAt != 6*sim.Second {
				t.Errorf("speed %v: lag %+v, want 10 steps, 2 late, the worst at 6s", speed, lag)
			}
			if d := lag.Max - real(1.5); d < -time.Microsecond || d > time.Microsecond {
				t.Errorf("speed %v: max lag %v, want %v", speed, lag.Max, real(1.5))
			}
		})
	}
}

// A post wakes the run at once and is stamped with the time the clock shows.
func TestWallWakesForPosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sim.New(sim.Config{Clock: &Wall{Speed: 60}})
		var got []sim.Time
		id, err := s.Add("inbox", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
			s.Posted(e)
			got = append(got, s.Now())
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 3 {
				time.Sleep(time.Second)
				if err := s.Post(id, 0, "x"); err != nil {
					t.Error(err)
				}
			}
		}()
		if err := s.Run(context.Background(), 10*sim.Minute); err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 || got[0] != sim.Minute || got[1] != 2*sim.Minute || got[2] != 3*sim.Minute {
			t.Errorf("posts were stamped %v, want 1m, 2m, 3m", got)
		}
	})
}

func TestWallHonoursContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		s := sim.New(sim.Config{Clock: &Wall{}})
		from := time.Now()
		err := s.Run(ctx, sim.Never)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(from) != 3*time.Second {
			t.Errorf("Run returned %v after %v, want the deadline after 3s", err, time.Since(from))
		}
	})
}

// A run that was loaded at an hour goes on from there.
func TestWallFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Wall{From: sim.Hour}
		from := time.Now()
		for _, at := range []sim.Time{sim.Hour, sim.Hour + sim.Second, sim.Minute} {
			shown, err := w.Wait(context.Background(), at, nil)
			if err != nil || shown < at {
				t.Fatalf("Wait(%v) = %v, %v", at, shown, err)
			}
		}
		if d := time.Since(from); d != time.Second {
			t.Errorf("took %v, want 1s", d)
		}
	})
}

func TestWallFarFuture(t *testing.T) {
	w := &Wall{Speed: 1e-9, From: -sim.Hour}
	for _, at := range []sim.Time{sim.Never, sim.Never - 1, sim.Day * 10000} {
		if d := w.real(at); d <= 0 {
			t.Errorf("real(%d) = %v, want far ahead", at, d)
		}
	}
	w = &Wall{Speed: 1e12}
	if got := w.simulated(1 << 60); got <= 0 {
		t.Errorf("simulated = %v", got)
	}
}

func BenchmarkWallReached(b *testing.B) {
	w := &Wall{Speed: 1e15}
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.Wait(ctx, sim.Time(i), nil); err != nil {
			b.Fatal(err)
		}
	}
}
