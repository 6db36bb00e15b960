package twins

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
)

// A Pipe is what happens to the readings of one channel before they become the
// state of another, beside the one they came on, or of the same, in their place.
type Pipe struct {
	Name  string            // unique in the run, the same in every build: states are kept under it
	In    devices.ChannelID // whose readings enter
	Out   devices.ChannelID // what the result is called; In for a pipe in place
	Steps []Step
}

// A Step is a stage, or a model that looks at what passes.
type Step struct {
	Stage analytics.Stage
	Watch *Detector
}

// A Detector lets a model look at the readings of a pipe; they pass unchanged.
type Detector struct {
	Model analytics.Model
	Score devices.ChannelID // takes the model's score, in [0,1]
	Name  string            // of the alarm it raises; "" raises none, it only scores
}

// A holder is a stage that holds readings back, and the rest of its pipe.
type holder struct {
	stage analytics.Flusher
	after func(devices.Reading)
}

// AddPipe puts a pipe behind the entry of its channel and hands the states of
// its steps to Keep, each under the name of the pipe, the type of the stage and
// its Shape: in a fork with other steps, or the same in another order, a step goes
// on with its own state or begins anew. A channel has one pipe at most.
func (h *Hub) AddPipe(p Pipe) error {
	if h.entries[p.In].pipe != nil {
		return fmt.Errorf("twins: %s has two pipes; put the steps into one", h.channels.Name(p.In))
	}
	out := p.Out
	next := func(r devices.Reading) {
		r.Channel = out
		h.put(r)
	}
	for i, name := range h.stateNames(&p) {
		if name == "" {
			continue
		}
		if err := h.sim.Keep(name, p.Steps[i].part().(analytics.Stateful).State()); err != nil {
			return err
		}
	}
	var held []holder
	for i := len(p.Steps) - 1; i >= 0; i-- {
		stage, after := p.Steps[i].Stage, next
		if d := p.Steps[i].Watch; d != nil {
			stage = &lookout{Detector: *d, hub: h, in: p.In, alarm: h.alarms.add(p.Name + "/" + h.channels.Name(d.Score))}
		}
		if f, ok := stage.(analytics.Flusher); ok {
			held = append(held, holder{f, after})
		}
		next = func(r devices.Reading) { stage.Apply(r, after) }
	}
	slices.Reverse(held)
	h.held = append(h.held, held...)
	h.entries[p.In] = entry{next, p.In != p.Out}
	return nil
}

// Flush hands on what stages hold back, pipe by pipe, step by step, as if it came
// now: it is for the end of a run, when no reading will come any more, be it that
// the data end or that the run's time is over. It belongs to the run, so the
// caller lets the run handle the events of this instant after it: the rules that
// look at what came out. A source that ends before the run does not flush, for a
// replay of the run's recording could not tell when that was; and neither does a
// run that is interrupted, for it may go on. A second Flush does nothing.
func (h *Hub) Flush() {
	for _, x := range h.held {
		x.stage.Flush(x.after)
	}
}

// Held returns how many readings stages hold back.
func (h *Hub) Held() int {
	n := 0
	for _, x := range h.held {
		n += x.stage.Held()
	}
	return n
}

// part returns the stage or the model of a step.
func (s *Step) part() any {
	if s.Watch != nil {
		return s.Watch.Model
	}
	return s.Stage
}

// stateNames returns the name that each step's state is kept under, "" for a step
// without one.
func (h *Hub) stateNames(p *Pipe) []string {
	names := make([]string, len(p.Steps))
	for i := range p.Steps {
		part := p.Steps[i].part()
		if _, ok := part.(analytics.Stateful); !ok {
			continue
		}
		name := fmt.Sprintf("pipe/%s/%s", p.Name, strings.TrimPrefix(fmt.Sprintf("%T", part), "*"))
		if x, ok := part.(analytics.Shaped); ok {
			name += " " + x.Shape()
		}
		if d := p.Steps[i].Watch; d != nil {
			name += " " + h.channels.Name(d.Score)
		}
		base := name
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s (%d)", base, n)
		}
		names[i] = name
	}
	return names
}

// A lookout is a detector as a stage.
type lookout struct {
	Detector
	hub   *Hub
	in    devices.ChannelID // of the pipe: a reading that a stage kept may have the number of another build
	alarm int
	x     [1]float64
}

// Apply scores r, then learns from it, and passes it on unchanged.
func (l *lookout) Apply(r devices.Reading, emit func(devices.Reading)) {
	l.x[0] = r.Value
	var missing analytics.Mask
	if !r.Quality.Usable() {
		missing = 1
	}
	est := l.Model.Score(r.At, l.x[:], missing)
	l.Model.Learn(r.At, l.x[:], missing)
	emit(r)
	if missing != 0 {
		return
	}
	score := devices.Reading{At: r.At, Value: est.Score, Channel: l.Score, Tag: devices.Tag{Seq: r.Seq}}
	if !est.Ready {
		score.Quality = devices.Warming
	}
	l.hub.put(score)
	if l.Name != "" {
		l.hub.raise(l.alarm, l.Name, l.in, est.Alarm, est.Score)
	}
}

// alarms remembers which alarms are up.
type alarms struct {
	names []string
	Up    []bool
}

func (a *alarms) add(name string) int {
	a.names = append(a.names, name)
	a.Up = append(a.Up, false)
	return len(a.Up) - 1
}

// raise records the edges of an alarm.
func (h *Hub) raise(i int, name string, c devices.ChannelID, up bool, value float64) {
	if h.alarms.Up[i] == up {
		return
	}
	h.alarms.Up[i] = up
	h.Alarm(name, h.channels.Twin(c), h.channels.Name(c), up, value)
}

// Alarm records that an alarm went up or, with up false, down again.
func (h *Hub) Alarm(name, twin, detail string, up bool, value float64) {
	kind := "alarm"
	if up {
		h.Alarms++
	} else {
		kind = "alarm end"
	}
	h.Record(Event{At: h.sim.Now(), Kind: kind, Twin: twin, Name: name, Detail: detail, Value: value})
}
