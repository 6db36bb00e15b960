package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// BenchmarkAgainstSimPy runs the models of testdata/simpy_models.py and the same
// in processes, and M/M/1 in events too, in turns, five rounds, and reports how many times as fast they are
// here, by the least processor time of each. It needs python3 with simpy. One
// iteration takes about half a minute:
//
//	GOMAXPROCS=1 go test ./sim/process -run NONE -bench AgainstSimPy -benchtime 1x
func BenchmarkAgainstSimPy(b *testing.B) {
	if testing.Short() {
		b.Skip("takes half a minute")
	}
	const theirs, ours = 100_000, 1_000_000 // of each model
	models := []struct {
		name, theirs string
		run          func(testing.TB, int) func()
	}{
		{"mm1-event", "mm1", mm1Events},
		{"mm1-process", "mm1", mm1Processes},
		{"spawn", "spawn", spawnCustomers},
		{"watchdog", "watchdog", watchTimers},
		{"hold1000", "hold1000", holdThousand},
	}
	best := make(map[string]float64)
	least := func(name string, nsEach float64) {
		if old, ok := best[name]; !ok || nsEach < old {
			best[name] = nsEach
		}
	}
	for range 5 {
		for name, seconds := range simpy(b, theirs) {
			least("simpy "+name, seconds/theirs*1e9)
		}
		for _, m := range models {
			run := m.run(b, ours)
			runtime.GC()
			begin := cpu(b)
			run()
			least(m.name, (cpu(b)-begin)/ours*1e9)
		}
	}
	for _, m := range models {
		simpy := best["simpy "+m.theirs]
		b.Logf("%-12s %8.1f ns, SimPy %8.1f ns: %.1f times", m.name, best[m.name], simpy, simpy/best[m.name])
		b.ReportMetric(simpy/best[m.name], m.name+"-x")
	}
}

func simpy(b *testing.B, n int) map[string]float64 {
	out, err := exec.Command("python3", filepath.Join("testdata", "simpy_models.py"), strconv.Itoa(n)).Output()
	if err != nil {
		b.Skipf("python3 with simpy is missing: %v", err)
	}
	var all map[string]any
	if err := json.Unmarshal(out, &all); err != nil {
		b.Fatal(err)
	}
	seconds := make(map[string]float64)
	for _, name := range []string{"mm1", "spawn", "watchdog", "hold1000"} {
		seconds[name] = all[name].(float64)
	}
	return seconds
}

// cpu is the processor time of this process, in seconds.
func cpu(tb testing.TB) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// An M/M/1 queue in event style: the times of arrival wait in a ring.
type queueMM1 struct {
	id               sim.ActorID
	arrival, service *sim.Stream
	ring             []sim.Time // a power of two
	head, tail       uint
	left             int
	inSystem         sim.Time // sum over the customers
}

const (
	arrives int32 = iota
	leaves
)

func (q *queueMM1) Handle(s *sim.Sim, e sim.Event) error {
	if e.Kind == arrives {
		return q.arrive(s)
	}
	q.inSystem += s.Now() - q.ring[q.head&uint(len(q.ring)-1)]
	q.head++
	if q.left--; q.left == 0 {
		s.Stop()
	}
	if q.head == q.tail {
		return nil
	}
	return q.serve(s)
}

func (q *queueMM1) arrive(s *sim.Sim) error {
	if q.tail-q.head == uint(len(q.ring)) {
		return errors.New("the ring is full")
	}
	q.ring[q.tail&uint(len(q.ring)-1)] = s.Now()
	q.tail++
	if q.tail-q.head == 1 {
		if err := q.serve(s); err != nil {
			return err
		}
	}
	_, err := s.Schedule(sim.Event{At: s.Now() + mean(q.arrival, 1/0.9), To: q.id, Kind: arrives})
	return err
}

func (q *queueMM1) serve(s *sim.Sim) error {
	_, err := s.Schedule(sim.Event{At: s.Now() + mean(q.service, 1), To: q.id, Kind: leaves})
	return err
}

func mm1Events(tb testing.TB, n int) func() {
	s := sim.New(sim.Config{Seed: 1})
	q := &queueMM1{arrival: s.Rand("arrival"), service: s.Rand("service"), ring: make([]sim.Time, 1<<16), left: n}
	q.id, _ = s.Add("queue", q)
	s.Schedule(sim.Event{To: q.id})
	return func() {
		run(tb, s, sim.Never)
		if w := q.inSystem.Seconds() / float64(n); n >= 1_000_000 && math.Abs(w-10) > 1.5 {
			tb.Fatalf("customers were %v s in the system, want about 10", w)
		}
	}
}

// An arrival and a service process and a FIFO store between them. λ = 0.9/s,
// μ = 1/s: the mean time in system is 10 s.
func mm1Processes(tb testing.TB, n int) func() {
	s, env := world(tb)
	store, err := NewStore[sim.Time](env, "queue", StoreConfig[sim.Time]{})
	if err != nil {
		tb.Fatal(err)
	}
	arrival, service := s.Rand("arrival"), s.Rand("service")
	env.Go("arrivals", func(p Process) error {
		for range n {
			if err := p.Wait(mean(arrival, 1/0.9)); err != nil {
				return err
			}
			if err := store.Put(p, p.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	var total sim.Time
	env.Go("server", func(p Process) error {
		for range n {
			came, err := store.Get(p)
			if err != nil {
				return err
			}
			if err := p.Wait(mean(service, 1)); err != nil {
				return err
			}
			total += p.Now() - came
		}
		return nil
	})
	return func() {
		run(tb, s, sim.Never)
		if w := total.Seconds() / float64(n); n >= 1_000_000 && math.Abs(w-10) > 1.5 {
			tb.Fatalf("customers were %v s in the system, want about 10", w)
		}
	}
}

// A process for each customer, with 10 of them at a time.
func spawnCustomers(tb testing.TB, n int) func() {
	s, env := world(tb)
	r := s.Rand("spawn")
	customer := func(p Process) error { return p.Wait(mean(r, 10)) }
	env.Go("arrivals", func(p Process) error {
		for range n {
			if err := p.Wait(mean(r, 1)); err != nil {
				return err
			}
			env.Spawn("customer", customer)
		}
		return nil
	})
	return func() { run(tb, s, sim.Never) }
}

// 100 devices that beat at rate 1 and put off their timer of 1000 s each time.
func watchTimers(tb testing.TB, n int) func() {
	s, env := world(tb)
	r := s.Rand("watchdog")
	left := n
	for i := range 100 {
		dog := env.NewTimer("dog", func() error { return fmt.Errorf("device %d is dead", i) })
		env.Go("device", func(p Process) error {
			for ; left > 0; left-- {
				if err := dog.Set(1000 * sim.Second); err != nil {
					return err
				}
				if err := p.Wait(mean(r, 1)); err != nil {
					return err
				}
			}
			s.Stop()
			return nil
		})
	}
	return func() {
		run(tb, s, sim.Never)
		if n := s.Pending(); n > 200 {
			tb.Fatalf("%d events are pending, want at most two a device", n)
		}
	}
}

// A thousand processes that hold for exponential times.
func holdThousand(tb testing.TB, n int) func() {
	s, env := world(tb)
	r := s.Rand("hold")
	left := n
	for range 1000 {
		env.Go("hold", func(p Process) error {
			for {
				if err := p.Wait(mean(r, 1)); err != nil {
					return err
				}
				if left--; left <= 0 {
					s.Stop()
					return nil
				}
			}
		})
	}
	return func() { run(tb, s, sim.Never) }
}

// M/M/1 by events and by processes, per customer, for the comparison with other
// kernels.
func BenchmarkMM1(b *testing.B) {
	for _, m := range []struct {
		name string
		make func(testing.TB, int) func()
	}{{"events", mm1Events}, {"processes", mm1Processes}} {
		b.Run(m.name, func(b *testing.B) {
			run := m.make(b, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			run()
			b.StopTimer()
		})
	}
}
