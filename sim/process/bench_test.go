package process

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

var ctx = context.Background()

func world(tb testing.TB) (*sim.Sim, *Env) {
	tb.Helper()
	s := sim.New(sim.Config{Seed: 1})
	env, err := New(s, Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(env.Close)
	return s, env
}

func run(tb testing.TB, s *sim.Sim, until sim.Time) {
	tb.Helper()
	if err := s.Run(ctx, until); err != nil {
		tb.Fatal(err)
	}
}

func mean(r *sim.Stream, seconds float64) sim.Time { return sim.Time(r.Exponential() * seconds * 1e9) }

// One hold: a wait of exponential length among so many processes. With one
// process the wait is inline.
func BenchmarkHold(b *testing.B) {
	for _, n := range []int{1, 1_000, 100_000} {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			s, env := world(b)
			r := sim.NewStream(1, 0, "hold")
			left := b.N
			for range n {
				env.Go("hold", func(p Process) error {
					for {
						if err := p.Wait(mean(&r, 1)); err != nil {
							return err
						}
						if left--; left <= 0 {
							s.Stop()
							return nil
						}
					}
				})
			}
			run(b, s, 0) // all have begun
			b.ReportAllocs()
			b.ResetTimer()
			run(b, s, sim.Never)
			b.StopTimer()
		})
	}
}

// What a switch costs: two processes that alternate, two events that alternate
// (the same without the switch), and the bare round trip of iter.Pull.
func BenchmarkSwitch(b *testing.B) {
	b.Run("process", func(b *testing.B) {
		s, env := world(b)
		left := b.N
		for range 2 {
			env.Go("ping", func(p Process) error {
				for {
					if err := p.Wait(2); err != nil {
						return err
					}
					if left--; left <= 0 {
						s.Stop()
					}
				}
			})
			run(b, s, s.Now()+1)
		}
		b.ReportAllocs()
		b.ResetTimer()
		run(b, s, sim.Never)
		b.StopTimer()
	})
	b.Run("event", func(b *testing.B) {
		s := sim.New(sim.Config{})
		var id sim.ActorID
		left := b.N
		id, _ = s.Add("ping", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
			if left--; left <= 0 {
				s.Stop()
			}
			e.At += 2
			_, err := s.Schedule(e)
			return err
		}))
		s.Schedule(sim.Event{At: 1, To: id})
		s.Schedule(sim.Event{At: 2, To: id})
		b.ReportAllocs()
		run(b, s, sim.Never)
	})
	b.Run("event+iter.Pull", func(b *testing.B) {
		s := sim.New(sim.Config{})
		var id sim.ActorID
		var nexts [2]func() (struct{}, bool)
		left := b.N
		id, _ = s.Add("ping", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
			nexts[e.Arg]()
			return nil
		}))
		for i := range nexts {
			next, stop := iter.Pull(func(yield func(struct{}) bool) {
				for yield(struct{}{}) {
					if left--; left <= 0 {
						s.Stop()
					}
					s.Schedule(sim.Event{At: s.Now() + 2, To: id, Arg: uint64(i)})
				}
			})
			defer stop()
			next()
			nexts[i] = next
			s.Schedule(sim.Event{At: sim.Time(i), To: id, Arg: uint64(i)})
		}
		b.ReportAllocs()
		b.ResetTimer()
		run(b, s, sim.Never)
		b.StopTimer()
	})
	b.Run("iter.Pull", func(b *testing.B) {
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			for yield(struct{}{}) {
			}
		})
		defer stop()
		next()
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			next()
		}
	})
}

// A process for each customer: M/M/∞ with 9 of them at a time. They are started by an
// event or by a process (which costs a switch more), with Spawn or with Go.
func BenchmarkSpawn(b *testing.B) {
	for _, kind := range []string{"Spawn by event", "Spawn by process", "Go by process"} {
		b.Run(kind, func(b *testing.B) {
			s, env := world(b)
			r := sim.NewStream(1, 0, "spawn")
			customer := func(p Process) error { return p.Wait(mean(&r, 9)) }
			switch kind {
			case "Spawn by event":
				var id sim.ActorID
				left := b.N
				id, _ = s.Add("arrivals", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
					if left--; left < 0 {
						return nil
					}
					env.Spawn("customer", customer)
					e.At += mean(&r, 1)
					_, err := s.Schedule(e)
					return err
				}))
				s.Schedule(sim.Event{To: id})
			default:
				start := env.Spawn
				if kind == "Go by process" {
					start = env.Go
				}
				env.Go("arrivals", func(p Process) error {
					for range b.N {
						start("customer", customer)
						if err := p.Wait(mean(&r, 1)); err != nil {
							return err
						}
					}
					return nil
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			run(b, s, sim.Never)
			b.StopTimer()
		})
	}
}

// 100 devices that beat at rate 1 and re-arm a watchdog of 1000 s: with a timer,
// with a process that is interrupted, and, without processes, with bare events.
func BenchmarkWatchdog(b *testing.B) {
	for _, kind := range []string{"timer", "process", "event"} {
		b.Run(kind, func(b *testing.B) {
			s, env := world(b)
			r := sim.NewStream(1, 0, "watchdog")
			left := b.N
			for i := range 100 {
				var rearm func() error
				dead := func() error { return fmt.Errorf("device %d is dead", i) }
				switch kind {
				case "event":
					watchedByEvents(s, i, &r, &left)
					continue
				case "timer":
					t := env.NewTimer("dog", dead)
					rearm = func() error { return t.Set(1000 * sim.Second) }
				case "process":
					dog := env.Go("dog", func(p Process) error {
						for p.Wait(1000*sim.Second) != nil {
						}
						return dead()
					})
					rearm = func() error { return dog.Interrupt(nil) }
				}
				env.Go("device", func(p Process) error {
					for ; left > 0; left-- {
						if err := p.Wait(mean(&r, 1)); err != nil {
							return err
						}
						if err := rearm(); err != nil {
							return err
						}
					}
					s.Stop()
					return nil
				})
			}
			run(b, s, 0)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, s, sim.Never)
			b.StopTimer()
			if n := s.Pending(); n > 200 {
				b.Fatalf("%d events are pending, want at most two a device", n)
			}
		})
	}
}

func watchedByEvents(s *sim.Sim, i int, r *sim.Stream, left *int) {
	var id sim.ActorID
	var dog sim.Handle
	id, _ = s.Add(fmt.Sprint("device", i), sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		if e.Kind == 1 {
			return fmt.Errorf("device %d is dead", i)
		}
		if *left--; *left <= 0 {
			s.Stop()
		}
		s.Cancel(dog)
		dog, _ = s.Schedule(sim.Event{At: s.Now() + 1000*sim.Second, To: id, Kind: 1})
		_, err := s.Schedule(sim.Event{At: s.Now() + mean(r, 1), To: id})
		return err
	}))
	s.Schedule(sim.Event{At: mean(r, 1), To: id})
}

// Memory of a million live processes.
func BenchmarkMemory(b *testing.B) {
	if testing.Short() {
		b.Skip("takes 3.4 GB")
	}
	const n = 1_000_000
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, env := world(b)
		body := func(p Process) error { return p.Wait(sim.Time(p.id) * sim.Second) }
		for range n {
			env.Spawn("sensor", body)
		}
		run(b, s, 1)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.Sys-before.Sys)/n, "B/process")
		env.Close()
	}
}
