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

// queueParams describe a queue with Poisson arrivals.
type queueParams struct {
	lambda  float64                   // arrivals per unit
	service func(*sim.Stream) float64 // how long a service takes, in units
	servers int64
	line    int     // how many may wait; 0 is any number
	loss    bool    // nobody may wait
	length  float64 // of a replication after its warm-up, in units
}

// exponential returns services of a rate.
func exponential(rate float64) func(*sim.Stream) float64 {
	return func(s *sim.Stream) float64 { return s.Exponential() / rate }
}

// A queue is customers who come, wait for one of several servers, and go.
type queue struct {
	queueParams
	id       sim.ActorID
	servers  *resource.Resource
	arrivals *sim.Stream
	services *sim.Stream

	Customers []customer
	Free      []uint64   // indices of customers that are gone
	Stay      stat.Tally // from arrival to departure, in units
	Before    float64    // what those present at the end of the warm-up had stayed until then
	Came      int
	Delayed   int // had to wait
	Lost      int
	Empty     stat.States // 1 while nobody is there
}

type customer struct {
	Claim   resource.Claim
	Arrived sim.Time
}

const (
	arrival int32 = iota
	begin         // a server is ours
	finish
)

func (q *queue) Handle(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case begin:
		return q.serve(s, e.Arg)
	case finish:
		c := &q.Customers[e.Arg]
		q.Stay.Add((s.Now() - c.Arrived).Seconds())
		held, err := q.servers.Release(c.Claim)
		if !held {
			return errors.Join(err, errNoUnits)
		}
		c.Claim = 0
		q.Free = append(q.Free, e.Arg)
		q.Empty.Set(s.Now(), q.empty())
		return err
	}
	if err := q.arrive(s); err != nil {
		return err
	}
	q.Empty.Set(s.Now(), q.empty())
	_, err := after(s, q.arrivals.Exponential()/q.lambda, sim.Event{To: q.id, Kind: arrival})
	return err
}

func (q *queue) arrive(s *sim.Sim) error {
	q.Came++
	if q.loss && q.servers.Free() == 0 {
		q.Lost++
		return nil
	}
	n := uint64(len(q.Customers))
	if k := len(q.Free) - 1; k >= 0 {
		n = q.Free[k]
		q.Free = q.Free[:k]
	} else {
		q.Customers = append(q.Customers, customer{})
	}
	c, granted, err := q.servers.Request(resource.Demand{To: q.id, Kind: begin, Arg: n})
	if errors.Is(err, resource.ErrFull) {
		q.Lost++
		q.Free = append(q.Free, n)
		return nil
	}
	q.Customers[n] = customer{c, s.Now()}
	if granted {
		return q.serve(s, n)
	}
	q.Delayed++
	return err
}

func (q *queue) serve(s *sim.Sim, n uint64) error {
	_, err := after(s, q.service(q.services), sim.Event{To: q.id, Kind: finish, Arg: n})
	return err
}

func (q *queue) empty() int {
	if q.servers.InUse() == 0 {
		return 1
	}
	return 0
}

// standing returns how long those present have been there.
func (q *queue) standing(now sim.Time) float64 {
	var sum float64
	for _, c := range q.Customers {
		if c.Claim != 0 {
			sum += (now - c.Arrived).Seconds()
		}
	}
	return sum
}

// reset is the end of the warm-up.
func (q *queue) reset(now sim.Time) {
	q.servers.ResetStats()
	q.Stay, q.Before = stat.Tally{}, q.standing(now)
	q.Came, q.Delayed, q.Lost = 0, 0, 0
	q.Empty.Reset(now)
}

// runQueue returns L, Lq (number in system and in line), W, Wq (time in system and
// in line), P(wait), P(lost) and P0 (nobody there) of one replication.
func runQueue(t *testing.T, p queueParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	q := &queue{queueParams: p, arrivals: s.Rand("arrivals"), services: s.Rand("services")}
	q.id = add(t, s, "queue", q)
	q.servers = must(resource.New(s, "servers", resource.Config{Capacity: p.servers, MaxLine: p.line}))
	must(s.Schedule(sim.Event{To: q.id, Kind: arrival}))

	warm := 0.05 * p.length
	runUntil(t, s, warm)
	q.reset(s.Now())
	runUntil(t, s, warm+p.length)

	now, st := s.Now(), q.servers.Stats()
	checkLittle(t, st.LineStats, now)
	checkArea(t, "system", st.Length.Area(now)+st.Users.Area(now), q.Stay.Sum()+q.standing(now)-q.Before)
	if p.line > 0 && int(st.Refused) != q.Lost {
		t.Errorf("%d customers were turned away, the resource counted %d", q.Lost, st.Refused)
	}
	came := float64(q.Came)
	return map[string]float64{
		"L": st.Length.Mean(now) + st.Users.Mean(now), "Lq": st.Length.Mean(now), "W": q.Stay.Mean, "Wq": st.Wait.Mean,
		"P(wait)": float64(q.Delayed) / came, "P(lost)": float64(q.Lost) / came, "P0": q.Empty.Fraction(1, now),
	}
}

// checkQueue checks a queue, with 5 % more arrivals as a mutant, in shorter runs.
func checkQueue(t *testing.T, name string, seed uint64, is truth, p queueParams) {
	t.Helper()
	m := p
	m.lambda *= 1.05
	m.length *= 0.25
	oracle[queueParams]{name: name, truth: is, seed: seed, params: p, run: runQueue, mutants: []mutant[queueParams]{{"5 % more arrivals", m}}}.check(t)
}

// FACT-20: M/M/1 (Erlang 1909; any textbook).
func TestFACT20MM1(t *testing.T) {
	checkQueue(t, "M/M/1", 20, truth{"L": 4, "Lq": 3.2, "W": 5, "P(wait)": 0.8, "P0": 0.2},
		queueParams{lambda: 0.8, service: exponential(1), servers: 1, length: 150e3})
}

// FACT-21, FACT-22: M/M/c (Erlang 1917).
func TestFACT21MM2(t *testing.T) {
	checkQueue(t, "M/M/2", 21, truth{"P0": 0.111111, "P(wait)": 0.711111, "Lq": 2.844444, "Wq": 1.777778, "L": 4.444444},
		queueParams{lambda: 1.6, service: exponential(1), servers: 2, length: 80e3})
}

func TestFACT22MM3(t *testing.T) {
	checkQueue(t, "M/M/3", 22, truth{"P0": 0.111111, "P(wait)": 0.444444, "Lq": 0.888889, "W": 1.444444},
		queueParams{lambda: 2, service: exponential(1), servers: 3, length: 40e3})
}

// erlangB is the share of lost customers of c servers under a load of a (Erlang 1917).
func erlangB(c int, a float64) float64 {
	b := 1.0
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

// erlangC is the share of customers who have to wait.
func erlangC(c int, a float64) float64 {
	rho := a / float64(c)
	b := erlangB(c, a)
	return b / (1 - rho*(1-b))
}

// FACT-23: Erlang's formulas, and queues of that load.
func TestFACT23Erlang(t *testing.T) {
	checkExact(t, "C(6,5)", erlangC(6, 5), 0.587516, 1e-6)
	checkExact(t, "C(12,10)", erlangC(12, 10), 0.449388, 1e-6)
	checkExact(t, "B(6,5)", erlangB(6, 5), 0.191847, 1e-6)
	checkExact(t, "B(15,10)", erlangB(15, 10), 0.0364969, 1e-7)
	checkExact(t, "B(5,2)", erlangB(5, 2), 0.0366972, 1e-7)
	checkQueue(t, "M/M/6/6", 23, truth{"P(lost)": erlangB(6, 5), "L": 5 * (1 - erlangB(6, 5))},
		queueParams{lambda: 5, service: exponential(1), servers: 6, loss: true, length: 4e3})
	for i, c := range cases(
		queueParams{lambda: 10, service: exponential(1), servers: 12, length: 5e3},
		queueParams{lambda: 5, service: exponential(1), servers: 6, length: 8e3},
	) {
		checkQueue(t, "M/M/c", 231+uint64(i), truth{"P(wait)": erlangC(int(c.servers), c.lambda)}, c)
	}
	for i, c := range cases(
		queueParams{lambda: 2, service: exponential(1), servers: 5, loss: true, length: 30e3},
		queueParams{lambda: 10, service: exponential(1), servers: 15, loss: true, length: 8e3},
	) {
		checkQueue(t, "M/M/c/c", 235+uint64(i), truth{"P(lost)": erlangB(int(c.servers), c.lambda)}, c)
	}
}

// FACT-24: M/G/1 (Pollaczek 1930, Khinchin 1932), with services of mean 1 and a squared
// coefficient of variation of 0 (constant), 0.25 (Erlang of 4 phases), 1 and 2
// (hyperexponential with balanced means).
func TestFACT24MG1(t *testing.T) {
	pk := func(rho, cs2 float64) float64 { return rho * (1 + cs2) / (2 * (1 - rho)) }
	type mg1 struct {
		cs2, wq, length float64
		service         func(*sim.Stream) float64
	}
	heavy := 0.5 * (1 + math.Sqrt(1.0/3)) // of the first branch, Whitt 1982
	for i, c := range cases(
		mg1{0, 2.0, 80e3, func(*sim.Stream) float64 { return 1 }},
		mg1{0.25, 2.5, 100e3, func(s *sim.Stream) float64 {
			return (s.Exponential() + s.Exponential() + s.Exponential() + s.Exponential()) / 4
		}},
		mg1{1, 4.0, 160e3, exponential(1)},
		mg1{2, 6.0, 250e3, func(s *sim.Stream) float64 {
			if s.Float64() < heavy {
				return s.Exponential() / (2 * heavy)
			}
			return s.Exponential() / (2 * (1 - heavy))
		}},
	) {
		checkExact(t, "Wq", pk(0.8, c.cs2), c.wq, 1e-9)
		checkQueue(t, "M/G/1", 240+uint64(i), truth{"Wq": c.wq, "Lq": 0.8 * c.wq},
			queueParams{lambda: 0.8, service: c.service, servers: 1, length: c.length})
	}
}

// FACT-25: M/M/1/K, where K counts the one in service.
func TestFACT25MM1K(t *testing.T) {
	checkQueue(t, "M/M/1/5", 25, truth{"P(lost)": 0.0888195, "L": 1.868332},
		queueParams{lambda: 0.8, service: exponential(1), servers: 1, line: 4, length: 40e3})
	checkQueue(t, "M/M/1/4", 251, truth{"P(lost)": 0.2, "L": 2.0},
		queueParams{lambda: 1, service: exponential(1), servers: 1, line: 3, length: 20e3})
}

// repairParams describe machines that fail and share a crew.
type repairParams struct {
	machines int
	crew     int64
	lambda   float64 // failures per unit of a machine that works
	mu       float64 // repairs per unit of one of the crew
	length   float64 // of a replication after its warm-up, in units
}

// A shop is machines that work until they fail and a crew that repairs them.
type shop struct {
	repairParams
	id       sim.ActorID
	crew     *resource.Resource
	failures *sim.Stream
	repairs  *sim.Stream

	Claims []resource.Claim // by machine
	Failed []sim.Time       // when, by machine
	Out    stat.Tally       // time from failure to the end of repair, in units
	Before float64          // what those out at the end of the warm-up had been until then
	Down   stat.States      // how many are out
}

const (
	fails int32 = iota
	repairBegins
	repaired
)

// Start begins with all machines at work.
func (m *shop) Start(s *sim.Sim) error {
	for i := range m.machines {
		if err := m.work(s, uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

func (m *shop) work(s *sim.Sim, machine uint64) error {
	_, err := after(s, m.failures.Exponential()/m.lambda, sim.Event{To: m.id, Kind: fails, Arg: machine})
	return err
}

func (m *shop) repair(s *sim.Sim, machine uint64) error {
	_, err := after(s, m.repairs.Exponential()/m.mu, sim.Event{To: m.id, Kind: repaired, Arg: machine})
	return err
}

func (m *shop) Handle(s *sim.Sim, e sim.Event) error {
	switch i := e.Arg; e.Kind {
	case fails:
		m.Failed[i] = s.Now()
		m.Down.Set(s.Now(), m.Down.Current+1)
		c, granted, err := m.crew.Request(resource.Demand{To: m.id, Kind: repairBegins, Arg: i})
		m.Claims[i] = c
		if !granted || err != nil {
			return err
		}
		return m.repair(s, i)
	case repairBegins:
		return m.repair(s, i)
	default:
		m.Out.Add((s.Now() - m.Failed[i]).Seconds())
		m.Down.Set(s.Now(), m.Down.Current-1)
		held, err := m.crew.Release(m.Claims[i])
		if !held || err != nil {
			return errors.Join(err, errNoUnits)
		}
		m.Claims[i] = 0
		return m.work(s, i)
	}
}

// standing returns how long those out have been out.
func (m *shop) standing(now sim.Time) float64 {
	var sum float64
	for i, c := range m.Claims {
		if c != 0 {
			sum += (now - m.Failed[i]).Seconds()
		}
	}
	return sum
}

// runRepair returns L (machines out), W (time out), Wq (time until the repair
// begins), A (the share of machines that work), and p0, p1, p2 (0, 1, 2 are out).
func runRepair(t *testing.T, p repairParams, c sim.Config) map[string]float64 {
	s := sim.New(c)
	m := &shop{repairParams: p, failures: s.Rand("failures"), repairs: s.Rand("repairs"),
		Claims: make([]resource.Claim, p.machines), Failed: make([]sim.Time, p.machines)}
	m.id = add(t, s, "shop", m)
	m.crew = must(resource.New(s, "crew", resource.Config{Capacity: p.crew}))

	warm := 0.05 * p.length
	runUntil(t, s, warm)
	m.crew.ResetStats()
	m.Out, m.Before = stat.Tally{}, m.standing(s.Now())
	m.Down.Reset(s.Now())
	runUntil(t, s, warm+p.length)

	now, st := s.Now(), m.crew.Stats()
	checkLittle(t, st.LineStats, now)
	out := st.Length.Area(now) + st.Users.Area(now)
	checkArea(t, "shop", out, m.Out.Sum()+m.standing(now)-m.Before)
	l := out / p.length
	return map[string]float64{"L": l, "W": m.Out.Mean, "Wq": st.Wait.Mean, "A": 1 - l/float64(p.machines),
		"p0": m.Down.Fraction(0, now), "p1": m.Down.Fraction(1, now), "p2": m.Down.Fraction(2, now)}
}

// birthDeath returns the distribution of the number of machines that are out.
func (p repairParams) birthDeath() (c chain[int], prob []float64) {
	c = explore(0, func(n int, emit func(int, float64)) {
		if n < p.machines {
			emit(n+1, float64(p.machines-n)*p.lambda)
		}
		if n > 0 {
			emit(n-1, float64(min(int64(n), p.crew))*p.mu)
		}
	})
	return c, c.solve()
}

// truth returns what the chain says, by the names of runRepair.
func (p repairParams) truth() truth {
	c, prob := p.birthDeath()
	l := c.mean(prob, func(n int) float64 { return float64(n) })
	w := l / (p.lambda * (float64(p.machines) - l)) // Little
	return truth{"L": l, "W": w, "Wq": w - 1/p.mu, "A": 1 - l/float64(p.machines), "p0": prob[0], "p1": prob[1], "p2": prob[2]}
}

// checkRepair checks a shop with slower repairs as mutants, by 5 % and by one man.
func checkRepair(t *testing.T, seed uint64, p repairParams, measured ...string) {
	t.Helper()
	slow, few := p, p
	slow.mu /= 1.05
	few.crew = p.crew%2 + 1
	all, is := p.truth(), make(truth)
	for _, name := range measured {
		is[name] = all[name]
	}
	oracle[repairParams]{name: "repair", truth: is, seed: seed, params: p, run: runRepair,
		mutants: []mutant[repairParams]{{"5 % slower repairs", slow}, {"another crew", few}}}.check(t)
}

// FACT-26: the police cars of Winston, Operations Research (4th ed., chapter 20): 5 cars,
// 2 mechanics, in days.
func TestFACT26PoliceCars(t *testing.T) {
	p := repairParams{machines: 5, crew: 2, lambda: 1.0 / 30, mu: 1.0 / 3, length: 40e3}
	_, prob := p.birthDeath()
	for n, printed := range []float64{0.618592, 0.309296, 0.061859, 0.009279, 0.000928, 0.000046} {
		checkExact(t, "p", prob[n], printed, 1e-6)
	}
	is := p.truth()
	checkExact(t, "L", is["L"], 0.464794, 1e-6)
	checkExact(t, "W", is["W"], 3.0746, 1e-4)
	checkExact(t, "A", is["A"], 0.907041, 1e-6)
	checkRepair(t, 26, p, "L", "W", "A", "p0", "p1", "p2")
}

// FACT-27: the same with one mechanic, per unit of repair time.
func TestFACT27OneMechanic(t *testing.T) {
	p := repairParams{machines: 5, crew: 1, lambda: 0.1, mu: 1, length: 25e3}
	is := p.truth()
	checkExact(t, "p0", is["p0"], 0.563952, 1e-6)
	checkExact(t, "L", is["L"], 0.639522, 1e-6)
	checkExact(t, "Wq", is["Wq"], 0.466632, 1e-6)
	checkExact(t, "A", is["A"], 0.872096, 1e-6)
	checkRepair(t, 27, p, "p0", "L", "Wq", "A")
}

// FACT-28: ten machines, two mechanics.
func TestFACT28TenMachines(t *testing.T) {
	p := repairParams{machines: 10, crew: 2, lambda: 0.05, mu: 0.5, length: 60e3}
	is := p.truth()
	checkExact(t, "L", is["L"], 1.038638, 1e-6)
	checkExact(t, "Wq", is["Wq"], 0.318036, 1e-6)
	checkRepair(t, 28, p, "L", "Wq")
}
