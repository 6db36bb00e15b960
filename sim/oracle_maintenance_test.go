//go:build !race

// These runs have one goroutine, and would take minutes under the race detector.

package sim_test

import (
	"errors"
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
	"github.com/twinsim/twinsim/sim/stat"
)

// ageParams describe a part with a Weibull life that is replaced when it fails or at an age.
type ageParams struct {
	eta, beta float64 // of the life: scale in hours, shape
	planned   float64 // cost of a replacement at the age
	failure   float64 // cost of one after a failure
	age       float64 // at which it is replaced, in hours; +Inf is never
	length    float64 // of a replication after its warm-up, in hours
}

// An agedPart schedules both its failure and its planned replacement; whichever comes first
// cancels the other.
type agedPart struct {
	ageParams
	id    sim.ActorID
	lives *sim.Stream

	Failure, Planned sim.Handle
	Cost             float64
	Failures         int
	Replacements     int
}

const (
	partFails int32 = iota
	partAged
)

// Start installs the first part.
func (a *agedPart) Start(s *sim.Sim) error { return a.install(s) }

func (a *agedPart) install(s *sim.Sim) (err error) {
	life := a.eta * math.Pow(a.lives.Exponential(), 1/a.beta)
	if a.Failure, err = after(s, life, sim.Event{To: a.id, Kind: partFails}); err != nil || math.IsInf(a.age, 1) {
		return err
	}
	a.Planned, err = after(s, a.age, sim.Event{To: a.id, Kind: partAged})
	return err
}

func (a *agedPart) Handle(s *sim.Sim, e sim.Event) error {
	a.Replacements++
	if e.Kind == partFails {
		a.Failures++
		a.Cost += a.failure
		s.Cancel(a.Planned)
	} else {
		a.Cost += a.planned
		s.Cancel(a.Failure)
	}
	return a.install(s)
}

// runAge returns the cost per hour, the share of replacements that are failures, and the hours
// between replacements.
func runAge(t *testing.T, p ageParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	a := &agedPart{ageParams: p, lives: s.Rand("lives")}
	a.id = add(t, s, "part", a)
	warm := 0.05 * p.length
	runUntil(t, s, warm)
	a.Cost, a.Failures, a.Replacements = 0, 0, 0
	runUntil(t, s, warm+p.length)
	n := float64(a.Replacements)
	return map[string]float64{"cost": a.Cost / p.length, "failures": float64(a.Failures) / n, "hours": p.length / n}
}

// survival is the probability of an age, in hours.
func (p ageParams) survival(t float64) float64 { return math.Exp(-math.Pow(t/p.eta, p.beta)) }

// meanAge is the mean age at replacement: the integral of the survival, by Simpson's rule.
func (p ageParams) meanAge() float64 {
	if math.IsInf(p.age, 1) {
		return p.eta * math.Gamma(1+1/p.beta)
	}
	const n = 4000
	h := p.age / n
	sum := 1 + p.survival(p.age)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * p.survival(float64(i)*h)
	}
	return sum * h / 3
}

// truth is renewal-reward: the mean cost of a cycle by its mean length.
func (p ageParams) truth() truth {
	r := p.survival(p.age)
	return truth{"cost": (p.planned*r + p.failure*(1-r)) / p.meanAge(), "failures": 1 - r, "hours": p.meanAge()}
}

// best returns p with the age of least cost, where h(T) ∫R − F(T) = cp/(cf − cp), by bisection.
func (p ageParams) best() ageParams {
	low, high := 0.0, 10*p.eta
	for range 100 {
		p.age = (low + high) / 2
		hazard := p.beta / p.eta * math.Pow(p.age/p.eta, p.beta-1)
		if hazard*p.meanAge()-(1-p.survival(p.age)) < p.planned/(p.failure-p.planned) {
			low = p.age
		} else {
			high = p.age
		}
	}
	return p
}

// checkAge checks the best age against what is printed; then the cost at this age in
// simulation, and that other ages cost more. The mutant is a shorter life.
func checkAge(t *testing.T, seed uint64, p ageParams, age, ageDigit, cost, costDigit float64) {
	t.Helper()
	p = p.best()
	checkExact(t, "T*", p.age, age, ageDigit)
	checkExact(t, "C*", p.truth()["cost"], cost, costDigit)
	mutated := p
	mutated.eta /= 1.05
	o := oracle[ageParams]{name: "age replacement", truth: p.truth(), seed: seed, params: p, run: runAge,
		mutants: []mutant[ageParams]{{"lives 5 % shorter", mutated}}}
	o.check(t)
	least := o.replicate(t, p)["cost"]
	for _, factor := range []float64{0.8, 1.2} {
		other := p
		other.age *= factor
		if v := o.replicate(t, other)["cost"]; !least.below(v) {
			t.Errorf("replacing at %v T* costs %v ± %v, at T* %v ± %v; want more", factor, v.mean, v.se, least.mean, least.se)
		}
	}
}

// FACT-40: ReliaWiki, Optimum replacement: T* = 493.0470.
func TestFACT40AgeReplacement(t *testing.T) {
	p := ageParams{eta: 1000, beta: 2.5, planned: 1, failure: 5, length: 12e6}
	checkAge(t, 40, p, 493.0470, 1e-4, 0.003462043, 1e-9)
	p.age = math.Inf(1)
	checkExact(t, "cost of running to failure", p.truth()["cost"], 0.0056353, 1e-7)
	dear := p
	dear.failure *= 1.05
	old := p
	old.eta *= 1.05
	is := p.truth()
	delete(is, "failures") // all are
	oracle[ageParams]{name: "run to failure", truth: is, seed: 401, params: p, run: runAge,
		mutants: []mutant[ageParams]{{"failures 5 % dearer", dear}, {"lives 5 % longer", old}}}.check(t)
}

// FACT-41 to FACT-43: other lives and costs. FACT-43 has the inputs of ReliaSoft's Reliability
// Basics, under the formula above.
func TestFACT41AgeReplacement(t *testing.T) {
	checkAge(t, 41, ageParams{eta: 1000, beta: 2, planned: 1, failure: 5, length: 12e6}, 510.6552, 1e-4, 0.00408524, 1e-8)
	checkAge(t, 411, ageParams{eta: 1000, beta: 2, planned: 1, failure: 10, length: 12e6}, 336.4512, 1e-4, 0.00605612, 1e-8)
}

func TestFACT42AgeReplacement(t *testing.T) {
	p := ageParams{eta: 1000, beta: 3, planned: 1, failure: 10, length: 12e6}
	checkAge(t, 42, p, 382.4555, 1e-4, 0.00394935, 1e-8)
	p.age = math.Inf(1)
	checkExact(t, "cost of running to failure", p.truth()["cost"], 0.0111985, 1e-7)
}

func TestFACT43AgeReplacement(t *testing.T) {
	checkAge(t, 43, ageParams{eta: 150, beta: 3, planned: 2, failure: 8, length: 2e6}, 83.1230, 1e-4, 0.0368503, 1e-7)
}

// FACT-44: a part that does not age has no best age; the cost falls to failure/eta.
func TestFACT44NoAgeing(t *testing.T) {
	p := ageParams{eta: 1000, beta: 1, planned: 1, failure: 5, length: 12e6}
	last := math.Inf(1)
	for p.age = 100; p.age < 1e4; p.age *= 1.2 {
		c := p.truth()["cost"]
		if c >= last || c <= p.failure/p.eta {
			t.Errorf("the cost at age %v is %v, at a lower age %v", p.age, c, last)
		}
		last = c
	}
	p.age = math.Inf(1)
	mutated, young := p, p
	mutated.eta *= 1.05
	young.age = 1500
	o := oracle[ageParams]{name: "no ageing", truth: truth{"cost": p.failure / p.eta}, seed: 44, params: p, run: runAge,
		mutants: []mutant[ageParams]{{"lives 5 % longer", mutated}, {"replaced", young}}}
	o.check(t)
	if a, b := o.replicate(t, p)["cost"], o.replicate(t, young)["cost"]; !a.below(b) {
		t.Errorf("running to failure costs %v, replacing at age 1500 h %v; want more", a, b)
	}
}

// delayParams describe defects that become failures unless an inspection finds them.
type delayParams struct {
	lambda float64 // defects per hour
	delay  float64 // from defect to failure, in hours
	period float64 // of inspections, in hours; more than delay
	finds  float64 // probability that an inspection finds a defect
	length float64 // of a replication after its warm-up, in hours
}

// An inspected machine may have several defects at a time.
type inspected struct {
	delayParams
	id      sim.ActorID
	arrive  *sim.Stream
	inspect *sim.Stream

	Defects []defect // the oldest first
	Averted int
	Failed  int
	Present stat.TimeWeighted
	Stay    stat.Tally // from defect to failure or repair, in hours
	Before  float64
}

type defect struct {
	Since   sim.Time
	Failure sim.Handle
}

const (
	defectArrives int32 = iota
	defectFails
	inspection
)

// Start begins with a machine without defects.
func (m *inspected) Start(s *sim.Sim) error {
	if err := m.nextDefect(s); err != nil {
		return err
	}
	_, err := after(s, m.period, sim.Event{To: m.id, Kind: inspection})
	return err
}

func (m *inspected) nextDefect(s *sim.Sim) error {
	_, err := after(s, m.arrive.Exponential()/m.lambda, sim.Event{To: m.id, Kind: defectArrives})
	return err
}

func (m *inspected) Handle(s *sim.Sim, e sim.Event) error {
	now := s.Now()
	switch e.Kind {
	case defectArrives:
		h, err := after(s, m.delay, sim.Event{To: m.id, Kind: defectFails})
		if err != nil {
			return err
		}
		m.Defects = append(m.Defects, defect{now, h})
		m.Present.Set(now, float64(len(m.Defects)))
		return m.nextDefect(s)
	case defectFails: // the oldest: all have the same delay
		m.Failed++
		m.Stay.Add((now - m.Defects[0].Since).Seconds())
		m.Defects = append(m.Defects[:0], m.Defects[1:]...)
		m.Present.Set(now, float64(len(m.Defects)))
		return nil
	}
	missed := m.Defects[:0]
	for _, d := range m.Defects {
		if m.inspect.Float64() >= m.finds {
			missed = append(missed, d)
			continue
		}
		if !s.Cancel(d.Failure) {
			return errors.New("a defect that is still there has failed")
		}
		m.Averted++
		m.Stay.Add((now - d.Since).Seconds())
	}
	m.Defects = missed
	m.Present.Set(now, float64(len(m.Defects)))
	_, err := after(s, m.period, sim.Event{To: m.id, Kind: inspection})
	return err
}

func (m *inspected) standing(now sim.Time) float64 {
	var sum float64
	for _, d := range m.Defects {
		sum += (now - d.Since).Seconds()
	}
	return sum
}

// runDelay returns the share of defects that did not become failures, and how long defects
// stay, in hours.
func runDelay(t *testing.T, p delayParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	m := &inspected{delayParams: p, arrive: s.Rand("defects"), inspect: s.Rand("inspections")}
	m.id = add(t, s, "machine", m)
	warm := 10 * p.period
	runUntil(t, s, warm)
	m.Averted, m.Failed, m.Stay, m.Before = 0, 0, stat.Tally{}, m.standing(s.Now())
	m.Present.Reset(s.Now())
	runUntil(t, s, warm+p.length)
	checkArea(t, "defects", m.Present.Area(s.Now()), m.Stay.Sum()+m.standing(s.Now())-m.Before)
	return map[string]float64{"averted": float64(m.Averted) / float64(m.Averted+m.Failed), "stay": m.Stay.Mean}
}

// FACT-45: the delay-time model (Christer and Waller 1984). A defect comes at any time of a period
// alike, and is seen at its end if it has not failed by then. It lasts for the
// delay, less, if it is found, half of that.
func TestFACT45DelayTime(t *testing.T) {
	for i, p := range cases(
		delayParams{lambda: 0.01, delay: 200, period: 300, finds: 1, length: 300e3},
		delayParams{lambda: 0.01, delay: 200, period: 300, finds: 0.85, length: 300e3},
	) {
		averted := p.finds * p.delay / p.period
		rare, blind := p, p
		rare.period *= 1.05
		blind.finds *= 0.95
		oracle[delayParams]{name: "delay time", truth: truth{"averted": averted, "stay": p.delay * (1 - averted/2)},
			seed: 450 + uint64(i), params: p, run: runDelay,
			mutants: []mutant[delayParams]{{"inspections 5 % rarer", rare}, {"5 % fewer found", blind}}}.check(t)
	}
	checkExact(t, "averted", 200.0/300, 0.66667, 1e-5)
}

// sparesParams describe a stock of spares that is ordered one for one: (S-1, S).
type sparesParams struct {
	stock    int64                     // S
	lambda   float64                   // demands per unit
	leadTime func(*sim.Stream) float64 // of an order, in units
	length   float64                   // of a replication after its warm-up, in units
}

// A sparesStock is a container of spares; a demand that finds none waits in its line.
type sparesStock struct {
	sparesParams
	id      sim.ActorID
	spares  *resource.Container
	demands *sim.Stream
	orders  *sim.Stream

	Demands, Filled int
}

const (
	demand int32 = iota
	delivery
	handed // of a spare, to one who waited
)

func (k *sparesStock) Handle(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case delivery:
		_, done, err := k.spares.Put(resource.Demand{To: k.id})
		if !done {
			return errors.Join(err, errNoUnits)
		}
		return err
	case handed:
		return nil
	}
	k.Demands++
	_, got, err := k.spares.Get(resource.Demand{To: k.id, Kind: handed})
	if err != nil {
		return err
	}
	if got {
		k.Filled++
	}
	if _, err := after(s, k.leadTime(k.orders), sim.Event{To: k.id, Kind: delivery}); err != nil {
		return err
	}
	_, err = after(s, k.demands.Exponential()/k.lambda, sim.Event{To: k.id, Kind: demand})
	return err
}

// runSpares returns the share of demands that are filled at once, the mean stock, the mean number
// of demands that wait, and how long a demand waits, in units.
func runSpares(t *testing.T, p sparesParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	k := &sparesStock{sparesParams: p, demands: s.Rand("demands"), orders: s.Rand("orders")}
	k.id = add(t, s, "stock", k)
	k.spares = must(resource.NewContainer(s, "spares", resource.ContainerConfig{Initial: p.stock}))
	must(s.Schedule(sim.Event{To: k.id, Kind: demand}))
	warm := 0.05 * p.length
	runUntil(t, s, warm)
	k.spares.ResetStats()
	k.Demands, k.Filled = 0, 0
	runUntil(t, s, warm+p.length)
	st := k.spares.Stats()
	checkLittle(t, st.Gets, s.Now())
	return map[string]float64{"fill": float64(k.Filled) / float64(k.Demands), "stock": st.Level.Mean(s.Now()),
		"waiting": st.Gets.Length.Mean(s.Now()), "wait": st.Gets.Wait.Mean}
}

// FACT-46: orders under way are M/G/∞, so Poisson of the demand in a mean lead time, whatever the
// lead time's distribution (Palm 1938; Feeney and Sherbrooke 1966).
func TestFACT46Spares(t *testing.T) {
	const mean, stock = 2.0, 4
	is := truth{}
	prob := math.Exp(-mean)
	for d := range 60 {
		if d < stock {
			is["fill"] += prob
			is["stock"] += prob * float64(stock-d)
		}
		is["waiting"] += prob * float64(max(d-stock, 0))
		prob *= mean / float64(d+1)
	}
	is["wait"] = is["waiting"] // Little: one demand per unit
	checkExact(t, "fill rate", is["fill"], 0.857123, 1e-6)
	for i, leadTime := range cases(
		func(*sim.Stream) float64 { return mean },
		func(s *sim.Stream) float64 { return mean * s.Exponential() },
	) {
		p := sparesParams{stock: stock, lambda: 1, leadTime: leadTime, length: 60e3}
		busy, poor := p, p
		busy.lambda *= 1.05
		poor.stock--
		busy.length, poor.length = 0.25*p.length, 0.25*p.length
		oracle[sparesParams]{name: "spares", truth: is, seed: 460 + uint64(i), params: p, run: runSpares,
			mutants: []mutant[sparesParams]{{"5 % more demand", busy}, {"a spare less", poor}}}.check(t)
	}
}
