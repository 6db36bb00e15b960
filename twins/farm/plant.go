package farm

import (
	"fmt"
	"math"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A Plant is the ground truth of a farm. What never changes lies in its specs,
// what does in slices of plain structs, one element a twin, which a run keeps.
type Plant struct {
	config twins.PlantConfig
	sim    *sim.Sim
	actor  sim.ActorID

	twins  []place     // by position in config.Instances
	ids    [4][]string // by kind
	owners []int32     // by channel less first: position in config.Instances
	first  devices.ChannelID
	index  map[int32]int32 // Instance.Index to position

	soils     []Soil
	crops     []Crop
	calendars [][]CropDay // by crop
	zones     []zoneSpec
	weathers  []weatherSpec
	valves    []valveSpec
	pumps     []pumpSpec

	clock   Clock
	zone    []Zone
	weather []Weather
	valve   []Valve
	pump    []Pump
	begun   sim.Time // when the plant was begun; not kept, see actor.Start
	gone    int      // twins of the loaded state that this farm does not have

	// What can be computed again from the state, never saved.
	plans  []plan // by zone
	course []moment
	odd    moment // of a zone that began within a day of its weather
	last   dayCoefficients
}

// A place says which twin of which kind an instance is.
type place struct {
	kind kind
	i    int32
}

type kind uint8

const (
	isZone kind = iota
	isWeather
	isValve
	isPump
)

// A Clock is the local day of the plant.
type Clock struct {
	Day   int64    // from 1 January 1970
	Begin sim.Time // its midnight, negative for the first day of most runs
	End   sim.Time // the next midnight
}

// The kinds of the events of a valve.
const (
	eventClose int32 = iota
	eventRepair
)

// New builds the plant of all farm twins.
func New(c twins.PlantConfig) (*Plant, error) {
	p := &Plant{config: c, index: make(map[int32]int32, len(c.Instances)), soils: Soils(), crops: Crops()}
	for i := range p.crops {
		p.calendars = append(p.calendars, p.crops[i].Calendar())
	}
	if err := p.lookup(); err != nil {
		return nil, err
	}
	for i := range c.Instances {
		if err := p.build(&c.Instances[i], p.twins[i]); err != nil {
			return nil, err
		}
	}
	for i := range p.zones {
		if v := p.zones[i].valve; v >= 0 {
			p.valves[v].area += p.zones[i].area
		}
	}
	for i := range p.valves {
		if q := p.valves[i].pump; q >= 0 {
			p.pumps[q].valves = append(p.pumps[q].valves, int32(i))
		}
	}
	for i := range p.twins {
		k := p.twins[i].kind
		p.ids[k] = append(p.ids[k], c.Instances[i].ID)
	}
	p.zone = make([]Zone, len(p.zones))
	p.plans = make([]plan, len(p.zones))
	p.weather = make([]Weather, len(p.weathers))
	p.course = make([]moment, len(p.weathers))
	p.valve = make([]Valve, len(p.valves))
	p.pump = make([]Pump, len(p.pumps))
	return p, nil
}

// lookup gives every instance its place and every channel its owner.
func (p *Plant) lookup() error {
	all := p.config.Instances
	p.twins = make([]place, len(all))
	var counts [4]int32
	end := devices.ChannelID(0)
	for i := range all {
		in := &all[i]
		var k kind
		switch in.Type {
		case zoneType:
			k = isZone
		case weatherType:
			k = isWeather
		case valveType:
			k = isValve
		case pumpType:
			k = isPump
		default:
			return fmt.Errorf("farm: twin %q is no twin of a farm", in.ID)
		}
		p.twins[i] = place{k, counts[k]}
		counts[k]++
		p.index[in.Index] = int32(i)
		if i == 0 || in.Base < p.first {
			p.first = in.Base
		}
		end = max(end, in.Base+devices.ChannelID(len(in.Type.Attrs)))
	}
	p.owners = make([]int32, max(0, end-p.first))
	for i := range p.owners {
		p.owners[i] = -1
	}
	for i := range all {
		for k := range all[i].Type.Attrs {
			p.owners[int(all[i].Base-p.first)+k] = int32(i)
		}
	}
	return nil
}

func (p *Plant) build(in *twins.Instance, at place) error {
	switch at.kind {
	case isZone:
		return p.buildZone(in)
	case isWeather:
		return p.buildWeather(in)
	case isValve:
		return p.buildValve(in)
	default:
		return p.buildPump(in)
	}
}

// need returns the twin that an instance is connected to in a role, -1 if none.
func (p *Plant) need(in *twins.Instance, role int) int32 {
	if role >= len(in.Needs) || in.Needs[role] < 0 {
		return -1
	}
	return p.twins[in.Needs[role]].i
}

// Start puts the plant into a run at the run's present time. It adds an actor for
// the midnights, one for each valve, so that a snapshot has the valve's events by
// its name, and one for the water supply.
func (p *Plant) Start(s *sim.Sim) error {
	p.sim = s
	var err error
	if p.actor, err = s.Add("farm", actor{p}); err != nil {
		return err
	}
	for i := range p.weathers {
		p.weathers[i].draw(s)
	}
	for i := range p.valves {
		v := &p.valves[i]
		if v.failure > 0 {
			v.draw = s.Rand("farm/valve/" + v.id + "/failure")
		}
		if v.actor, err = s.Add("farm/valve/"+v.id, valveActor{p, int32(i)}); err != nil {
			return err
		}
	}
	if _, err = s.Add(fmt.Sprintf("farm/supply/%016x", p.supply()), supplyActor{p}); err != nil {
		return err
	}
	p.begin(s.Now())
	return s.Keep("farm", (*plantState)(p))
}

// begin puts all twins into the state in which they begin at a time.
func (p *Plant) begin(now sim.Time) {
	p.begun = now
	local := p.config.Start.Add(time.Duration(now))
	y, m, d := local.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	p.clock = Clock{Day: day, Begin: p.midnight(day), End: p.midnight(day + 1)}
	for i := range p.weathers {
		p.beginWeather(i, now)
	}
	for i := range p.pump {
		p.pump[i] = Pump{At: now, Even: now, Share: 1}
	}
	for i := range p.valves {
		p.beginValve(int32(i), now)
	}
	for i := range p.zones {
		p.beginZone(i, now)
	}
}

// midnight returns when a day, numbered from 1 January 1970, begins in the run's zone.
func (p *Plant) midnight(day int64) sim.Time {
	return sim.Time(time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, p.config.Start.Location()).Sub(p.config.Start))
}

// hour returns the local hour of a time of today, 0 to 24. A day of 23 or 25 h,
// when clocks change, is squeezed or stretched.
func (p *Plant) hour(at sim.Time) float64 {
	h := 24 * float64(at-p.clock.Begin) / float64(p.clock.End-p.clock.Begin)
	return min(24, max(0, h))
}

// An actor handles the plant's events. It is not the plant itself, whose Start
// is another.
type actor struct{ *Plant }

// Start schedules the first midnight. In a fork of a run that had no farm, all
// of it begins here.
func (a actor) Start(s *sim.Sim) error {
	if s.Now() != a.begun {
		a.begin(s.Now())
	}
	return a.scheduleMidnight(s)
}

// Handle passes midnights.
func (a actor) Handle(s *sim.Sim, _ sim.Event) error {
	a.pass()
	return a.scheduleMidnight(s)
}

func (p *Plant) scheduleMidnight(s *sim.Sim) error {
	_, err := s.Schedule(sim.Event{At: p.clock.End, Rank: sim.RankPlant, To: p.actor})
	return err
}

// pass ends the present day of the whole fleet and begins the next.
func (p *Plant) pass() {
	at := p.clock.End
	next := p.clock.Day + 1
	date := time.Unix(next*86400, 0).UTC()
	month, dom := int(date.Month()), date.Day()
	for i := range p.zone {
		p.endZone(i, at, month, dom)
	}
	p.clock = Clock{Day: next, Begin: at, End: p.midnight(next + 1)}
	for i := range p.weather {
		p.endWeather(i)
	}
}

// Do carries out a command.
func (p *Plant) Do(c devices.Command) error {
	if p.sim == nil {
		return fmt.Errorf("farm: a command came before the run began")
	}
	pos, ok := p.index[c.Target]
	if !ok {
		return fmt.Errorf("farm: a command to twin %d, which is not of the farm", c.Target)
	}
	at := p.twins[pos]
	switch {
	case at.kind == isValve:
		return p.commandValve(at.i, c)
	case at.kind == isPump && (c.Verb == verbStart || c.Verb == verbStop):
		return p.setPump(at.i, func(q *Pump) { q.Stopped = c.Verb == verbStop })
	}
	in := &p.config.Instances[pos]
	return fmt.Errorf("farm: twin %q (%s) has no verb %d", in.ID, in.Type.Name, c.Verb)
}

// Fault breaks or mends a valve or a pump.
func (p *Plant) Fault(twin int32, kind int, on bool, level float64) error {
	pos, ok := p.index[twin]
	if !ok || p.sim == nil {
		return fmt.Errorf("farm: a fault of twin %d: the twin is not of the farm, or the run has not begun", twin)
	}
	at := p.twins[pos]
	in := &p.config.Instances[pos]
	if kind < 0 || kind >= len(in.Type.Faults) {
		return fmt.Errorf("farm: twin %q (%s) has no fault %d", in.ID, in.Type.Name, kind)
	}
	if at.kind == isPump {
		return p.setPump(at.i, func(q *Pump) { q.fault(kind, on, level) })
	}
	return p.faultValve(at.i, kind, on, level)
}

// Probe returns the true value of a channel; it changes nothing. A channel that is not of
// the farm is 0.
func (p *Plant) Probe(ch devices.ChannelID, at sim.Time) float64 {
	k := int(ch - p.first)
	if k < 0 || k >= len(p.owners) || p.owners[k] < 0 {
		return 0
	}
	pos := p.owners[k]
	attr := int(ch - p.config.Instances[pos].Base)
	var v float64
	switch t := p.twins[pos]; t.kind {
	case isZone:
		v = p.probeZone(int(t.i), attr, at)
	case isWeather:
		v = p.probeWeather(int(t.i), attr, at)
	case isValve:
		v = p.probeValve(t.i, attr, at)
	case isPump:
		v = p.probePump(t.i, attr, at)
	}
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// emit records something that happened to a twin.
func (p *Plant) emit(id, name, detail string) {
	if p.config.Emit != nil {
		p.config.Emit(twins.Event{At: p.sim.Now(), Kind: "plant", Twin: id, Name: name, Detail: detail})
	}
}
