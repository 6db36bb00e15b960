package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// maxOnsets bounds how often a fault with `every` comes.
const maxOnsets = 10_000

// faults reads the [[fault]]s: those of sensors go to f, those of twins come back.
func (w *world) faults(f *feeds) []*breaker {
	var assets []*breaker
	names := make(map[string]bool)
	for i := range w.spec.Faults {
		x := &w.spec.Faults[i]
		name := faultTitle(x)
		if names[name] {
			w.report.Add(x.Pos, fmt.Sprintf("there are two faults %q", name), "a name of its own for each", "")
			continue
		}
		names[name] = true
		spans, err := w.onsets(x, name)
		if err != nil {
			w.problem(x.From.Text, err)
			continue
		}
		if _, _, ofChannels := SplitChannel(x.On.Src); ofChannels {
			w.sensorFault(f, x, name, spans)
		} else {
			assets = append(assets, &breaker{name: name, kind: x.Kind.Src, hub: w.hub, faults: w.assetFault(x, spans)})
		}
	}
	return assets
}

// faultTitle returns a fault's name; default KIND ON.
func faultTitle(x *Fault) string {
	if x.Name.Src == "" {
		return x.Kind.Src + " " + x.On.Src
	}
	return x.Name.Src
}

// A capped is a fault that would come more often than is done.
type capped struct {
	name string
	last sim.Time // when it comes the last time
}

// A timespan is from, included, to, not included; to 0 is for ever.
type timespan struct{ from, to sim.Time }

// onsets returns when a fault is there. Laws are drawn from the stream "fault/NAME/times".
func (w *world) onsets(x *Fault, name string) ([]timespan, error) {
	from, end, err := w.faultBounds(x)
	if err != nil {
		return nil, err
	}
	stream := sim.NewStream(w.sim.Seed(), w.sim.Replication(), "fault/"+name+"/times")
	var all []timespan
	for at := from; at < end; {
		s := timespan{at, 0}
		if end != sim.Never {
			s.to = end
		}
		if x.For.Given() {
			d, err := w.drawSpan(x.For, &stream)
			if err != nil {
				return nil, err
			}
			s.to = min(at+max(d, 1), end)
		}
		all = append(all, s)
		if !x.Every.Given() {
			break
		}
		if len(all) == maxOnsets {
			if w.horizon() == 0 {
				w.capped = append(w.capped, capped{name, s.from})
				break // the end is not known: one day it is enough
			}
			return nil, &mistake{what: fmt.Sprintf("the fault %q comes more than %d times", name, maxOnsets), try: "a longer every"}
		}
		d, err := w.drawSpan(x.Every, &stream)
		if err != nil {
			return nil, err
		}
		at += max(d, s.to-at, 1)
		if w.horizon() > 0 && at > w.horizon() {
			break
		}
	}
	return all, nil
}

// faultBounds returns from when until when a fault may be there.
func (w *world) faultBounds(x *Fault) (from, end sim.Time, err error) {
	end = sim.Never
	if from, err = w.spec.Offset(x.From); err != nil || !x.To.Given() {
		return from, end, err
	}
	if end, err = w.spec.Offset(x.To); err == nil && end <= from {
		err = fmt.Errorf("the fault ends at %v, before it begins at %v", end, from)
	}
	return from, end, err
}

// drawSpan draws a duration that may be a law; it is never below 0.
func (w *world) drawSpan(d Duration, stream *sim.Stream) (sim.Time, error) {
	law, err := w.spec.SpanLaw(d)
	if err != nil {
		return 0, err
	}
	if law.Kind == "constant" {
		return sim.FromSeconds(law.Args[0])
	}
	return sim.FromSeconds(max(0, law.Draw(stream)))
}

// horizon returns how long the run is, or 0 if its data say so.
func (w *world) horizon() sim.Time {
	if w.opts.For > 0 {
		return w.opts.For
	}
	if w.spec.Run.Until.Given() {
		at, err := w.spec.Offset(w.spec.Run.Until)
		w.problem(w.spec.Run.Until.Text, err)
		return at
	}
	d, err := w.spec.Span(w.spec.Run.For)
	w.problem(w.spec.Run.For.Text, err)
	return d
}

// sensorFault makes a fault of channels: before the tap where they are
// simulated, after it where they are replayed.
func (w *world) sensorFault(f *feeds, x *Fault, name string, spans []timespan) {
	var kind *synth.FaultKind
	var names []string
	for _, k := range synth.FaultKinds() {
		names = append(names, k.Name)
		if k.Name == x.Kind.Src {
			kind = &k
		}
	}
	if kind == nil {
		w.report.Add(x.Kind.Pos, fmt.Sprintf("sensors have no fault %q", x.Kind), oneOf(names, x.Kind.Src), DidYouMean(x.Kind.Src, names))
		return
	}
	byUnit := make(map[string]map[string]float64)
	for _, m := range w.matchChannels(x.On, measurable) {
		unit := w.blocks[w.twins[m.twin].block].attrs[m.attr].Unit
		with, ok := byUnit[unit]
		if !ok {
			with = w.faultParams(kind, x, unit)
			byUnit[unit] = with
		}
		if with == nil {
			return
		}
		channel := w.channels.Name(m.channel)
		if !w.fed[m.channel] {
			w.report.Add(x.On.Pos, fmt.Sprintf("nothing measures %s, so no sensor can break", channel), "a [[sensor]] on it", "")
			return
		}
		for i, span := range spans {
			// One for each channel, so that no other channel has a say in its random numbers.
			one := synth.Fault{Name: faultName(name, i, channel), Kind: kind.Name, From: span.from, To: span.to,
				With: with, Channels: []devices.ChannelID{m.channel}}
			if err := one.Validate(); err != nil {
				w.report.Add(x.Pos, err.Error(), "", "")
				return
			}
			if f.live[m.channel] {
				f.injected[m.channel] = append(f.injected[m.channel], one)
			} else {
				f.synth.Faults = append(f.synth.Faults, one)
			}
		}
	}
}

// faultName names one onset of a fault on one channel.
func faultName(name string, onset int, channel string) string {
	if onset > 0 {
		name = fmt.Sprintf("%s#%d", name, onset+1)
	}
	return name + " " + channel
}

// faultParams converts the `with` of a fault on channels of a unit; nil if
// something is wrong.
func (w *world) faultParams(kind *synth.FaultKind, x *Fault, unit string) map[string]float64 {
	with := make(map[string]float64)
	before := w.problems()
	for i := range x.With {
		f := &x.With[i]
		var names []string
		var rule synth.UnitRule
		for _, p := range kind.Params {
			names = append(names, p.Name)
			if p.Name == f.Name.Src {
				rule = p.Unit
			}
		}
		if rule == "" {
			w.report.Add(f.Name.Pos, fmt.Sprintf("the fault %s has no parameter %q", kind.Name, f.Name), oneOf(names, f.Name.Src), DidYouMean(f.Name.Src, names))
			continue
		}
		v, err := w.faultParam(rule, f, unit)
		if err != nil {
			w.problem(f.Value.Text, err)
		}
		with[f.Name.Src] = v
	}
	for _, p := range kind.Params {
		if _, ok := with[p.Name]; p.Required && !ok {
			w.report.Add(x.Pos, fmt.Sprintf("the fault %s needs %s: %s", kind.Name, p.Name, p.Doc), fmt.Sprintf("with = { %s = ... }", p.Name), "")
		}
	}
	if !w.clean(before) {
		return nil
	}
	return with
}

func (w *world) faultParam(rule synth.UnitRule, f *Field, unit string) (float64, error) {
	switch rule {
	case synth.ChannelUnit:
		if n := f.Name.Src; n == "value" || n == "low" || n == "high" {
			return w.spec.Number(f.Value, unit)
		}
		return w.delta(f.Value, unit)
	case synth.ChannelPerDay:
		if q, err := f.Value.Quantity(); err == nil && q.Bare {
			return w.delta(f.Value, unit)
		}
		if unit == "" {
			return w.spec.Number(f.Value, "1/d")
		}
		return w.spec.Number(f.Value, unit+"/d")
	case synth.Seconds:
		t, err := w.time(f.Value)
		return t.Seconds(), err
	case synth.PPM:
		return w.spec.Number(f.Value, "ppm")
	}
	return w.spec.Number(f.Value, "")
}

// assetFault makes a fault of twins.
func (w *world) assetFault(x *Fault, spans []timespan) []assetFault {
	var all []assetFault
	for _, k := range w.matchTwins(x.On) {
		b := &w.blocks[w.twins[k].block]
		index, names := -1, []string(nil)
		for n, kind := range b.typ.Faults {
			names = append(names, kind.Name)
			if kind.Name == x.Kind.Src {
				index = n
			}
		}
		plant, ok := w.plantOf[w.twins[k].block].(twins.Breakable)
		if index < 0 || !ok {
			w.report.Add(x.Kind.Pos, fmt.Sprintf("%s has no fault %q", b.typ.Name, x.Kind), oneOf(names, x.Kind.Src), DidYouMean(x.Kind.Src, names))
			return nil
		}
		level := b.typ.Faults[index].Level
		for _, f := range x.With {
			if f.Name.Src != "level" {
				w.report.Add(f.Name.Pos, fmt.Sprintf("the fault %s has no parameter %q", x.Kind, f.Name), "level: "+b.typ.Faults[index].Doc, "")
				return nil
			}
			v, err := w.spec.Number(f.Value, b.typ.Faults[index].Unit)
			w.problem(f.Value.Text, err)
			level = v
		}
		all = append(all, assetFault{plant: plant, twin: k, id: w.twins[k].id, index: index, level: level, spans: spans})
	}
	return all
}

// A breaker is one fault of twins.
type breaker struct {
	name, kind string
	faults     []assetFault
	hub        *twins.Hub
	called     bool // a rule begins it
}

// An assetFault is the actor that breaks and mends one twin of a plant. Each twin
// has its own, named after it, so that in a fork its events find it, and that of
// a new twin is started.
type assetFault struct {
	of    *breaker
	plant twins.Breakable
	twin  int32
	id    string
	index int     // of the kind
	level float64 // in the kind's unit
	spans []timespan
	actor sim.ActorID
	end   sim.Handle // of a called one; kept
}

// add makes the fault of each twin an actor of the run.
func (b *breaker) add(s *sim.Sim) error {
	for i := range b.faults {
		f := &b.faults[i]
		f.of = b
		name := "fault/plant/" + f.id + "/" + b.name
		var err error
		if f.actor, err = s.Add(name, f); err != nil {
			return err
		}
		if !b.called {
			continue
		}
		if err := s.Keep(name, &f.end); err != nil {
			return err
		}
	}
	return nil
}

const (
	breakerEnds int32 = iota
	breakerBegins
)

// Start schedules every onset and end that is not past.
func (f *assetFault) Start(s *sim.Sim) error {
	if f.of.called {
		return nil
	}
	for _, x := range f.spans {
		if x.to > 0 && x.to <= s.Now() {
			continue
		}
		if _, err := s.Schedule(sim.Event{At: max(x.from, s.Now()), Rank: sim.RankPlant, To: f.actor, Kind: breakerBegins}); err != nil {
			return err
		}
		if x.to == 0 {
			continue
		}
		if _, err := s.Schedule(sim.Event{At: x.to, Rank: sim.RankPlant, To: f.actor, Kind: breakerEnds}); err != nil {
			return err
		}
	}
	return nil
}

// begin starts the fault of every twin at this instant, for a span; 0 is for ever.
func (b *breaker) begin(s *sim.Sim, span sim.Time) error {
	for i := range b.faults {
		f := &b.faults[i]
		if _, err := s.Schedule(sim.Event{At: s.Now(), Rank: sim.RankCommand, To: f.actor, Kind: breakerBegins}); err != nil {
			return err
		}
		s.Cancel(f.end) // begun anew, it lasts as long again
		f.end = 0
		if span == 0 {
			continue
		}
		h, err := s.Schedule(sim.Event{At: s.Now().Plus(span), Rank: sim.RankPlant, To: f.actor, Kind: breakerEnds})
		if err != nil {
			return err
		}
		f.end = h
	}
	return nil
}

// Handle starts or ends the fault of the twin.
func (f *assetFault) Handle(s *sim.Sim, e sim.Event) error {
	on := e.Kind == breakerBegins
	kind := "fault end"
	if on {
		kind = "fault"
	}
	f.of.hub.Note(twins.Event{At: s.Now(), Kind: kind, Twin: f.id, Name: f.of.name, Detail: f.of.kind, Value: f.level})
	return f.plant.Fault(f.twin, f.index, on, f.level)
}
