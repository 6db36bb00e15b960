package scenarios

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/sim"
)

// feeds says where the readings of a run come from.
type feeds struct {
	synth    synth.Sampler
	blockOf  []int32 // by sensor of synth: its twin's block
	replays  []*replay.Source
	configs  []replay.Config
	injected map[devices.ChannelID][]synth.Fault
	live     map[devices.ChannelID]bool // fed by something else than synth
}

// replayKeys are the keys of a profile's entry that all columns of a file share.
var replayKeys = []string{"time", "time_format", "zone", "step", "key", "missing", "order", "delimiter", "decimal", "skip", "format", "strict"}

// profile returns the entry that feeds each channel which is not simulated.
func (w *world) profile() map[devices.ChannelID]*Entry {
	name := w.opts.Source
	p := w.profileNamed(name)
	if p == nil && name == "" {
		p = w.profileNamed("default")
	}
	if p == nil && name != "" {
		w.report.Add(Position{}, fmt.Sprintf("there is no source profile %q", name), oneOf(w.profileNames()), DidYouMean(name, w.profileNames()))
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

// replays groups the entries by file, in the order of the channels.
func (w *world) replays(f *feeds, entries map[devices.ChannelID]*Entry) {
	place := make(map[string]int)
	for c := devices.ChannelID(0); int(c) < w.channels.Len(); c++ {
		e := entries[c]
		if e == nil {
			continue
		}
		f.live[c] = true
		w.fed[c] = true
		k := e.Address.Src
		for _, name := range replayKeys {
			if v, ok := e.field(name); ok {
				k += "\x00" + name + "=" + v.Raw
			}
		}
		i, ok := place[k]
		if !ok {
			i = len(f.configs)
			place[k] = i
			f.configs = append(f.configs, w.replayConfig(e, i))
		}
		f.configs[i].Columns = append(f.configs[i].Columns, w.column(e, c))
	}
}

func (e *Entry) field(name string) (Value, bool) {
	for i := range e.Keys {
		if e.Keys[i].Name.Src == name {
			return e.Keys[i].Value, true
		}
	}
	return Value{}, false
}

func (e *Entry) word(name string) string {
	v, _ := e.field(name)
	return v.Src
}

func (e *Entry) list(name string) []string {
	v, ok := e.field(name)
	if !ok {
		return nil
	}
	if v.Kind != List {
		return []string{v.Src}
	}
	var all []string
	for _, x := range v.Items {
		all = append(all, x.Src)
	}
	return all
}

func (w *world) replayConfig(e *Entry, i int) replay.Config {
	file := e.Address.Src
	if file == "data" {
		file = w.opts.Data
		if file == "" {
			w.report.Add(e.Address.Pos, "this scenario replays a file that you name", "--data FILE", "")
		}
	}
	c := replay.Config{
		Name: fmt.Sprintf("replay/%d", i), File: file,
		Open:   func() (io.ReadCloser, error) { return w.opts.open(file) },
		Format: replay.Format(e.word("format")), Time: e.list("time"), TimeFormat: e.word("time_format"),
		Zone: e.word("zone"), Key: e.word("key"), Missing: e.list("missing"), Order: replay.Order(e.word("order")),
	}
	if c.Zone == "" && w.spec.Run.Zone != nil {
		c.Location = w.spec.Run.Zone
	}
	for _, k := range []struct {
		name string
		to   *byte
	}{{"delimiter", &c.Delimiter}, {"decimal", &c.Decimal}} {
		if v, ok := e.field(k.name); ok {
			if len(v.Src) != 1 {
				w.report.Add(v.Pos, fmt.Sprintf("%s is %q", k.name, v.Src), "one character", "")
				continue
			}
			*k.to = v.Src[0]
		}
	}
	if v, ok := e.field("step"); ok {
		t, err := w.time(v)
		c.Step = t
		w.problem(v.Text, err)
	}
	if v, ok := e.field("skip"); ok {
		c.Skip = int(v.Number)
	}
	if v, ok := e.field("strict"); ok {
		c.Strict = v.Flag
	}
	return c
}

// column says which cells feed a channel, and how they are converted.
func (w *world) column(e *Entry, c devices.ChannelID) replay.Column {
	attr := w.channels.Attr(c)
	k := replay.Column{Column: e.word("column"), Channel: c, Match: e.word("match"), Flag: e.word("flag"), Good: e.list("good"), Scale: 1}
	if k.Column == "" {
		k.Column = attr.Name
	}
	if v, ok := e.field("column"); ok && v.Kind == Number {
		k.Column = strconv.Itoa(int(v.Number))
	}
	for _, x := range []struct {
		name string
		to   *float64
	}{{"scale", &k.Scale}, {"offset", &k.Offset}} {
		if v, ok := e.field(x.name); ok {
			n, err := w.spec.Number(v, "")
			*x.to = n
			w.problem(v.Text, err)
		}
	}
	if v, ok := e.field("unit"); ok {
		from, err := ParseUnit(v.Src)
		to, _ := ParseUnit(attr.Unit)
		var zero, one float64
		if err == nil {
			zero, err = from.Convert(0, to)
		}
		if err == nil {
			one, err = from.Convert(1, to)
		}
		if err != nil {
			w.report.AddError(v.Text, err)
		}
		k.Scale, k.Offset = k.Scale*(one-zero), k.Offset*(one-zero)+zero
	}
	return k
}

// findEpoch sets the calendar time of run time 0: that of the scenario, else the
// first stamp of the data.
func (w *world) findEpoch(f *feeds) error {
	w.epoch = w.spec.Run.Start
	if !w.epoch.IsZero() {
		return nil
	}
	for i := range f.configs {
		first, ok, err := firstStamp(f.configs[i])
		if err != nil {
			return err
		}
		if ok && (w.epoch.IsZero() || first.Before(w.epoch)) {
			w.epoch = first
		}
	}
	if w.spec.Run.Zone != nil {
		w.epoch = w.epoch.In(w.spec.Run.Zone)
	}
	return nil
}

// firstStamp returns the calendar time of a file's first row, if it has one.
func firstStamp(c replay.Config) (time.Time, bool, error) {
	if c.Step > 0 {
		return time.Time{}, false, nil
	}
	r, err := replay.NewReader(c)
	if err != nil {
		return time.Time{}, false, err
	}
	defer r.Close()
	var row replay.Row
	if err := r.Next(&row); errors.Is(err, io.EOF) {
		return time.Time{}, false, nil
	} else if err != nil {
		return time.Time{}, false, err
	}
	return time.Unix(0, r.State().Epoch).UTC(), true, nil
}

// startReplays opens the files and starts the sources that read them.
func (w *world) startReplays(f *feeds, emit devices.Emit) error {
	for i := range f.configs {
		c := f.configs[i]
		if c.Step == 0 {
			c.Epoch = w.epoch
		}
		src, err := replay.New(c)
		if err != nil {
			return err
		}
		f.replays = append(f.replays, src)
		if err := src.Start(w.sim, emit); err != nil {
			return err
		}
	}
	return nil
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
		w.report.Add(s.Pos, err.Error(), "", "")
		return nil
	}
	return c
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
