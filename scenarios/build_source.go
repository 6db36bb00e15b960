package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/sim"
)

// feeds says where the readings of a run come from.
type feeds struct {
	synth    synth.Sampler
	replays  []*replay.Source
	configs  []replay.Config
	entries  [][]*Entry // by config: the lines of the profile that read the file
	injected map[devices.ChannelID][]synth.Fault
	live     map[devices.ChannelID]bool // fed by something else than synth
}

// profile returns the entry that feeds each channel which is not simulated.
func (w *world) profile() map[devices.ChannelID]*Entry {
	name := w.opts.Source
	p := w.profileNamed(name)
	if p == nil && name == "" {
		p = w.profileNamed("default")
	}
	if p == nil && name != "" {
		expected := oneOf(w.profileNames(), name)
		if len(w.spec.Profiles) == 0 {
			expected = fmt.Sprintf("a section [source.%s] in the file; it has no [source.PROFILE] at all", name)
		}
		w.report.Add(Position{}, fmt.Sprintf("there is no source profile %q", name), expected, DidYouMean(name, w.profileNames()))
	}
	all := make(map[devices.ChannelID]*Entry)
	if p != nil {
		w.enter(all, p, nil)
	}
	var set []string
	for on := range w.opts.Set { //order: sorted below
		set = append(set, on)
	}
	slices.Sort(set)
	for _, on := range set {
		from := w.opts.Set[on]
		only := w.matchChannels(Text{Src: on}, measurable)
		if from == "synth" {
			for _, m := range only {
				delete(all, m.channel)
			}
			continue
		}
		p := w.profileNamed(from)
		if p == nil {
			w.report.Add(Position{}, fmt.Sprintf("--set %s=%s: there is no source profile %q", on, from, from), oneOf(append(w.profileNames(), "synth")), "")
			continue
		}
		keep := make(map[devices.ChannelID]bool)
		for _, m := range only {
			keep[m.channel] = true
		}
		w.enter(all, p, keep)
	}
	return all
}

// enter puts the entries of a profile into all; later ones win over earlier.
func (w *world) enter(all map[devices.ChannelID]*Entry, p *Profile, only map[devices.ChannelID]bool) {
	for i := range p.Entries {
		e := &p.Entries[i]
		for _, m := range w.matchChannels(e.On, measurable) {
			if only != nil && !only[m.channel] {
				continue
			}
			switch e.Kind {
			case "synth":
				delete(all, m.channel)
			case "replay":
				all[m.channel] = e
			default:
				w.report.Add(e.On.Pos, fmt.Sprintf("%s sources come with a later release", e.Kind), "replay, or synth", "choose another profile with --source")
				return
			}
		}
	}
}

func (w *world) profileNamed(name string) *Profile {
	for i := range w.spec.Profiles {
		if w.spec.Profiles[i].Name.Src == name {
			return &w.spec.Profiles[i]
		}
	}
	return nil
}

func (w *world) profileNames() []string {
	var names []string
	for i := range w.spec.Profiles {
		names = append(names, w.spec.Profiles[i].Name.Src)
	}
	return names
}

// sensors builds the simulated sensors of all channels that nothing else feeds.
func (w *world) sensors(f *feeds) {
	taken := make(map[devices.ChannelID]bool)
	for i := range w.spec.Sensors {
		s := &w.spec.Sensors[i]
		configs := make(map[string]*synth.Config) // by unit
		stale, err := w.spec.Span(s.Stale)
		w.problem(s.Stale.Text, err)
		for _, m := range w.matchChannels(s.On, measurable) {
			b := &w.blocks[w.twins[m.twin].block]
			if taken[m.channel] {
				w.report.Add(s.On.Pos, fmt.Sprintf("%s has two sensors", w.channels.Name(m.channel)), "one sensor for each channel", "make one of the patterns narrower")
				break
			}
			taken[m.channel] = true
			if stale > 0 {
				w.problem(s.Stale.Text, w.hub.StaleAfter(w.outOf(m), stale))
			}
			if f.live[m.channel] {
				continue
			}
			if b.family == nil {
				w.report.Add(s.On.Pos, fmt.Sprintf("%s has no plant to measure", b.spec.ID), "a source for it in [source.default]", "")
				break
			}
			unit := b.attrs[m.attr].Unit
			c, ok := configs[unit]
			if !ok {
				c = w.sensorConfig(s, unit)
				configs[unit] = c
			}
			if c == nil {
				break
			}
			w.fed[m.channel] = true
			f.synth.Sensors = append(f.synth.Sensors, synth.Sensor{Channel: m.channel, Config: c})
		}
	}
}

// outOf returns the channel that the pipe of a channel feeds, or the channel itself.
func (w *world) outOf(m match) devices.ChannelID {
	t := &w.twins[m.twin]
	for i := range w.spec.Pipes {
		p := &w.spec.Pipes[i]
		if len(p.Steps) == 0 || !Match(p.On.Src, w.channels.Name(m.channel)) {
			continue
		}
		if last := &p.Steps[len(p.Steps)-1]; last.Kind.Src == stepOut {
			if c, ok := w.channels.Find(t.id, last.Value.Src); ok {
				return c
			}
		}
	}
	return m.channel
}

func (w *world) sensorConfig(s *Sensor, unit string) *synth.Config {
	if s.Device.Given() {
		w.report.Add(s.Device.Pos, "data sheets of devices come with a later release", "the sensor's own figures: noise, resolution, lag, ...", "")
		return nil
	}
	if !s.Every.Given() {
		w.report.Add(s.Pos, "the sensor has no every", `every = "10 min"`, "")
		return nil
	}
	c := &synth.Config{}
	var err, err2 error
	c.Every, err = w.spec.Span(s.Every)
	c.Phase, err2 = w.spec.Span(s.Phase)
	w.problem(s.Every.Text, errors.Join(err, err2))
	before := len(w.report.list) + w.report.more
	for i := range s.Chain {
		f := &s.Chain[i]
		if err := w.sensorField(c, f, unit); err != nil {
			w.problem(f.Value.Text, err)
		}
	}
	if !w.clean(before) {
		return nil
	}
	if err := c.Validate(); err != nil {
		w.sensorProblem(s, err)
		return nil
	}
	return c
}

// sensorProblem puts "noise = -1: want 0 or more" at the key it is about.
func (w *world) sensorProblem(s *Sensor, err error) {
	what, expected, _ := strings.Cut(err.Error(), ": want ")
	key, _, _ := strings.Cut(what, " = ")
	switch {
	case key == "every" && s.Every.Given():
		w.report.Add(s.Every.Pos, "every is "+s.Every.Src, expected, "")
		return
	case key == "phase" && s.Phase.Given():
		w.report.Add(s.Phase.Pos, "phase is "+s.Phase.Src, expected, "")
		return
	case key == "low":
		key, expected = "clip", "the lower end first"
	}
	for i := range s.Chain {
		if f := &s.Chain[i]; f.Name.Src == key {
			if expected != "" {
				what = key + " is " + f.Value.Src
			}
			w.report.Add(f.Value.Pos, what, expected, "")
			return
		}
	}
	w.report.Add(s.Pos, what, expected, "")
}

func (w *world) sensorField(c *synth.Config, f *Field, unit string) (err error) {
	v := f.Value
	number := func(to *float64, unit string) error {
		*to, err = w.spec.Number(v, unit)
		return err
	}
	delta := func(to *float64) error { *to, err = w.delta(v, unit); return err }
	span := func(to *sim.Time) error { *to, err = w.time(v); return err }
	switch f.Name.Src {
	case "lag":
		return span(&c.Lag)
	case "gain":
		return number(&c.Gain, "")
	case "offset":
		return delta(&c.Offset)
	case "noise":
		return delta(&c.Noise)
	case "bias_walk":
		return delta(&c.BiasWalk)
	case "bias_revert":
		return span(&c.BiasRevert)
	case "resolution":
		return delta(&c.Resolution)
	case "clock_offset":
		return span(&c.ClockOffset)
	case "clock_drift":
		return number(&c.ClockDrift, "ppm")
	case "jitter":
		return span(&c.Jitter)
	case "dropout":
		return number(&c.Dropout, "")
	case "silent":
		c.Silent = v.Flag
		return nil
	case "clip":
		if len(v.Items) != 2 {
			return &mistake{what: "clip is not a list of two", expected: "clip = [low, high]"}
		}
		if c.Low, err = w.spec.Number(v.Items[0], unit); err == nil {
			c.High, err = w.spec.Number(v.Items[1], unit)
		}
		return err
	}
	return &mistake{what: fmt.Sprintf("a sensor has no %q", f.Name)}
}
