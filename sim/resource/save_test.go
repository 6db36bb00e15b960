package resource

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// plant is an M/M/c queue with impatient customers, whose machines break and are
// repaired with pre-emption, beside a buffer and a tank: all kinds of resource in one
// event-style actor of plain data.
type plant struct {
	id    sim.ActorID
	r     *Resource
	pool  *Pool
	store *Store[part]
	tank  *Container
	rand  *sim.Stream
	st    plantState
}

type plantState struct {
	Jobs   []job
	Free   []uint64
	Told   map[string]int
	Digest uint64
	Fetch  Claim
}

type job struct {
	Claim Claim
	Work  Work
	End   sim.Handle
}

type part struct {
	No     uint64
	Urgent int32
}

const (
	jobComes int32 = iota
	jobGranted
	jobExpired
	jobLost
	jobEnds
	repairComes
	repairGranted
	repairEnds
	partComes
	partFetched
	partNone
	tankDone
	tankNone
)

func newPlant(t interface{ Fatal(...any) }, s *sim.Sim) *plant {
	p := &plant{rand: s.Rand("plant"), st: plantState{Told: map[string]int{}}}
	var errs [7]error
	p.id, errs[0] = s.Add("plant", p)
	p.r, errs[1] = New(s, "machines", Config{Capacity: 2, Preemptive: true, Calendar: &Calendar{Period: sim.Hour, Otherwise: 2,
		Week: []Shift{{20 * sim.Minute, 22 * sim.Minute, 0}, {40 * sim.Minute, 50 * sim.Minute, 3}}}, AtShiftEnd: Preempt})
	p.pool, errs[2] = NewPool(s, "bays", PoolConfig{Units: 3, Choice: LongestIdle})
	p.store, errs[3] = NewStore(s, "buffer", StoreConfig[part]{Capacity: 4, Less: func(a, b *part) bool { return a.Urgent < b.Urgent },
		Filters: []func(*part, uint64) bool{func(v *part, with uint64) bool { return v.No%2 == with }}})
	p.tank, errs[4] = NewContainer(s, "tank", ContainerConfig{Capacity: 50, Initial: 20, FirstFit: true})
	errs[5] = s.Keep("plant", &p.st)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *plant) Start(s *sim.Sim) error {
	for _, k := range []int32{jobComes, repairComes, partComes} {
		if _, err := p.after(s, 1, k, 0); err != nil {
			return err
		}
	}
	return nil
}

// after schedules an event in an exponential number of minutes.
func (p *plant) after(s *sim.Sim, mean float64, kind int32, arg uint64) (sim.Handle, error) {
	return s.Schedule(sim.Event{At: s.Now() + sim.Time(mean*p.rand.Exponential()*float64(sim.Minute)), Rank: sim.RankTimer, To: p.id, Kind: kind, Arg: arg})
}

func (p *plant) note(s *sim.Sim, e sim.Event) {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, []uint64{p.st.Digest, uint64(s.Now()), uint64(e.Kind), e.Arg,
		uint64(p.r.InUse()), uint64(p.r.Len()), uint64(p.store.Len()), uint64(p.tank.Level()), uint64(p.pool.InUse())})
	p.st.Digest = h.Sum64()
	p.st.Told[fmt.Sprint(e.Kind)]++
}

func (p *plant) Handle(s *sim.Sim, e sim.Event) error {
	p.note(s, e)
	switch {
	case e.Kind <= jobEnds:
		return p.job(s, e)
	case e.Kind <= repairEnds:
		return p.repair(s, e)
	}
	return p.part(s, e)
}

func (p *plant) newJob(total float64) uint64 {
	i := uint64(len(p.st.Jobs))
	if n := len(p.st.Free) - 1; n >= 0 {
		i, p.st.Free = p.st.Free[n], p.st.Free[:n]
	} else {
		p.st.Jobs = append(p.st.Jobs, job{})
	}
	p.st.Jobs[i] = job{Work: NewWork(sim.Time(total * float64(sim.Minute)))}
	return i
}

func (p *plant) ask(s *sim.Sim, i uint64, patience sim.Time) error {
	c, ok, err := p.r.Request(Demand{To: p.id, Rank: sim.RankTimer, Kind: jobGranted, ExpiredKind: jobExpired, PreemptedKind: jobLost, Arg: i, Priority: 1, Patience: patience})
	p.st.Jobs[i].Claim = c
	if ok && err == nil {
		err = p.begin(s, i)
	}
	return err
}

func (p *plant) begin(s *sim.Sim, i uint64) (err error) {
	j := &p.st.Jobs[i]
	j.End, err = s.Schedule(sim.Event{At: j.Work.Begin(s.Now()), Rank: sim.RankTimer, To: p.id, Kind: jobEnds, Arg: i})
	return err
}

func (p *plant) job(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case jobComes:
		if err := p.ask(s, p.newJob(1.8*p.rand.Exponential()), 5*sim.Minute); err != nil {
			return err
		}
		_, err := p.after(s, 1, jobComes, 0)
		return err
	case jobGranted:
		return p.begin(s, e.Arg)
	case jobExpired:
		p.st.Free = append(p.st.Free, e.Arg)
		return nil
	case jobLost:
		j := &p.st.Jobs[e.Arg]
		s.Cancel(j.End)
		if left := j.Work.Break(s.Now()); left%2 == 0 { // some resume, some do it all over
			j.Work.Restart()
		}
		return p.ask(s, e.Arg, 0)
	}
	p.st.Free = append(p.st.Free, e.Arg)
	_, err := p.r.Release(p.st.Jobs[e.Arg].Claim)
	return err
}

func (p *plant) repair(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case repairComes:
		i := p.newJob(2 * p.rand.Exponential())
		c, ok, err := p.r.Request(Demand{To: p.id, Rank: sim.RankTimer, Kind: repairGranted, Arg: i, Preempt: true, PreemptedKind: repairEnds})
		p.st.Jobs[i].Claim = c
		if ok && err == nil {
			_, err = p.after(s, 2, repairEnds, i)
		}
		if err != nil {
			return err
		}
		_, err = p.after(s, 10, repairComes, 0)
		return err
	case repairGranted:
		_, err := p.after(s, 2, repairEnds, e.Arg)
		return err
	}
	// A repair that the end of a shift cut short ends twice: Release is for any case.
	_, err := p.r.Release(p.st.Jobs[e.Arg].Claim)
	return err
}

func (p *plant) part(s *sim.Sim, e sim.Event) error {
	d := Demand{To: p.id, Rank: sim.RankTimer, Kind: tankDone, ExpiredKind: tankNone, Patience: sim.Time(1+p.rand.Uint64()%5) * sim.Minute, Amount: int64(1 + p.rand.Uint64()%20)}
	if e.Kind == partFetched {
		v, ok := p.store.Take(p.st.Fetch)
		if !ok {
			return fmt.Errorf("no part")
		}
		p.st.Digest += v.No
	}
	if e.Kind != partComes {
		return nil
	}
	var err error
	var errs [5]error
	if p.rand.Uint64()%2 == 0 {
		_, _, errs[0] = p.tank.Get(d)
	} else {
		_, _, errs[0] = p.tank.Put(d)
	}
	if p.rand.Uint64()%2 == 0 {
		_, _, errs[1] = p.store.Put(Demand{To: p.id, Kind: tankDone, Patience: d.Patience, ExpiredKind: tankNone}, part{p.rand.Uint64() % 100, int32(p.rand.Uint64() % 3)})
	}
	var v part
	if _, waits := p.store.Look(p.st.Fetch); !waits || p.rand.Uint64()%4 == 0 {
		_, err = p.store.Withdraw(p.st.Fetch)
		v, p.st.Fetch, _, errs[2] = p.store.Get(Demand{To: p.id, Kind: partFetched, Filter: 1, With: p.rand.Uint64() % 2})
		p.st.Digest += v.No
	}
	if c, ok, err := p.pool.Request(Demand{To: p.id, Kind: tankDone, PreemptedKind: tankNone}); ok && p.rand.Uint64()%4 != 0 {
		_, errs[3] = p.pool.Release(c)
	} else if err != nil {
		return err
	} else if n := p.rand.Uint64(); n%3 == 0 {
		errs[3] = p.pool.SetDown(int(n>>8%3), Preempt)
	} else {
		errs[3] = p.pool.SetUp(int(n >> 8 % 3))
	}
	_, errs[4] = p.after(s, 1, partComes, 0)
	for _, e := range append(errs[:], err) {
		if e != nil {
			return e
		}
	}
	return nil
}

// result is everything that can be known at the end.
func (p *plant) result(t interface{ Fatal(...any) }, s *sim.Sim) string {
	st, store, tank := p.r.Stats(), p.store.Stats(), p.tank.Stats()
	now := s.Now()
	for _, q := range []*LineStats{&st.LineStats, &store.Gets, &store.Puts, &tank.Gets, &tank.Puts} {
		if err := little(q, now); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x %v %d\n%+v\n%+v\n%+v\n%+v\n%+v", p.st.Digest, p.st.Told, s.Pending(), st, store, tank, p.pool.Stats(), p.r.Waiters())
}

func runPlant(t interface{ Fatal(...any) }, s *sim.Sim, until sim.Time) {
	if err := s.Run(context.Background(), until); err != nil {
		t.Fatal(err)
	}
}

// A run that is saved at any instants, built anew and loaded ends as the straight
// run, in every event and statistic.
func TestSaveAnywhere(t *testing.T) {
	const end = 5 * sim.Hour
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(0, 1000).Draw(t, "seed")
		s := sim.New(sim.Config{Seed: seed})
		p := newPlant(t, s)
		runPlant(t, s, end)
		want := p.result(t, s)
		if p.st.Told[fmt.Sprint(jobLost)] == 0 || p.st.Told[fmt.Sprint(jobExpired)] == 0 || p.st.Told[fmt.Sprint(partFetched)] == 0 || p.st.Told[fmt.Sprint(tankNone)] == 0 {
			t.Fatal("nothing happens: ", p.st.Told)
		}
		s = sim.New(sim.Config{Seed: seed})
		p = newPlant(t, s)
		at := sim.Time(0)
		for range rapid.IntRange(1, 4).Draw(t, "saves") {
			at += sim.Time(rapid.Int64Range(0, int64(end-at)).Draw(t, "at"))
			runPlant(t, s, at)
			for range rapid.IntRange(0, 3).Draw(t, "steps") { // between two events of one instant
				if next, ok := s.Next(); ok && next <= end {
					if _, err := s.Step(); err != nil {
						t.Fatal(err)
					}
				}
			}
			at = s.Now()
			data, err := s.Save()
			if err != nil {
				t.Fatal(err)
			}
			s = sim.New(sim.Config{Seed: seed})
			p = newPlant(t, s)
			if err := s.Load(data); err != nil {
				t.Fatal(err)
			}
		}
		runPlant(t, s, end)
		if got := p.result(t, s); got != want {
			t.Fatalf("saved: %s\nstraight: %s", got, want)
		}
	})
}

// A fork numbers its actors in another way, and has lost one: clients are found
// by name, and what the lost one held goes to the next in line.
func TestForkWithOtherActors(t *testing.T) {
	var got []string
	build := func(names ...string) (*sim.Sim, *Resource, map[string]sim.ActorID) {
		s, ids := sim.New(sim.Config{}), map[string]sim.ActorID{}
		for _, n := range names {
			ids[n], _ = s.Add(n, sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
				got = append(got, fmt.Sprint(n, e.Arg))
				return nil
			}))
		}
		r, err := New(s, "r", Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s, r, ids
	}
	s, r, ids := build("gone", "a", "b")
	for _, n := range []string{"gone", "a", "b"} {
		if _, _, err := r.Request(Demand{To: ids[n], Arg: 7, Patience: sim.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	s, r, ids = build("b", "new", "a")
	if err := s.Load(data); err != nil {
		t.Fatal(err)
	}
	c, ok, err := r.Request(Demand{To: ids["new"]})
	if ok || err != nil || c == 0 {
		t.Fatal("the new one overtook", err)
	}
	if events, states := s.Dropped(); events != 0 || states != 1 {
		t.Error(events, states, "dropped, want the claim")
	}
	if w := r.Waiters(); len(w) != 2 || w[0].To != ids["b"] || r.Holders()[0].To != ids["a"] {
		t.Fatalf("%+v", w)
	}
	runPlant(t, s, sim.Minute)
	if fmt.Sprint(got) != "[a7]" {
		t.Errorf("told %v", got)
	}
}

// Claims of clients that a fork lacks end with the Load: those behind them are
// served although nobody uses the resource, and nothing is granted to who is gone.
func TestForkWithoutClients(t *testing.T) {
	for gone := 1; gone <= 3; gone++ {
		told := 0
		build := func(all bool) (s *sim.Sim, r *Resource, k *Store[int64], ids [2]sim.ActorID) {
			s = sim.New(sim.Config{})
			var errs [4]error
			r, errs[0] = New(s, "r", Config{})
			k, errs[1] = NewStore(s, "k", StoreConfig[int64]{Capacity: 1})
			if all {
				ids[0], errs[2] = s.Add("gone", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { return nil }))
			}
			ids[1], errs[3] = s.Add("stay", sim.HandlerFunc(func(*sim.Sim, sim.Event) error {
				told++
				return nil
			}))
			if err := errors.Join(errs[:]...); err != nil {
				t.Fatal(err)
			}
			return s, r, k, ids
		}
		s, r, k, ids := build(true)
		for range gone {
			if _, _, err := r.Request(Demand{To: ids[0]}); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := k.Get(Demand{To: ids[0]}); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 2 * gone { // as many as are gone fetch one, the next fills the store, the others wait
			if _, _, err := k.Put(Demand{To: ids[0]}, int64(n)); err != nil {
				t.Fatal(err)
			}
		}
		must(t, false)(r.Request(Demand{To: ids[1]}))
		if _, done, err := k.Put(Demand{To: ids[1]}, -1); done || err != nil {
			t.Fatal(done, err)
		}
		data, err := s.Save()
		if err != nil {
			t.Fatal(err)
		}
		s, r, k, ids = build(false)
		if err := s.Load(data); err != nil {
			t.Fatal(err)
		}
		if r.InUse() != 1 || r.Len() != 0 || r.Holders()[0].To != ids[1] {
			t.Errorf("%d gone: %d in use, %d wait", gone, r.InUse(), r.Len())
		}
		runPlant(t, s, 1)
		if _, err := s.Save(); err != nil || told != 1 {
			t.Errorf("%d gone: told %d times, %v", gone, told, err)
		}
		if k.Len() != 1+gone || len(k.Puts()) != 1 { // what was laid aside is back
			t.Errorf("%d gone: %d items, %d puts", gone, k.Len(), len(k.Puts()))
		}
		r.Stats()
		if err := errors.Join(r.desk.check(), r.check(), k.desk.check(), k.check()); err != nil {
			t.Error(err)
		}
	}
}

func newSaver(d *desk, r rest) *saver { return &saver{d: d, rest: r} }

func (p *plant) savers() []*saver {
	return []*saver{newSaver(&p.r.desk, p.r), newSaver(&p.pool.desk, &p.pool.Resource), newSaver(&p.store.desk, p.store), newSaver(&p.tank.desk, p.tank)}
}

// A damaged state is refused, or loads as something that can be used.
func FuzzLoad(f *testing.F) {
	s := sim.New(sim.Config{})
	p := newPlant(f, s)
	runPlant(f, s, sim.Hour)
	kept := p.savers()
	for i, v := range kept {
		data, err := v.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), data)
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		s := sim.New(sim.Config{})
		p := newPlant(t, s)
		kept := p.savers()
		if err := kept[which%4].UnmarshalBinary(data); err != nil {
			return
		}
		p.use()
	})
}

// The same with bits flipped, also in the normal run of the tests.
func TestDamagedState(t *testing.T) {
	s := sim.New(sim.Config{})
	p := newPlant(t, s)
	runPlant(t, s, sim.Hour)
	r := sim.NewStream(1, 0, "damage")
	for i, v := range p.savers() {
		data, err := v.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for range 1000 {
			d := slices.Clone(data)
			for range 1 + r.Uint64()%3 {
				d[r.Uint64()%uint64(len(d))] ^= 1 << (r.Uint64() % 8)
			}
			p := newPlant(t, sim.New(sim.Config{}))
			if err := p.savers()[i].UnmarshalBinary(d); err != nil {
				refused++
				continue
			}
			p.use()
		}
		if refused == 0 || refused == 1000 {
			t.Errorf("%d of 1000 refused", refused)
		}
	}
}

// use does what is not to crash, whatever the state.
func (p *plant) use() {
	p.r.Waiters()
	p.store.Items()
	p.pool.Stats()
	_, _, _ = p.r.Request(Demand{To: p.id, Preempt: true, Priority: -1})
	_, _, _ = p.pool.Request(Demand{To: p.id})
	_, _, _ = p.store.Put(Demand{To: p.id}, part{})
	_, _, _ = p.tank.Get(Demand{To: p.id})
	for i := range p.r.st.Slots {
		_, _ = p.r.Release(p.r.st.Slots[i].Claim)
	}
	for i := range p.store.st.Slots {
		_, _ = p.store.Take(p.store.st.Slots[i].Claim)
	}
}

// What can't be carried over to a fork is said so.
func TestLoadSaysWhatIsWrong(t *testing.T) {
	save := func(v *saver) []byte {
		data, err := v.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	mk := func(c Config) *Resource {
		r, err := New(sim.New(sim.Config{}), "r", c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	fifo := mk(Config{})
	for range 3 {
		if _, _, err := fifo.Request(Demand{}); err != nil {
			t.Fatal(err)
		}
	}
	good := save(newSaver(&fifo.desk, fifo))
	for _, c := range []struct {
		name, want string
		into       *Resource
		data       []byte
	}{
		{"another discipline", "another discipline", mk(Config{Discipline: Priority}), good},
		{"a calendar", "a fork must keep that", mk(Config{Calendar: &Calendar{Otherwise: 1}}), good},
		{"empty", "not a resource", mk(Config{}), nil},
		{"another format", "not a resource", mk(Config{}), append([]byte{saveVersion + 1}, good[1:]...)},
		{"cut off", "", mk(Config{}), good[:len(good)/2]},
	} {
		err := newSaver(&c.into.desk, c.into).UnmarshalBinary(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
