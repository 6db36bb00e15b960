package scenarios

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A Run is one replication of a scenario, built and ready to be executed.
type Run struct {
	world   *world
	engine  *engine
	kpis    *kpis
	feeds   *feeds
	reorder *twins.Reorder
	taps    *recorded
	end     sim.Time
	stop    *stopper // of a run that ends with its data
	flushed flushed
}

// flushed says that the run has ended and handed on what its stages held. It is
// saved with the run.
type flushed struct {
	Done   bool
	At     sim.Time // the first time
	Beyond bool     // it was loaded and went on all the same
}

// Build makes one replication of a scenario. What is wrong with the scenario
// comes back as a *[Problems], at the places of the file.
func Build(spec *Spec, o Options) (*Run, error) {
	s := spec.Clone()
	s.Report = spec.Report.fresh()
	s.changing = s.changedParams()
	w := &world{spec: s, opts: &o, report: s.Report}
	if err := w.setParams(); err != nil {
		return nil, err
	}
	seed := s.Run.Seed
	if o.Seed != nil {
		seed = *o.Seed
	}
	w.sim = sim.New(sim.Config{Seed: seed, Replication: o.Replication, Clock: o.Clock})
	r := &Run{world: w}
	for _, phase := range []func() error{r.people, r.sources, r.judges} {
		if err := phase(); err != nil {
			return nil, err
		}
		if err := w.report.Err(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (w *world) setParams() error {
	var names []string
	for name := range w.opts.Params { //order: each is set once, errors are sorted by Err
		names = append(names, name)
	}
	var err error
	for _, name := range sorted(names) {
		err = errors.Join(err, w.spec.SetParam(name, w.opts.Params[name]))
	}
	return err
}

// people makes twins, channels and the hub.
func (r *Run) people() error {
	w := r.world
	w.expand()
	if err := w.report.Err(); err != nil {
		return err
	}
	w.derive()
	if err := w.number(); err != nil {
		return err
	}
	w.fill()
	w.connect()
	if err := w.report.Err(); err != nil {
		return err
	}
	var err error
	w.hub, err = twins.NewHub(w.sim, w.channels, w.opts.Sinks...)
	return err
}

// sources makes plants, sensors, replays, pipes and faults.
func (r *Run) sources() error {
	w := r.world
	f := &feeds{live: make(map[devices.ChannelID]bool), injected: make(map[devices.ChannelID][]synth.Fault)}
	r.feeds = f
	w.replays(f, w.profile())
	if err := w.report.Err(); err != nil {
		return err
	}
	if err := w.findEpoch(f); err != nil {
		return err
	}
	if err := w.plants(); err != nil {
		return err
	}
	w.sensors(f)
	w.pipes()
	assets := w.faults(f)
	if err := w.report.Err(); err != nil {
		return err
	}
	for _, b := range assets {
		if err := b.add(w.sim); err != nil {
			return err
		}
	}
	if err := w.inject(f); err != nil {
		return err
	}
	emit, err := r.entry()
	if err != nil {
		return err
	}
	if w.opts.Recording != nil {
		return r.startRecording()
	}
	if err := w.startReplays(f, emit); err != nil {
		return err
	}
	if len(f.synth.Sensors) == 0 {
		return nil
	}
	f.synth.Channels, f.synth.Truth = w.channels, w.truth
	f.synth.Probe = w.probe(f.synth.Sensors)
	return f.synth.Start(w.sim, emit)
}

// entry returns where sources emit to: the hub, or the reorder window before it.
func (r *Run) entry() (devices.Emit, error) {
	w := r.world
	window, err := w.spec.Span(w.spec.Run.Reorder)
	if err != nil || window == 0 {
		return w.hub.Ingest, err
	}
	r.reorder, err = w.hub.Reorder("twins/reorder", window, w.spec.Run.Late.Src == "keep")
	if err != nil {
		return nil, err
	}
	return r.reorder.Take, nil
}

// probe returns the truth of the channels that have sensors.
func (w *world) probe(sensors []synth.Sensor) func(devices.ChannelID, sim.Time) float64 {
	if len(w.planted) == 1 {
		for _, plant := range w.planted { //order: there is one
			return plant.Probe
		}
	}
	of := make(map[devices.ChannelID]twins.Plant, len(sensors))
	for i := range w.twins {
		t := &w.twins[i]
		for n := range w.blocks[t.block].typ.Attrs {
			of[t.base+devices.ChannelID(n)] = w.plantOf[t.block]
		}
	}
	return func(c devices.ChannelID, at sim.Time) float64 { return of[c].Probe(c, at) }
}

// truth notes the start and the end of a sensor's fault.
func (w *world) truth(e synth.FaultEvent) {
	kind, channel := "fault", w.channels.Name(e.Channel)
	if !e.Active {
		kind = "fault end"
	}
	w.hub.Note(twins.Event{At: e.At, Kind: kind, Twin: w.channels.Twin(e.Channel), Name: strings.TrimSuffix(e.Fault, " "+channel),
		Detail: e.Kind + " " + channel, Value: e.Severity})
}

// inject makes faults act on replayed channels, after the tap.
func (w *world) inject(f *feeds) error {
	if len(f.injected) == 0 {
		return nil
	}
	in := &synth.Injector{Name: "tap", Channels: w.channels, Truth: w.truth}
	for c := devices.ChannelID(0); int(c) < w.channels.Len(); c++ {
		if len(f.injected[c]) > 0 {
			in.Faults = append(in.Faults, f.injected[c]...)
			w.hub.Distort(c, in.Apply)
		}
	}
	return in.Start(w.sim)
}

// judges makes rules and KPIs, and decides when the run ends.
func (r *Run) judges() error {
	w := r.world
	var err error
	if r.engine, err = w.rules(); err != nil {
		return err
	}
	if r.kpis, err = w.kpis(r.engine); err != nil {
		return err
	}
	if err := r.keep(); err != nil {
		return err
	}
	w.checkChecks()
	r.end = sim.Never
	if d := w.horizon(); d > 0 {
		r.end = d
		return nil
	}
	if len(r.feeds.replays) == 0 && r.taps == nil && w.opts.Recording == nil {
		w.report.Add(w.spec.Run.Pos, "the run never ends: it has neither a for nor data that end", `for = "30 d" in [run]`, "")
		return nil
	}
	stop := &stopper{run: r}
	r.stop = stop
	stop.listen()
	if err := w.sim.Keep("stop", &stop.ended); err != nil {
		return err
	}
	if stop.id, err = w.sim.Add("stop", stop); err != nil {
		return err
	}
	return nil
}

// Execute runs to the end of the scenario: to `for` or `until`, or until its
// data end. Results so far stay readable when it returns early.
func (r *Run) Execute(ctx context.Context) error {
	s := r.world.sim
	if r.stop == nil || !r.stop.ended {
		if r.flushed.Done && s.Now() < r.end {
			r.flushed.Beyond = true
		}
		err := s.Run(ctx, r.end)
		if err != nil && !errors.Is(err, errDataEnded) {
			return err
		}
		if err == nil && s.Now() < r.end { // stopped, or at a breakpoint
			return nil
		}
	}
	if r.taps != nil && r.taps.state.Cut != "" {
		return nil // as the run that was recorded: it was interrupted before its end
	}
	if err := ctx.Err(); err != nil { // in the last instant: the run may go on, so it hands on nothing
		return err
	}
	r.world.hub.Flush()
	if !r.flushed.Done {
		r.flushed.Done, r.flushed.At = true, s.Now()
	}
	return s.Run(context.WithoutCancel(ctx), s.Now()) // rules look at what came out
}

// Close closes the files of the run's sources.
func (r *Run) Close() error {
	var err error
	for _, s := range r.feeds.replays {
		err = errors.Join(err, s.Close())
	}
	if r.taps != nil {
		err = errors.Join(err, r.taps.close())
	}
	return err
}

// Sim returns the run's simulation, to step it, save it or load it.
func (r *Run) Sim() *sim.Sim { return r.world.sim }

// End returns when the run ends; sim.Never if its data say so.
func (r *Run) End() sim.Time { return r.end }

// Start returns the calendar time of the run's time 0; the zero time if nothing says.
func (r *Run) Start() time.Time { return r.world.epoch }

// Channels returns the channels of the run.
func (r *Run) Channels() *devices.Channels { return r.world.channels }

// Hub returns the hub that all readings pass.
func (r *Run) Hub() *twins.Hub { return r.world.hub }

// Sources returns the counters of each file that is replayed, in the order of
// the scenario.
func (r *Run) Sources() []replay.Counters {
	var all []replay.Counters
	for _, s := range r.feeds.replays {
		all = append(all, s.Counters())
	}
	return all
}

// errDataEnded ends a run whose data have ended.
var errDataEnded = errors.New("the data have ended")

// A stopper ends a run without `for` at the end of the instant of its last reading.
type stopper struct {
	run   *Run
	id    sim.ActorID
	ended bool // kept: a run that has ended is not run on
}

// listen has every source tell when its data have ended.
func (x *stopper) listen() {
	for _, src := range x.run.feeds.replays {
		src.Ended = x.look
	}
	if x.run.taps != nil {
		x.run.taps.ended = x.look
	}
}

// look has the run ended after this instant, if all data have ended.
func (x *stopper) look(s *sim.Sim) error {
	for _, src := range x.run.feeds.replays {
		if x.run.taps == nil && !src.Done() {
			return nil
		}
	}
	if x.run.taps != nil && !x.run.taps.done() {
		return nil
	}
	return x.again(s, s.Now())
}

func (x *stopper) again(s *sim.Sim, at sim.Time) error {
	_, err := s.Schedule(sim.Event{At: at, Rank: sim.RankCommand, To: x.id})
	return err
}

// Handle ends the run when nothing is left at this instant, nor in the reorder window.
func (x *stopper) Handle(s *sim.Sim, _ sim.Event) error {
	next, ok := s.Next()
	held := x.run.reorder != nil && x.run.reorder.Held() > 0
	if ok && (held || next == s.Now()) {
		return x.again(s, next)
	}
	x.ended = true
	return errDataEnded
}
