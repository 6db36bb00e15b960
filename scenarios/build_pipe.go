package scenarios

import (
	"fmt"
	"strings"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// The steps of a pipe that are not stages.
const (
	stepOut    = "out"    // names the result
	stepDetect = "detect" // lets a model look on
)

// A made is a step of a pipe, ready to be made for each channel.
type made struct {
	pos   Position
	stage *analytics.Kind[analytics.Stage]
	model *analytics.Kind[analytics.Model]
	args  analytics.Args
	out   string // channel of a model's score
	alarm string // name of a model's alarm
}

// derive gives blocks the attributes that pipes and `set` put out, before
// channels are numbered.
func (w *world) derive() {
	for i := range w.spec.Pipes {
		p := &w.spec.Pipes[i]
		ids, attrs, ok := SplitChannel(p.On.Src)
		if !ok {
			continue
		}
		for _, b := range w.blocksOf(w.twinsLike(ids)) {
			for n := range b.typ.Attrs {
				if a := b.typ.Attrs[n]; Match(attrs, a.Name) && !a.Truth {
					w.deriveFrom(b, p, a)
				}
			}
		}
	}
	for i := range w.spec.Rules {
		r := &w.spec.Rules[i]
		for k := range r.Then {
			if a := &r.Then[k]; a.Kind == "set" {
				for _, b := range w.blocksOf(w.twinsLike(r.Each.Src)) {
					b.add(devices.Attr{Name: a.What.Src, Doc: "set by rule " + r.Name.Src})
				}
			}
		}
	}
}

func (w *world) blocksOf(list []int32) []*block {
	var all []*block
	last := int32(-1)
	for _, k := range list {
		if n := w.twins[k].block; n != last {
			last = n
			all = append(all, &w.blocks[n])
		}
	}
	return all
}

// add gives a block another attribute, unless it has one of that name.
func (b *block) add(a devices.Attr) {
	for i := range b.attrs {
		if b.attrs[i].Name == a.Name {
			return
		}
	}
	b.attrs = append(b.attrs[:len(b.attrs):len(b.attrs)], a)
}

func (w *world) deriveFrom(b *block, p *Pipe, in devices.Attr) {
	unit := in.Unit
	for i := range p.Steps {
		s := &p.Steps[i]
		switch s.Kind.Src {
		case stepOut:
			if s.Value.Kind == Word {
				b.add(devices.Attr{Name: s.Value.Src, Unit: unit, Doc: in.Name + ", cleaned"})
			}
		case stepDetect:
			b.add(devices.Attr{Name: scoreName(s), Doc: "score of a detector on " + in.Name, High: 1})
		default:
			if k := kindNamed(w.opts.Kinds.Stages, s.Kind.Src); k != nil && k.Output != analytics.ChannelUnit && k.Output != analytics.DeltaUnit {
				unit = "" // a pure number, or a rate whose unit depends on its period
			}
		}
	}
}

func scoreName(s *Step) string {
	for i := range s.Args {
		if s.Args[i].Name.Src == stepOut && s.Args[i].Value.Kind == Word {
			return s.Args[i].Value.Src
		}
	}
	return "score"
}

// pipes builds the pipes of all channels.
func (w *world) pipes() {
	taken := make(map[devices.ChannelID]*Pipe)
	w.madeBy = make(map[devices.ChannelID]devices.ChannelID)
	for i := range w.spec.Pipes {
		p := &w.spec.Pipes[i]
		ready := make(map[string][]made) // by unit of the channel that enters
		var unfed []devices.ChannelID
		for _, m := range w.matchChannels(p.On, measurable) {
			b := &w.blocks[w.twins[m.twin].block]
			in := b.attrs[m.attr]
			if other := taken[m.channel]; other != nil {
				w.report.Add(p.On.Pos, fmt.Sprintf("%s goes through the pipe on %q already", w.channels.Name(m.channel), other.On.Src), "one pipe for each channel", "put the steps into one pipe")
				break
			}
			taken[m.channel] = p
			if !w.fed[m.channel] {
				unfed = append(unfed, m.channel)
			}
			steps, ok := ready[in.Unit]
			if !ok {
				steps = w.steps(p, in.Unit)
				ready[in.Unit] = steps
			}
			if steps != nil && !w.pipe(p, steps, m) {
				break
			}
		}
		w.noteUnfed(unfed)
	}
}

// noteUnfed notes the channels of a pipe that nothing feeds.
func (w *world) noteUnfed(list []devices.ChannelID) {
	switch n := len(list); n {
	case 0:
	case 1:
		w.note("nothing feeds %s: its pipe never runs", w.channels.Name(list[0]))
	default:
		w.note("nothing feeds %s and %d more: their pipes never run", w.channels.Name(list[0]), n-1)
	}
}

func (w *world) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// pipe builds one pipe for one channel.
func (w *world) pipe(p *Pipe, steps []made, m match) bool {
	t := &w.twins[m.twin]
	pipe := twins.Pipe{Name: w.channels.Name(m.channel), In: m.channel, Out: m.channel}
	for i := range steps {
		s := &steps[i]
		var step twins.Step
		var err error
		switch {
		case s.stage != nil:
			step.Stage, err = s.stage.Build(s.args)
		case s.model != nil:
			d := &twins.Detector{Name: s.alarm}
			d.Score, _ = w.channels.Find(t.id, s.out)
			if !w.makes(s, d.Score, m) {
				return false
			}
			d.Model, err = s.model.Build(s.args)
			step.Watch = d
		default:
			pipe.Out, _ = w.channels.Find(t.id, s.out)
			if pipe.Out != pipe.In && !w.makes(s, pipe.Out, m) {
				return false
			}
			continue
		}
		if err != nil {
			w.stageProblem(p, i, err)
			return false
		}
		pipe.Steps = append(pipe.Steps, step)
		if c, ok := step.Stage.(analytics.Counted); ok {
			w.count(p, s.stage.Name, c)
		}
	}
	if err := w.hub.AddPipe(pipe); err != nil {
		w.report.Add(p.On.Pos, err.Error(), "", "")
		return false
	}
	return true
}

// A counted is what one step of a [[pipe]] counts, on all its channels.
type counted struct {
	pipe, stage string
	by          []analytics.Counted
}

// count remembers a stage that counts what it does.
func (w *world) count(p *Pipe, stage string, c analytics.Counted) {
	name := p.Name.Src
	if name == "" {
		name = p.On.Src
	}
	for i := range w.counted {
		if x := &w.counted[i]; x.pipe == name && x.stage == stage {
			x.by = append(x.by, c)
			return
		}
	}
	w.counted = append(w.counted, counted{name, stage, []analytics.Counted{c}})
}

// stageCounts adds up what the stages have counted; what never happened is left out.
func (w *world) stageCounts() []StageCount {
	var all []StageCount
	for i := range w.counted {
		x := &w.counted[i]
		for _, c := range x.by {
			c.Counts(func(what string, n uint64) {
				if n > 0 {
					all = addStage(all, StageCount{x.pipe, x.stage, what, n})
				}
			})
		}
	}
	return all
}

// makes notes that a step on channel m puts out c, which nothing else may feed.
func (w *world) makes(s *made, c devices.ChannelID, m match) bool {
	b := &w.blocks[w.twins[m.twin].block]
	switch other, dup := w.madeBy[c]; {
	case int(c-w.twins[m.twin].base) < len(b.typ.Attrs):
		w.report.Add(s.pos, fmt.Sprintf("%s has a %q of its own", b.typ.Name, s.out), "a name that is not in use", "")
		return false
	case dup:
		w.report.Add(s.pos, fmt.Sprintf("%s is put out twice, from %s and from %s", w.channels.Name(c), w.channels.Name(other), w.channels.Name(m.channel)), "a name of its own for each result", `another name for out`)
		return false
	}
	w.madeBy[c] = m.channel
	w.fed[c] = w.fed[c] || w.fed[m.channel]
	return true
}

// steps makes the steps of a pipe for channels of a unit; nil if something is wrong.
func (w *world) steps(p *Pipe, unit string) []made {
	var all []made
	before := w.problems()
	for i := range p.Steps {
		s := &p.Steps[i]
		m := made{pos: s.Kind.Pos}
		switch s.Kind.Src {
		case stepOut:
			if s.Value.Kind != Word || i != len(p.Steps)-1 {
				w.report.Add(s.Kind.Pos, "out names the result of a pipe", `{ out = "NAME" } as the last step`, "")
			}
			m.out = s.Value.Src
		case stepDetect:
			w.detect(s, &m, unit)
		default:
			m.stage = kindNamed(w.opts.Kinds.Stages, s.Kind.Src)
			if m.stage == nil {
				names := append(kindNames(w.opts.Kinds.Stages), stepDetect, stepOut)
				w.report.Add(s.Kind.Pos, fmt.Sprintf("there is no stage %q", s.Kind), oneOf(names, s.Kind.Src), DidYouMean(s.Kind.Src, names))
				continue
			}
			if s.Args == nil && s.Value.Kind != Table {
				w.report.Add(s.Value.Pos, fmt.Sprintf("%s is %s, not a table of its parameters", s.Kind, s.Value.Kind), fmt.Sprintf("{ %s = { %s } }", s.Kind, paramList(m.stage.Params)), "")
				continue
			}
			m.args = w.args(m.stage.Params, s.Args, unit)
			if err := m.stage.Check(m.args); err != nil && w.clean(before) {
				w.stageProblem(p, i, err)
			}
			if m.stage.Output != analytics.ChannelUnit && m.stage.Output != analytics.DeltaUnit {
				unit = ""
			}
		}
		all = append(all, m)
	}
	if !w.clean(before) {
		return nil
	}
	return all
}

// problems returns how many problems there are so far.
func (w *world) problems() int { return len(w.report.list) + w.report.more }

func (w *world) clean(before int) bool { return w.problems() == before }

func paramList(params []analytics.Param) string {
	text := ""
	for i, p := range params {
		if i > 0 {
			text += ", "
		}
		text += p.Name + " = ..."
	}
	return text
}

// detect reads { detect = { MODEL = { ... }, out = "score", alarm = "NAME" } };
// with alarm = false, whether there is an alarm is left to a rule on the score.
func (w *world) detect(s *Step, m *made, unit string) {
	before := w.problems()
	m.out, m.alarm = scoreName(s), scoreName(s)
	names := kindNames(w.opts.Kinds.Models)
	for i := range s.Args {
		f := &s.Args[i]
		switch f.Name.Src {
		case stepOut:
		case "alarm":
			if m.alarm = f.Value.Src; f.Value.Kind == Flag && !f.Value.Flag {
				m.alarm = "" // it only scores
			}
		default:
			k := kindNamed(w.opts.Kinds.Models, f.Name.Src)
			if k == nil {
				w.report.Add(f.Name.Pos, fmt.Sprintf("there is no model %q", f.Name), oneOf(append(names, "out", "alarm")), DidYouMean(f.Name.Src, names))
				continue
			}
			if m.model != nil {
				w.report.Add(f.Name.Pos, "two models in one detect", "one model a step", "make it a step of its own")
				continue
			}
			m.model = k
			m.args = w.args(k.Params, f.Value.Fields, unit)
			if err := k.Check(m.args); err != nil && w.clean(before) {
				w.paramProblem(f.Name.Pos, k.Params, f.Value.Fields, err)
			}
		}
	}
	if m.model == nil && w.clean(before) {
		w.report.Add(s.Kind.Pos, "detect names no model", `{ detect = { MODEL = { ... }, out = "score" } }, with `+oneOf(names), "")
	}
}

func (w *world) stageProblem(p *Pipe, i int, err error) {
	s := &p.Steps[i]
	var params []analytics.Param
	if k := kindNamed(w.opts.Kinds.Stages, s.Kind.Src); k != nil {
		params = k.Params
	}
	w.paramProblem(s.Kind.Pos, params, s.Args, err)
}

// paramProblem puts what a stage or a model has against its parameters at the
// one it is about.
func (w *world) paramProblem(pos Position, params []analytics.Param, given []Field, err error) {
	what, try, _ := strings.Cut(err.Error(), "; ")
	expected := ""
	if e, ok := err.(*analytics.ParamError); ok {
		for k := range given {
			if given[k].Name.Src == e.Param {
				pos = given[k].Value.Pos
			}
		}
		for k := range params {
			if params[k].Name == e.Param {
				expected = e.Param + ": " + params[k].Doc
			}
		}
	}
	w.report.Add(pos, what, expected, try)
}

// args converts the arguments of a stage or a model on channels of a unit.
func (w *world) args(params []analytics.Param, given []Field, unit string) analytics.Args {
	var args analytics.Args
	for i := range given {
		f := &given[i]
		var p *analytics.Param
		var names []string
		for k := range params {
			names = append(names, params[k].Name)
			if params[k].Name == f.Name.Src {
				p = &params[k]
			}
		}
		if p == nil {
			w.report.Add(f.Name.Pos, fmt.Sprintf("there is no parameter %q", f.Name), oneOf(names, f.Name.Src), DidYouMean(f.Name.Src, names))
			continue
		}
		v, err := w.arg(p, f.Value, unit)
		if err != nil {
			w.problem(f.Value.Text, err)
			continue
		}
		args.Set(p.Name, v)
	}
	return args
}

func (w *world) arg(p *analytics.Param, v Value, unit string) (any, error) {
	switch p.Type {
	case analytics.Number:
		switch p.Unit {
		case analytics.ChannelUnit:
			return w.spec.Number(v, unit)
		case analytics.DeltaUnit:
			return w.delta(v, unit)
		case analytics.RateUnit:
			return w.spec.Number(v, "")
		}
		return w.spec.Number(v, p.Unit)
	case analytics.Integer:
		return w.spec.Number(v, "")
	case analytics.Duration, analytics.Windowed:
		if v.Kind == Number && p.Type == analytics.Windowed {
			return v.Number, nil
		}
		return w.time(v)
	case analytics.Bool:
		if v.Kind != Flag {
			return nil, &mistake{what: v.Kind.String() + " where true or false belongs", expected: "true or false"}
		}
		return v.Flag, nil
	}
	return w.spec.Word(v)
}

// time reads a duration.
func (w *world) time(v Value) (sim.Time, error) {
	if v.Kind != Word {
		return 0, &mistake{what: v.Kind.String() + " where a duration belongs", expected: `a text such as "10 min"`}
	}
	if t, err := ParseDuration(v.Src); err == nil {
		return t, nil
	}
	s, err := w.spec.Number(v, "s")
	if err != nil {
		return 0, err
	}
	return sim.FromSeconds(s)
}

// delta reads a difference on the scale of a unit: 5 K on degC, not 5 degC above 0.
func (w *world) delta(v Value, unit string) (float64, error) {
	to, err := ParseUnit(unit)
	if err != nil {
		return 0, err
	}
	q, err := v.Quantity()
	if err != nil || q.Param != "" || q.Unit.Dim != to.Dim || to.Zero == 0 && q.Unit.Zero == 0 {
		return w.spec.Number(v, unit)
	}
	return q.Value * q.Unit.Num / q.Unit.Den * to.Den / to.Num, nil
}
