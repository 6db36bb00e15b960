// Package process models with processes: bodies of code that wait, in the run's
// time, for time to pass, for events, for one another and for what they compete
// for. It is layered on the events of package sim, and both are mixed freely in one run.
//
//	s := sim.New(sim.Config{Seed: 1})
//	env, err := process.New(s, process.Config{})
//	...
//	defer env.Close()
//	counter, err := env.NewResource("counter", resource.Config{Capacity: 2})
//	env.Go("customer", func(p process.Process) error {
//		claim, err := counter.Request(p, process.Ask{Patience: 5 * sim.Minute})
//		if err != nil {
//			return err // process.ErrReneged
//		}
//		defer claim.Release()
//		return p.Wait(3 * sim.Minute)
//	})
//	err = s.Run(ctx, 8*sim.Hour)
//
// # SimPy's words and ours
//
//	simpy.Environment()                 sim.New and New
//	env.process(f(env))                 Env.Go; Env.Spawn for crowds; Go for one with a value
//	env.now                             Process.Now
//	yield env.timeout(d)                p.Wait(d), p.Until(t)
//	env.timeout(d, value)               Env.Timeout, Env.TimeoutWith: to be shared and combined
//	yield proc                          p.Join(proc), Task.Join
//	return value                        Go and Task.Join
//	event = env.event()                 NewEvent; its type has a value
//	event.succeed(v), event.fail(e)     Event.Succeed, Event.Fail
//	yield event                         Event.Wait, p.WaitFor
//	event.callbacks.append(f)           Event.OnDone
//	event.defused = True                Event.Defuse, Process.Defuse
//	a & b, all_of                       Env.AllOf
//	a | b, any_of                       Env.AnyOf
//	proc.interrupt(cause)               Process.Interrupt
//	except simpy.Interrupt as i         errors.As(err, &in) with an *Interrupted
//	proc.is_alive                       Process.Alive
//	proc.target                         Env.Waiting, sim.Sim.Waiting
//	Resource(env, capacity)             Env.NewResource with resource.Config{Capacity: n}
//	PriorityResource                    ... with Discipline: resource.Priority
//	PreemptiveResource                  ... with Preemptive: true
//	Preempted(by, usage_since)          *Preempted, the cause of the interrupt
//	with res.request() as req:          c, err := res.Request(p, Ask{}); defer c.Release()
//	yield req | env.timeout(5)          res.Request(p, Ask{Patience: 5 * sim.Second})
//	Container, put, get                 Env.NewContainer, Container.Put, Container.Get
//	Store                               NewStore
//	FilterStore, get(filter)            Store.GetWithin
//	PriorityStore                       NewStore with StoreConfig.Before
//	store.get() in a condition          Store.Getting, Store.Putting, Container.Getting, Resource.Requesting
//	env.run(until=t)                    sim.Sim.Run; events at t are included
//	env.run(until=event)                Env.RunUntil
//	env.step(), env.peek()              sim.Sim.Step, sim.Sim.Next
//
// What SimPy has not: Process.Kill, Passivate and Activate, WaitUntil with a
// [Condition], [Timer], Env.Close.
//
// # Errors
//
// Each wait returns an error, and the usual thing to do with it is to return it.
// It is an [Interrupted] if somebody interrupted the process, [ErrReneged] if its
// patience ran out, or whatever the thing failed with that it waited for. A
// process that returns an error hands it to those who join it, wrapped in a
// [Failure] with its name and time; if nobody has joined by the end of that turn, it ends
// the run. errors.Is and errors.As see through the chain. A panic ends the run in any case.
//
// # Order
//
// Of one instant, processes go on in the order of what wakes them, among all
// other events of their rank ([Config].Rank). Before that come, in the order in which
// they were asked for, processes that were started, interrupted or killed: as soon as the process that did
// it waits. Nobody else runs between: a body runs until it waits.
//
// # Cancellation
//
// Nothing is left behind by a wait that ended in another way than by its end: timers
// leave the queue of the run, and who stood in a line leaves it, or, if it was given something
// of which it was not told yet, gives that back: an item goes to its place in the store. Only what is held
// by name stays as it is: a [Claim] until Release, and a [Getting], [Putting] or
// [Asking] that is waited for by itself, until Cancel.
//
// # Cost
//
// A process is a coroutine of iter.Pull, 3.4 kB. Coroutines are used again, and
// waits, stores and resources do not allocate. If nothing else happens before
// a wait is over, the time moves on without a switch. docs/processes.md of the
// module has figures, and the semantics beside SimPy's, point by point.
//
// A stack can't be saved: saving a run with a live process is an error that names
// it. Replay such a run from its start, or write what has to be saved as an
// actor with the resources of package resource.
package process
