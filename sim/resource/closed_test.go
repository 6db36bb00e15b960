package resource

import (
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// shop serves Poisson arrivals of several classes with exponential times and, if
// asked, exponential patience; classes of a lower number pre-empt if Preemptive.
type shop struct {
	id       sim.ActorID
	r        *Resource
	rand     *sim.Stream
	gap      []float64 // mean time between arrivals by class, s
	service  float64   // mean, s
	patience float64   // mean, s; 0 is for ever
	jobs     []shopJob
	free     []uint64
	stay     []float64 // sum by class, s
	left     []float64 // customers that left by class
}

type shopJob struct {
	job
	came  sim.Time
	class uint64
}

func (h *shop) draw(mean float64) sim.Time { return sim.Time(mean * h.rand.Exponential() * 1e9) }

func (h *shop) event(s *sim.Sim, after sim.Time, kind int32, arg uint64) sim.Handle {
	e, _ := s.Schedule(sim.Event{At: s.Now() + after, Rank: sim.RankTimer, To: h.id, Kind: kind, Arg: arg})
	return e
}

func (h *shop) Start(s *sim.Sim) error {
	h.stay, h.left = make([]float64, len(h.gap)), make([]float64, len(h.gap))
	for class, gap := range h.gap {
		h.event(s, h.draw(gap), jobComes, uint64(class))
	}
	return nil
}

func (h *shop) ask(s *sim.Sim, i uint64) error {
	j := &h.jobs[i]
	d := Demand{To: h.id, Rank: sim.RankTimer, Kind: jobGranted, ExpiredKind: jobExpired, PreemptedKind: jobLost, Arg: i, Priority: int32(j.class), Preempt: h.r.config.Preemptive}
	if h.patience > 0 {
		d.Patience = h.draw(h.patience)
	}
	c, ok, err := h.r.Request(d)
	j.Claim = c
	if ok {
		j.End = h.event(s, j.Work.Begin(s.Now())-s.Now(), jobEnds, i)
	}
	return err
}

func (h *shop) Handle(s *sim.Sim, e sim.Event) error {
	if e.Kind == jobComes {
		h.event(s, h.draw(h.gap[e.Arg]), jobComes, e.Arg)
		i := uint64(len(h.jobs))
		if n := len(h.free) - 1; n >= 0 {
			i, h.free = h.free[n], h.free[:n]
		} else {
			h.jobs = append(h.jobs, shopJob{})
		}
		h.jobs[i] = shopJob{job{Work: NewWork(h.draw(h.service))}, s.Now(), e.Arg}
		return h.ask(s, i)
	}
	j := &h.jobs[e.Arg]
	switch e.Kind {
	case jobGranted:
		j.End = h.event(s, j.Work.Begin(s.Now())-s.Now(), jobEnds, e.Arg)
		return nil
	case jobLost:
		s.Cancel(j.End)
		j.Work.Break(s.Now())
		return h.ask(s, e.Arg)
	case jobEnds:
		h.stay[j.class] += (s.Now() - j.came).Seconds()
		h.left[j.class]++
		h.free = append(h.free, e.Arg)
		_, err := h.r.Release(j.Claim)
		return err
	}
	h.free = append(h.free, e.Arg)
	return nil
}

func (h *shop) run(t *testing.T, c Config, seconds sim.Time) Stats {
	t.Helper()
	s := sim.New(sim.Config{Seed: 1})
	h.rand = s.Rand("shop")
	var err error
	if h.id, err = s.Add("shop", h); err != nil {
		t.Fatal(err)
	}
	if h.r, err = New(s, "r", c); err != nil {
		t.Fatal(err)
	}
	runPlant(t, s, seconds*sim.Second)
	st := h.r.Stats()
	if err := little(&st.LineStats, s.Now()); err != nil {
		t.Error(err)
	}
	return st
}

func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if math.Abs(got-want) > rel*want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// M/M/2: the mean wait is C/(c mu - lambda), with Erlang's C (Kleinrock, Queueing
// Systems I, section 3.5).
func TestErlangC(t *testing.T) {
	h := &shop{gap: []float64{1}, service: 1.5}
	st := h.run(t, Config{Capacity: 2}, 400_000)
	top := 1.5 * 1.5 / 2 * 2 / (2 - 1.5)
	c := top / (1 + 1.5 + top)
	near(t, "wait", st.Wait.Mean, c/(2/1.5-1), 0.03)
	near(t, "utilisation", st.Utilisation(400_000*sim.Second), 0.75, 0.01)
}

// M/M/2+M: the part that gives up is theta E[Q]/lambda, from the birth-death
// chain (Palm 1957; Garnett, Mandelbaum and Reiman 2002).
func TestErlangA(t *testing.T) {
	const lambda, mu, theta, servers = 1.0, 0.4, 0.2, 2
	h := &shop{gap: []float64{1 / lambda}, service: 1 / mu, patience: 1 / theta}
	st := h.run(t, Config{Capacity: servers}, 400_000)
	p, sum, queue := 1.0, 1.0, 0.0
	for n := 1.0; n < 200; n++ {
		p *= lambda / (math.Min(n, servers)*mu + math.Max(0, n-servers)*theta)
		sum += p
		queue += p * math.Max(0, n-servers)
	}
	near(t, "gives up", float64(st.Expired)/float64(st.Arrivals), theta*queue/sum/lambda, 0.02)
	near(t, "line", st.Length.Mean(400_000*sim.Second), queue/sum, 0.02)
}

// M/M/1 with two classes, pre-emptive resume: T1 = 1/(mu - l1) and
// T2 = (1/mu) / ((1-r1)(1-r1-r2)) (Kleinrock, Queueing Systems II, section 3.6).
func TestPreemptiveResume(t *testing.T) {
	h := &shop{gap: []float64{4, 2}, service: 1}
	st := h.run(t, Config{Preemptive: true}, 400_000)
	near(t, "T1", h.stay[0]/h.left[0], 1/(1-0.25), 0.02)
	near(t, "T2", h.stay[1]/h.left[1], 1/((1-0.25)*(1-0.25-0.5)), 0.03)
	near(t, "pre-empted", float64(st.Preempted)/400_000, 0.25*0.5, 0.03) // class 1 comes while class 2 is served
}

// Resume, restart and resample: what is left of a service that is broken off.
func TestWork(t *testing.T) {
	w := NewWork(10)
	if end := w.Begin(100); end != 110 {
		t.Error(end)
	}
	if left := w.Break(104); left != 6 || w.Break(105) != 6 || w.Spent != 4 {
		t.Errorf("%d left, %+v", left, w)
	}
	if end := w.Begin(200); end != 206 {
		t.Error(end)
	}
	w.Break(203)
	w.Restart()
	if end := w.Begin(300); end != 310 || w.Spent != 7 {
		t.Error(end, w)
	}
	if left := w.Break(400); left != 0 || w.Spent != 17 {
		t.Error(left, w)
	}
}
