package scenarios

// A Key is one key of a section of the scenario file.
type Key struct {
	Name     string
	Type     string // as in docs/scenario.md: "text", "duration", "list of steps"
	Default  string // as written in a file; "" is none
	Required bool
	Doc      string // one line
}

// A Section is a table of the scenario file.
type Section struct {
	Name string // "[run]", "[[twin]]"; "" is the top of the file
	Doc  string // one line
	Free bool   // may have other keys, of the reader's choice (params)
	Keys []Key
}

// keys returns the names of the section's keys.
func (s *Section) names() []string {
	list := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		list[i] = k.Name
	}
	return list
}

func (s *Section) has(name string) bool {
	for i := range s.Keys {
		if s.Keys[i].Name == name {
			return true
		}
	}
	return false
}

// section finds a section by its name.
func section(name string) *Section {
	for i := range sections {
		if sections[i].Name == name {
			return &sections[i]
		}
	}
	return &Section{Name: name, Free: true}
}

// Sections returns all sections with all their keys: what docs and editors need.
func Sections() []Section { return append([]Section(nil), sections[:]...) }

// sections is what Decode knows; a key that is not here is refused.
var sections = [...]Section{
	{Name: "", Doc: "what the file is", Keys: []Key{
		{"spec", "whole number", "", true, "version of this format: 1"},
		{"name", "text", "", true, "short name, for run folders and reports"},
		{"title", "text", "", false, "one line for people"},
		{"doc", "text", "", false, "what it is about, at length"},
		{"run", "table", "", false, "what is run, and for how long"},
		{"params", "table", "", false, "the knobs"},
		{"twin", "list of tables", "", false, "who is there"},
		{"sensor", "list of tables", "", false, "what is measured, and how badly"},
		{"pipe", "list of tables", "", false, "what happens to readings"},
		{"rule", "list of tables", "", false, "when what is done"},
		{"event", "list of tables", "", false, "what happens at a time of its own"},
		{"fault", "list of tables", "", false, "what breaks"},
		{"kpi", "list of tables", "", false, "what is counted in the end"},
		{"check", "list of tables", "", false, "what must hold in the end"},
		{"variant", "list of tables", "", false, "patches of the scenario, to compare"},
		{"sweep", "table or list of tables", "", false, "values of params to try"},
		{"compare", "table", "", false, "how variants are compared"},
		{"branch", "table", "", false, "when variants part"},
		{"source", "table of tables", "", false, "where readings come from, by profile"},
	}},
	{Name: "[run]", Doc: "what is run, and for how long", Keys: []Key{
		{"start", "date", "", false, "calendar time of the run's time 0; clocks and calendars need it"},
		{"for", "duration", "", false, "how long; without it (and until) the run ends with its data"},
		{"until", "instant", "", false, "when it ends, instead of for"},
		{"seed", "whole number", "0", false, "seed of all random numbers"},
		{"replications", "whole number", "1", false, "how many runs that differ in their random numbers only"},
		{"timezone", "text", "", false, "IANA name, such as Europe/Paris; default the offset of start, else UTC"},
		{"align", "start or absolute", "start", false, "what windows of stages count from: the start, or midnight UTC of 1970"},
		{"reorder", "duration", "0 s", false, "readings wait so long for earlier ones; 0 stamps them on arrival"},
		{"late", "drop or keep", "drop", false, "what happens to readings later than reorder"},
	}},
	{Name: "[params]", Doc: "the only knobs that variants, sweeps and -p may touch: NAME = VALUE, or NAME = a table of these keys", Free: true, Keys: []Key{
		{"value", "quantity, text or flag", "", true, "its value unless something else sets it"},
		{"unit", "unit", "", false, "unit that rules see it in; default that of value"},
		{"min", "quantity", "", false, "lowest value allowed"},
		{"max", "quantity", "", false, "highest value allowed"},
		{"choices", "list", "", false, "the only values allowed"},
		{"doc", "text", "", false, "what it does"},
	}},
	{Name: "[[twin]]", Doc: "one twin, or a population", Keys: []Key{
		{"id", "template", "", true, "its id; {n} or {n:02} is its number from 1"},
		{"count", "whole number", "1", false, "how many; may be a param"},
		{"type", "text", "", true, "its type: twinsim list types"},
		{"doc", "text", "", false, "what it is"},
		{"with", "table", "", false, "values of the type's parameters; a law is drawn anew for each twin and replication"},
		{"needs", "table", "", false, "other twins it is connected to: ROLE = id; may have {n}, {n-1}, {n+1} or {ceil(n/12)}"},
		{"channels", "table", "", false, "of a type without attributes of its own: NAME = unit"},
	}},
	{Name: "[[sensor]]", Doc: "what is measured, and how badly", Keys: []Key{
		{"name", "text", "", false, "for a variant's off; default on"},
		{"on", "channel pattern", "", true, "the channels measured"},
		{"device", "text", "", false, "a data sheet to start from; comes with a later release"},
		{"every", "duration", "", false, "period of sampling; required where the channel is simulated"},
		{"phase", "duration", "0 s", false, "time of the first sample"},
		{"stale", "duration", "", false, "silence after which a value no longer counts"},
		{"topic", "template", "", false, "topic on which it is published; {id} is the twin, {attr} the attribute"},
		{"format", "text", "", false, "how a reading is written there"},
		{"lag", "duration", "", false, "time constant of a first-order response"},
		{"gain", "quantity", "", false, "factor on the truth"},
		{"offset", "quantity", "", false, "added to the truth"},
		{"noise", "quantity", "", false, "standard deviation of white noise"},
		{"bias_walk", "quantity", "", false, "random walk of the bias, per square root of an hour"},
		{"bias_revert", "duration", "", false, "time constant with which the bias goes back to 0"},
		{"clip", "list of 2 quantities", "", false, "ends of the measuring range"},
		{"resolution", "quantity", "", false, "readings are multiples of this"},
		{"clock_offset", "duration", "", false, "how far ahead the device's clock is at time 0"},
		{"clock_drift", "quantity", "", false, "how much faster it runs, such as 20 ppm"},
		{"jitter", "duration", "", false, "standard deviation of the time stamp"},
		{"dropout", "quantity", "", false, "probability that a reading is lost"},
		{"silent", "flag", "", false, "a lost reading leaves no trace, rather than a missing value"},
	}},
	{Name: "[[pipe]]", Doc: "what happens to readings, in order", Keys: []Key{
		{"name", "text", "", false, "for a variant's off; default on"},
		{"on", "channel pattern", "", true, "the channels that go through it, each on its own"},
		{"steps", "list of steps", "", true, "one-key tables: { STAGE = { ARGUMENTS } }; { out = NAME } names the result"},
	}},
	{Name: "[[rule]]", Doc: "when what is done", Keys: []Key{
		{"name", "text", "", true, "its name, in reports, alarms and off"},
		{"doc", "text", "", false, "why"},
		{"each", "twin pattern", "", false, "once for each of these twins, which is then self"},
		{"when", "expression", "", false, "fires when this turns true"},
		{"hold", "duration", "0 s", false, "only after it has been true so long"},
		{"quiet", "duration", "0 s", false, "then not again for so long"},
		{"at", "instant", "", false, "only then; a time of day alone is every day's"},
		{"every", "duration", "", false, "looks at when only so often; with at, the period after it"},
		{"then", "list of actions", "", true, "what is done"},
	}},
	{Name: "[[event]]", Doc: "what happens at a time of its own", Keys: []Key{
		{"name", "text", "", false, "for off"},
		{"doc", "text", "", false, "why"},
		{"at", "instant", "", true, "when, the first time"},
		{"every", "duration", "", false, "then again so often"},
		{"until", "instant", "", false, "last time of every"},
		{"then", "list of actions", "", true, "what is done"},
	}},
	{Name: "[[fault]]", Doc: "what breaks", Keys: []Key{
		{"name", "text", "", false, "for off; default KIND ON"},
		{"doc", "text", "", false, "why"},
		{"kind", "text", "", true, "of a sensor, such as drift, or of the twin's type"},
		{"on", "pattern", "", true, "the channels or twins that break"},
		{"from", "instant", "0 s", false, "when"},
		{"to", "instant", "", false, "until when; default the end"},
		{"for", "duration or law", "", false, "how long, instead of to"},
		{"every", "duration or law", "", false, "again and again: from one onset to the next"},
		{"with", "table", "", false, "how much: parameters of the kind"},
	}},
	{Name: "[[kpi]]", Doc: "what is counted in the end", Keys: []Key{
		{"name", "text", "", true, "its name; checks say kpi.NAME.mean"},
		{"expr", "expression", "", true, "how it is computed"},
		{"unit", "unit", "", false, "unit of the value; default the attribute's, see below"},
		{"doc", "text", "", false, "what it tells"},
		{"better", "less or more", "", false, "which way is good"},
	}},
	{Name: "[[check]]", Doc: "what must hold in the end", Keys: []Key{
		{"name", "text", "", false, "for off; default that"},
		{"that", "expression", "", true, "fails the run if false: exit code 3"},
		{"why", "text", "", false, "shown when it fails"},
	}},
	{Name: "[[variant]]", Doc: "a patch of the scenario, to compare with it; the unpatched one is base", Keys: []Key{
		{"name", "text", "", true, "its name"},
		{"doc", "text", "", false, "what it asks"},
		{"off", "list of texts", "", false, "blocks left out: SECTION.NAME, with patterns"},
		{"params", "table", "", false, "values of params"},
		{"add", "table", "", false, "blocks added: { SECTION = [ { ... } ] }, for twin, sensor, pipe, rule, event, fault, kpi and check"},
	}},
	{Name: "[sweep]", Doc: "values of params to try: PARAM = a list, or a table of from, to and steps; [[sweep]] for several", Free: true, Keys: []Key{
		{"method", "grid, zip, lhs or sobol", "grid", false, "how the params' values are combined"},
		{"points", "whole number", "", false, "number of points of lhs and sobol"},
		{"from", "quantity", "", false, "one end of a range (in the param's table)"},
		{"to", "quantity", "", false, "the other end (in the param's table)"},
		{"steps", "whole number", "", false, "number of values from one end to the other, both included (in the param's table)"},
	}},
	{Name: "[compare]", Doc: "how variants are compared", Keys: []Key{
		{"baseline", "text", "base", false, "the variant that the others are compared with"},
		{"variants", "list of texts", "", false, "which variants; default all"},
		{"kpis", "list of texts", "", false, "which KPIs; default all"},
		{"confidence", "number", "0.95", false, "of the intervals"},
	}},
	{Name: "[branch]", Doc: "when variants part: up to then they share one run", Keys: []Key{
		{"at", "instant", "", true, "when"},
	}},
	{Name: "then", Doc: "actions of a rule or an event; each has one of command, alarm, set, fault, param", Keys: []Key{
		{"command", "template", "", false, "a twin's verb: TWIN.VERB, with {self.ROLE} or a pattern of twins"},
		{"alarm", "template", "", false, "text of an alarm; may have {self.id} and {self.ROLE}"},
		{"set", "text", "", false, "name of a value of the twin that rules can read"},
		{"fault", "text", "", false, "kind of a fault that begins"},
		{"param", "text", "", false, "name of a param that changes"},
		{"value", "quantity or expression", "", false, "argument of the command; new value of set and param"},
		{"for", "duration", "", false, "how long a command or a fault lasts; then it is undone"},
		{"severity", "info, warning or critical", "warning", false, "of an alarm"},
		{"on", "pattern", "", false, "the channels or twins that the fault is on"},
		{"with", "table", "", false, "parameters of the fault"},
	}},
	{Name: "[source.PROFILE]", Doc: "where readings come from: \"TWIN.CHANNEL\" = a table of these keys, or \"synth\"", Free: true, Keys: []Key{
		{"synth", "flag", "", false, "simulated; the default"},
		{"replay", "text", "", false, "a file, or data for the one given with --data"},
		{"mqtt", "text", "", false, "a topic"},
		{"serial", "text", "", false, "a port"},
		{"kafka", "text", "", false, "a topic"},
		{"broker", "text", "", false, "address of the broker (mqtt, kafka)"},
		{"qos", "whole number", "", false, "quality of service: 0, 1 or 2 (mqtt)"},
		{"baud", "whole number", "", false, "speed (serial)"},
		{"group", "text", "", false, "consumer group (kafka)"},
		{"format", "text", "", false, "how a reading is written: json:PATH, csv:COLUMN, senml, ...; a file: csv, jsonl, space or fixed, default found"},
		{"unit", "unit", "", false, "unit of the values that come in; default the channel's"},
		{"scale", "number", "", false, "factor on the value"},
		{"offset", "number", "", false, "added after scale, in unit"},
		{"stamp", "device or arrival", "", false, "whose clock stamps the readings (mqtt, serial, kafka)"},
		{"column", "column", "", false, "column of the value: name, number or JSON path; may have {id} and {n}; default the channel's name (replay)"},
		{"time", "column or list of columns", "", false, "columns of the time stamp, joined by a blank; \"=2018\" is that text itself (replay)"},
		{"time_format", "text", "", false, "iso, dmy, mdy, epoch s (ms, us, ns), or a pattern such as %d.%m.%Y %H:%M; default found (replay)"},
		{"zone", "text", "", false, "IANA zone of stamps that carry none; default run.timezone (replay)"},
		{"step", "duration", "", false, "time is a number of such steps; without time, the number of the row (replay)"},
		{"start", "duration", "", false, "run time at which the file begins, whatever its dates (replay)"},
		{"key", "column", "", false, "column that says whose row it is: one value a row (replay)"},
		{"match", "template", "", false, "what key must be; may have {id} and {n}; default the twin's id (replay)"},
		{"grouped", "flag", "", false, "rows of one key stand together, and time begins anew with each (replay)"},
		{"missing", "list", "", false, "cells that mean no value, besides empty, NA, NaN, null, ? and - (replay)"},
		{"words", "table of numbers", "", false, "cells that stand for numbers (replay)"},
		{"flag", "column", "", false, "column of a quality flag: values that are not good are suspect (replay)"},
		{"good", "list", "", false, "flags that are good; default 0 (replay)"},
		{"order", "keep, drop or error", "keep", false, "what happens to rows out of order (replay)"},
		{"header", "whole number", "", false, "lines of the header, the first with the names; 0 is none; default found (replay)"},
		{"names", "list of texts", "", false, "names of the columns, instead of the header's (replay)"},
		{"skip", "whole number", "", false, "lines before the header (replay)"},
		{"comment", "text", "", false, "lines that begin with it are comments (replay)"},
		{"delimiter", "character", "", false, "between cells; default found (replay)"},
		{"decimal", "character", "", false, "decimal mark; default the point (replay)"},
		{"ranges", "list of pairs", "", false, "first and last character of each cell, from 1 (replay)"},
		{"strict", "flag", "", false, "ends at the first row that can't be read (replay)"},
	}},
}

// synonyms are words that people bring along from other tools, for "try".
var synonyms = map[string]string{
	"about": "doc", "description": "doc", "label": "title", "reps": "replications", "duration": "for", "tz": "timezone",
	"zone": "timezone", "level": "severity", "to": "value", "rate": "every", "period": "every", "interval": "every", "if": "when", "condition": "when",
	"actions": "then", "do": "then", "formula": "expr", "params": "with", "depends": "needs", "target": "on", "channel": "on",
	"quantise": "resolution", "quantize": "resolution", "clock_skew": "clock_drift", "debounce": "hold", "cooldown": "quiet", "delay": "hold",
	"assert": "that", "expect": "that", "base": "baseline", "start": "from", "begin": "from", "end": "to", "at": "from", "reason": "why",
	"disable": "off", "remove": "off", "kpi": "kpis", "end_time": "until", "stop": "until", "n": "count", "samples": "points", "file": "replay", "port": "serial", "path": "replay",
}
