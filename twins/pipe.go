package twins

import (
	"fmt"

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

// AddPipe puts a pipe behind the entry of its channel and hands the states of
// its steps to Keep. A channel has one pipe at most.
func (h *Hub) AddPipe(p Pipe) error {
	if h.entries[p.In].pipe != nil {
		return fmt.Errorf("twins: %s has two pipes; put the steps into one", h.channels.Name(p.In))
	}
	out := p.Out
	next := func(r devices.Reading) {
		r.Channel = out
		h.put(r)
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		stage, after := p.Steps[i].Stage, next
		if d := p.Steps[i].Watch; d != nil {
			stage = &lookout{Detector: *d, hub: h, alarm: h.alarms.add(fmt.Sprintf("%s/%d", p.Name, i))}
		}
		if st, ok := stage.(analytics.Stateful); ok {
			if err := h.sim.Keep(fmt.Sprintf("pipe/%s/%d", p.Name, i), st.State()); err != nil {
				return err
			}
		}
		next = func(r devices.Reading) { stage.Apply(r, after) }
	}
	h.entries[p.In] = entry{next, p.In != p.Out}
	return nil
}

// A lookout is a detector as a stage.
type lookout struct {
	Detector
	hub   *Hub
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
		l.hub.raise(l.alarm, l.Name, r.Channel, est.Alarm, est.Score)
	}
}

// State returns the model's state, or nil if it has none.
func (l *lookout) State() any {
	if st, ok := l.Model.(analytics.Stateful); ok {
		return st.State()
	}
	return &struct{ None bool }{}
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
