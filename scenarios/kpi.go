package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A kpiFunc is a function of KPI expressions. Its arguments are texts.
type kpiFunc struct {
	name string
	args string // as in docs/scenario.md
	doc  string
}

var kpiFuncs = []kpiFunc{
	{"total", "'TWINS', 'ATTR'", "sum over the twins, in the end; true if there is a plant, else as last known; twins of which nothing is known don't count"},
	{"average", "'TWINS', 'ATTR'", "mean over the twins, in the end"},
	{"lowest", "'TWINS', 'ATTR'", "smallest of the twins, in the end"},
	{"highest", "'TWINS', 'ATTR'", "largest of the twins, in the end"},
	{"last", "'TWINS', 'ATTR'", "mean over the twins of the last value known"},
	{"rms_error", "'TWINS', 'TRUE', 'KNOWN'", "root mean square of KNOWN minus TRUE, over all values that came"},
	{"fired", "'RULE'", "how often a rule fired"},
	{"commands", "'TWINS.VERB'", "how many such commands were given"},
	{"alarms", "", "how many alarms were raised"},
	{"readings", "", "how many readings came"},
	{"count", "'TWINS'", "how many twins there are"},
	{"days", "", "how long the run was, in days"},
}

// kpis compute what a run came to.
type kpis struct {
	world  *world
	engine *engine
	calls  []kpiCall
	list   []kpi
	ctx    *rules.Context
	params []float64 // one for each call
	meter  *meter
	given  *orders
}

type kpi struct {
	spec    *KPI
	formula *rules.Formula
	unit    string // that the value is shown in
	to      rescale
}

// A kpiCall is one distinct call in a KPI expression.
type kpiCall struct {
	name  string
	args  []string
	twins []int32
	attrs []devices.ChannelID // by twin
	meter int                 // of rms_error
	unit  measure
}

// kpis compiles the KPIs.
func (w *world) kpis(e *engine) (*kpis, error) {
	k := &kpis{world: w, engine: e, meter: &meter{world: w, of: make(map[devices.ChannelID][]int)}, given: &orders{count: map[string]uint64{}}}
	env := &rules.Env{
		Lookup: func(path []string) (rules.Ref, error) {
			if path[0] == "p" && len(path) == 2 {
				return w.lookupParam(path[1])
			}
			return rules.Ref{}, rules.ErrUnknown
		},
		Names: func([]string) []string {
			var names []string
			for _, p := range w.spec.paramNames() {
				names = append(names, "p."+p)
			}
			return names
		},
		Call:    k.call,
		Instead: map[string]string{"sum": "total('TWINS', 'ATTR')", "mean": "average('TWINS', 'ATTR')", "min": "lowest('TWINS', 'ATTR')", "max": "highest('TWINS', 'ATTR')", "len": "count('TWINS')"},
	}
	for _, f := range kpiFuncs {
		env.Calls = append(env.Calls, f.name)
	}
	k.params = append(k.params, w.params[:len(w.spec.Params)]...)
	for i := range w.spec.KPIs {
		x := &w.spec.KPIs[i]
		f, err := rules.NewFormula(x.Expr.Src, env)
		if err != nil {
			w.problem(x.Expr, err)
			continue
		}
		one := kpi{spec: x, formula: f}
		if k.measured(&one) {
			k.list = append(k.list, one)
		}
	}
	k.ctx = rules.NewContext(rules.State{Params: k.params, Words: w.words})
	if len(k.meter.pairs) > 0 {
		w.hub.AddSink(k.meter)
		if err := w.sim.Keep("kpi/errors", (*meterSave)(k.meter)); err != nil {
			return nil, err
		}
	}
	if k.given.used {
		w.hub.AddSink(k.given)
		if err := w.sim.Keep("kpi/commands", (*ordersSave)(k.given)); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// call resolves a function to the slot that its result will lie in.
func (k *kpis) call(name string, args []string) (rules.Ref, error) {
	var f *kpiFunc
	for i := range kpiFuncs {
		if kpiFuncs[i].name == name {
			f = &kpiFuncs[i]
		}
	}
	if f == nil {
		return rules.Ref{}, rules.ErrUnknown
	}
	want := strings.Count(f.args, "'") / 2
	if len(args) != want {
		s := "s"
		if want == 1 {
			s = ""
		}
		return rules.Ref{}, &rules.Refusal{What: fmt.Sprintf("%s takes %d argument%s, not %d", name, want, s, len(args)), Expected: fmt.Sprintf("%s(%s): %s", name, f.args, f.doc)}
	}
	c := kpiCall{name: name, args: args}
	if err := k.resolve(&c); err != nil {
		return rules.Ref{}, err
	}
	slot := len(k.params)
	k.params = append(k.params, 0)
	k.calls = append(k.calls, c)
	return rules.Ref{Space: rules.Params, Base: rules.Absolute, Slot: int32(slot)}, nil
}

func (k *kpis) resolve(c *kpiCall) error {
	w := k.world
	switch c.name {
	case "fired":
		var names []string
		for _, r := range k.engine.rules {
			if names = append(names, r.name); r.name == c.args[0] {
				return nil
			}
		}
		return &rules.Refusal{What: fmt.Sprintf("there is no rule %q", c.args[0]), Word: c.args[0], Known: names, Arg: 1}
	case "commands":
		k.given.used = true
		return w.givable(c.args[0])
	case "alarms", "readings", "days":
		return nil
	}
	if c.twins = w.twinsLike(c.args[0]); len(c.twins) == 0 {
		return w.noTwin(c.args[0])
	}
	if c.name == "count" {
		return nil
	}
	for _, t := range c.twins {
		ch, err := w.attribute(t, c.args[1], 2)
		if err != nil {
			return err
		}
		c.attrs = append(c.attrs, ch)
		if err := c.measure(w, t, ch); err != nil {
			return err
		}
		if c.name != "rms_error" {
			continue
		}
		known, err := w.attribute(t, c.args[2], 3)
		if err != nil {
			return err
		}
		if w.plantOf[w.twins[t].block] == nil {
			return &rules.Refusal{What: fmt.Sprintf("%s has no plant, so nothing is known of its true %s", w.twins[t].id, c.args[1]), Expected: "twins that are simulated", Arg: 1}
		}
		if len(c.attrs) == 1 {
			c.meter = len(k.meter.Sums)
			k.meter.Sums = append(k.meter.Sums, errorSum{Call: strings.Join(c.args, "\x00")})
		}
		k.meter.add(known, ch, w.plantOf[w.twins[t].block], c.meter)
	}
	return nil
}

// givable reports why no command can ever fit "TWINS.VERB".
func (w *world) givable(pattern string) error {
	ids, verb, ok := SplitChannel(pattern)
	if !ok {
		return &rules.Refusal{What: fmt.Sprintf("%q names no command", pattern), Expected: "'TWINS.VERB', such as 'valve-*.open'", Arg: 1}
	}
	list := w.twinsLike(ids)
	if len(list) == 0 {
		return w.noTwin(ids)
	}
	var names []string
	for _, b := range w.blocksOf(list) {
		for _, name := range verbNames(b.typ) {
			if Match(verb, name) {
				return nil
			}
			names = append(names, name)
		}
	}
	return &rules.Refusal{What: fmt.Sprintf("%s take no command %q", ids, verb), Word: verb, Known: names, Arg: 1}
}

// noTwin is the error of a function whose first argument fits no twin.
func (w *world) noTwin(pattern string) error {
	return &rules.Refusal{What: fmt.Sprintf("no twin is called %q", pattern), Expected: "the id of a twin, or a pattern of ids: " + oneOf(w.populations()),
		Try: DidYouMean(pattern, w.ids()), Arg: 1}
}

// attribute finds a channel by what the function's argument arg says.
func (w *world) attribute(t int32, name string, arg int) (devices.ChannelID, error) {
	ch, ok := w.channels.Find(w.twins[t].id, name)
	if !ok {
		var names []string
		b := &w.blocks[w.twins[t].block]
		for i := range b.attrs {
			names = append(names, b.attrs[i].Name)
		}
		return ch, &rules.Refusal{What: fmt.Sprintf("%s has no %q", w.twins[t].id, name), Word: name, Known: names, Arg: arg}
	}
	return ch, nil
}

// values computes the KPIs as of now. One that can't be computed is NaN.
func (k *kpis) values() []KPIValue {
	w := k.world
	copy(k.params, w.params[:len(w.spec.Params)])
	for i := range k.calls {
		k.params[len(w.spec.Params)+i] = k.value(&k.calls[i])
	}
	k.ctx.Set(w.sim.Now())
	var all []KPIValue
	for _, x := range k.list {
		v, known, err := x.formula.Eval(k.ctx, nil)
		one := KPIValue{Name: x.spec.Name.Src, Unit: x.unit, Better: x.spec.Better.Src}
		if err != nil {
			one.Why = err.Error()
		}
		if !known || err != nil {
			v = math.NaN()
		}
		one.Value = x.to.of(v)
		all = append(all, one)
	}
	return all
}

func (k *kpis) value(c *kpiCall) float64 {
	w := k.world
	switch c.name {
	case "fired":
		for _, r := range k.engine.rules {
			if r.name == c.args[0] {
				return float64(r.state.Fired)
			}
		}
	case "commands":
		return k.given.matching(c.args[0])
	case "alarms":
		return float64(w.hub.Alarms)
	case "readings":
		return float64(w.hub.Tapped.Readings)
	case "days":
		return w.sim.Now().Days()
	case "count":
		return float64(len(c.twins))
	case "rms_error":
		s := k.meter.Sums[c.meter]
		return math.Sqrt(s.Squares / float64(s.N))
	}
	return k.over(c)
}

// over folds the values of the twins. Those of which nothing is known don't
// count; if nothing is known of any, the result is NaN.
func (k *kpis) over(c *kpiCall) float64 {
	w := k.world
	var sum, n float64
	low, high := math.Inf(1), math.Inf(-1)
	for i, t := range c.twins {
		v, known := w.hub.State.Value[c.attrs[i]], w.hub.State.Known[c.attrs[i]]
		if plant := w.plantOf[w.twins[t].block]; plant != nil && c.name != "last" && w.ofPlant(t, c.attrs[i]) {
			v, known = plant.Probe(c.attrs[i], w.sim.Now()), true
		}
		if !known {
			continue
		}
		n++
		sum += v
		low, high = min(low, v), max(high, v)
	}
	switch {
	case n == 0:
		return math.NaN()
	case c.name == "total":
		return sum
	case c.name == "lowest":
		return low
	case c.name == "highest":
		return high
	}
	return sum / n
}

// ofPlant reports whether a channel is one of the type's own, not a derived one.
func (w *world) ofPlant(t int32, c devices.ChannelID) bool {
	return int(c-w.twins[t].base) < len(w.blocks[w.twins[t].block].typ.Attrs)
}

// A meter is a sink that compares what is known with what is true.
type meter struct {
	world *world
	of    map[devices.ChannelID][]int // by known channel: places in pairs
	pairs []pair
	Sums  []errorSum
}

type pair struct {
	truth devices.ChannelID
	plant twins.Plant
	sum   int
}

type errorSum struct {
	Call    string // its arguments
	N       uint64
	Squares float64 // in the channel's unit, squared
}

// meterSave is a meter that saves and loads itself, by the arguments of its
// calls: a fork may have other KPIs.
type meterSave meter

// MarshalBinary returns the sums.
func (m *meterSave) MarshalBinary() ([]byte, error) { return sim.Marshal(&m.Sums) }

// UnmarshalBinary puts the sums that there still are into their places.
func (m *meterSave) UnmarshalBinary(data []byte) error {
	var in []errorSum
	if err := sim.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("the saved state of rms_error is damaged: %w", err)
	}
	for _, v := range in {
		for i := range m.Sums {
			if m.Sums[i].Call == v.Call {
				m.Sums[i] = v
			}
		}
	}
	return nil
}

func (m *meter) add(known, truth devices.ChannelID, plant twins.Plant, sum int) {
	m.of[known] = append(m.of[known], len(m.pairs))
	m.pairs = append(m.pairs, pair{truth, plant, sum})
}

// Tap compares a reading that goes straight to the state.
func (m *meter) Tap(now sim.Time, r devices.Reading) {
	if !m.world.hub.Replaced(r.Channel) {
		m.Value(now, r)
	}
}

// Value compares what a pipe put out.
func (m *meter) Value(now sim.Time, r devices.Reading) {
	if !r.Quality.Usable() {
		return
	}
	for _, i := range m.of[r.Channel] {
		p := &m.pairs[i]
		d := r.Value - p.plant.Probe(p.truth, now)
		m.Sums[p.sum].N++
		m.Sums[p.sum].Squares += d * d
	}
}

// Block compares the last sample of a waveform, which is what becomes known.
func (m *meter) Block(now sim.Time, b devices.Block) {
	m.Value(now, devices.Reading{At: b.End(), Channel: b.Channel, Value: b.Values[len(b.Values)-1]})
}

// Event does nothing.
func (m *meter) Event(twins.Event) {}

// orders is a sink that counts commands.
type orders struct {
	count map[string]uint64 // by "TWIN.VERB"
	used  bool
}

// ordersSave is the counts that save and load themselves, in the order of names.
type ordersSave orders

type savedOrder struct {
	Name string // "TWIN.VERB"
	N    uint64
}

// MarshalBinary returns the counts.
func (o *ordersSave) MarshalBinary() ([]byte, error) {
	all := make([]savedOrder, 0, len(o.count))
	for name, n := range o.count { //order: sorted below
		all = append(all, savedOrder{name, n})
	}
	slices.SortFunc(all, func(a, b savedOrder) int { return strings.Compare(a.Name, b.Name) })
	return sim.Marshal(&all)
}

// UnmarshalBinary replaces the counts.
func (o *ordersSave) UnmarshalBinary(data []byte) error {
	var in []savedOrder
	if err := sim.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("the saved counts of commands are damaged: %w", err)
	}
	clear(o.count)
	for _, x := range in {
		o.count[x.Name] = x.N
	}
	return nil
}

// Tap does nothing.
func (o *orders) Tap(sim.Time, devices.Reading) {}

// Value does nothing.
func (o *orders) Value(sim.Time, devices.Reading) {}

// Event counts a command.
func (o *orders) Event(e twins.Event) {
	if e.Kind == "command" {
		o.count[e.Twin+"."+e.Name]++
	}
}

func (o *orders) matching(pattern string) float64 {
	var n uint64
	for name, c := range o.count { //order: a sum of whole numbers
		if Match(pattern, name) {
			n += c
		}
	}
	return float64(n)
}
