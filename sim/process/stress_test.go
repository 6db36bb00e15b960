package process

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

// a shop is a world in which everybody is interrupted, killed and impatient at
// random times.
type shop struct {
	s      *sim.Sim
	env    *Env
	r      sim.Stream
	store  *Store[int]
	desk   *Resource
	tank   *Container
	put    map[int]bool
	got    map[int]int
	poured int64 // into the tank, for certain
	drawn  int64
	unsure int64
	crowd  []Process
	said   []string
}

func (w *shop) some(n int) int { return int(w.r.Uint64() % uint64(n)) }

func (w *shop) soon() sim.Time { return sim.Time(w.some(5)) }

// fine is for errors that are part of the game.
func fine(err error) bool {
	var in *Interrupted
	return err == nil || errors.As(err, &in) || errors.Is(err, ErrReneged) || errors.Is(err, ErrWithdrawn)
}

func (w *shop) got1(v int, err error) error {
	if err == nil {
		w.got[v]++
	}
	return err
}

// step does one thing; the error is of the kinds that are fine.
func (w *shop) step(p Process, n int) error {
	odd := func(v int) bool { return v%2 == 1 }
	switch w.some(10) {
	case 0:
		return p.Wait(w.soon())
	case 1:
		w.put[n] = true
		x := w.store.Putting(n)
		defer func() {
			if x.Cancel(); errors.Is(x.Err(), ErrWithdrawn) {
				delete(w.put, n)
			}
		}()
		return x.Wait(p)
	case 2:
		return w.got1(w.store.Get(p))
	case 3:
		return w.got1(w.store.GetWithin(p, odd, w.soon()))
	case 4: // two of them, or nothing
		a, b := w.store.Getting(odd), w.store.Getting(nil)
		all := w.env.AllOf(a, b)
		err := p.WaitFor(w.env.AnyOf(all, w.env.Timeout(w.soon())))
		if err == nil && all.Done() && all.Err() == nil {
			w.got1(a.Value())
			w.got1(b.Value())
		}
		return err
	case 5, 6:
		c, err := w.desk.Request(p, Ask{Priority: int32(w.some(3)), Preempt: w.some(2) == 0, Patience: w.soon()})
		if err != nil {
			return err
		}
		defer c.Release()
		return p.Wait(w.soon())
	case 7:
		ask := w.desk.Requesting(p, Ask{Amount: 2})
		defer ask.Cancel()
		err := p.WaitFor(w.env.AnyOf(ask, w.env.Timeout(w.soon())))
		if err == nil && ask.Err() == nil {
			defer ask.Claim().Release()
			return p.Wait(w.soon())
		}
		return err
	case 8:
		err := w.tank.Get(p, Ask{Amount: 2, Patience: w.soon()})
		if err == nil {
			w.drawn += 2
		}
		return err
	default:
		w.unsure++ // who is killed after the put was done can't tell
		err := w.tank.Put(p, Ask{Amount: 3, Patience: w.soon()})
		w.unsure--
		if err == nil {
			w.poured += 3
		}
		return err
	}
}

func (w *shop) body(p Process) error {
	for range 1 + w.some(4) {
		n := int(w.r.Uint64() >> 20)
		err := w.step(p, n)
		w.said = append(w.said, fmt.Sprint(w.s.Now(), p, err))
		if !fine(err) {
			return err
		}
	}
	return nil
}

func openShop(seed uint64) (*shop, error) {
	w := &shop{s: sim.New(sim.Config{Seed: seed}), r: sim.NewStream(seed, 0, "shop"), put: map[int]bool{}, got: map[int]int{}}
	var err, err1, err2, err3 error
	w.env, err = New(w.s, Config{})
	w.store, err1 = NewStore(w.env, "store", StoreConfig[int]{Capacity: 3})
	w.desk, err2 = w.env.NewResource("desk", resource.Config{Capacity: 2, Preemptive: true})
	w.tank, err3 = w.env.NewContainer("tank", resource.ContainerConfig{Capacity: 8, Initial: 4})
	return w, errors.Join(err, err1, err2, err3)
}

// trouble starts people, interrupts and kills.
func (w *shop) trouble(p Process) error {
	for range 80 {
		if err := p.Wait(w.soon() / 2); err != nil {
			return err
		}
		w.crowd = slices.DeleteFunc(w.crowd, func(p Process) bool { return !p.Alive() })
		switch k := w.some(8); {
		case k < 5 || len(w.crowd) == 0:
			start := w.env.Spawn
			if k == 0 {
				start = w.env.Go
			}
			w.crowd = append(w.crowd, start("someone", w.body))
		case k < 7:
			if err := w.crowd[w.some(len(w.crowd))].Interrupt(k); err != nil {
				return err
			}
		default:
			w.crowd[w.some(len(w.crowd))].Kill()
		}
	}
	return nil
}

// Nothing is lost, nothing is doubled, nothing stays behind, and the same seed
// is the same run, also step by step, whatever is interrupted, killed or given up.
func TestStress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		var first []string
		for again := range 2 {
			w, err := openShop(seed)
			if err != nil {
				t.Fatal(err)
			}
			w.env.Go("trouble", w.trouble)
			if again == 0 {
				err = w.s.Run(ctx, sim.Never)
			} else { // step by step, where no wait is in line
				for some := true; some && err == nil; {
					some, err = w.s.Step()
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range w.env.Waiting() {
				w.said = append(w.said, fmt.Sprint(p))
			}
			if n := w.s.Pending(); n != 0 {
				t.Fatalf("%d ghosts in the queue", n)
			}
			w.env.Close()
			w.balance(t)
			if err := w.s.Run(ctx, sim.Never); err != nil {
				t.Fatal(err)
			}
			if again == 0 {
				first = w.said
			} else if !slices.Equal(first, w.said) {
				t.Fatal("the same seed is another run")
			}
		}
	})
}

// balance checks the accounts when all have left.
func (w *shop) balance(t *rapid.T) {
	there := map[int]int{}
	for _, v := range w.store.Items() {
		there[v]++
	}
	for v := range w.put {
		if w.got[v]+there[v] > 1 {
			t.Fatalf("item %d: got %d times, in the store %d times", v, w.got[v], there[v])
		}
	}
	for v := range there {
		if !w.put[v] || w.got[v] > 0 {
			t.Fatalf("item %d is in the store: put %v, got %d times", v, w.put[v], w.got[v])
		}
	}
	lost := len(w.put) - len(w.got) - len(there) // with those who were killed between get and note: none
	if lost != 0 {
		t.Fatalf("%d items are lost of %d put, %d got, %d there", lost, len(w.put), len(w.got), len(there))
	}
	if w.desk.InUse() != 0 || w.desk.Len() != 0 || w.store.Getters()+w.store.Putters() != 0 || len(w.tank.Gets())+len(w.tank.Puts()) != 0 {
		t.Fatalf("%d in use, %d in line; %d, %d; %d, %d", w.desk.InUse(), w.desk.Len(), w.store.Getters(), w.store.Putters(), len(w.tank.Gets()), len(w.tank.Puts()))
	}
	if w.env.Live() != 0 {
		t.Fatalf("%d live", w.env.Live())
	}
	if more := w.tank.Level() - (4 + w.poured - w.drawn); more < 0 || more > 3*w.unsure || more%3 != 0 {
		t.Fatalf("level %d, want 4 + %d - %d (%d unsure)", w.tank.Level(), w.poured, w.drawn, w.unsure)
	}
}
