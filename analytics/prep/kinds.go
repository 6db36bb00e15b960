package prep

import (
	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// Kind describes one kind of stage and makes it from a scenario's parameters.
type Kind = analytics.Kind[analytics.Stage]

// Kinds returns the table of all stages, by the names that scenario files use.
func Kinds() []Kind {
	return []Kind{
		rangeKind(), hampelKind(), zscoreKind(), fillKind(),
		minmaxKind(), standardiseKind(), robustKind(),
		ewmaKind(), rollingKind(), differenceKind(), rateKind(),
		resampleKind(), deadbandKind(),
	}
}

// stage hands on a stage, or an untyped nil with the error.
func stage(s analytics.Stage, err error) (analytics.Stage, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func maxGapParam() analytics.Param {
	return analytics.Param{Name: "max_gap", Type: analytics.Duration,
		Doc: "forget what came before a silence longer than this; 0 is never"}
}

func capParam(doc string) analytics.Param {
	return analytics.Param{Name: "cap", Positive: true, Type: analytics.Integer, Doc: doc + " (65536)"}
}

func actionParam(def Action, actions ...Action) analytics.Param {
	p := analytics.Param{Name: "action", Type: analytics.Word, Default: string(def),
		Doc: "what becomes of such a reading"}
	for _, a := range actions {
		p.Choices = append(p.Choices, string(a))
	}
	return p
}

func rangeKind() Kind {
	return Kind{
		Name: "range", Doc: "drops or marks values outside the plausible range", Output: analytics.ChannelUnit,
		Params: []analytics.Param{
			{Name: "min", Type: analytics.Number, Unit: analytics.ChannelUnit, Doc: "lowest plausible value; open if not given"},
			{Name: "max", Type: analytics.Number, Unit: analytics.ChannelUnit, Doc: "highest plausible value; open if not given"},
			{Name: "exclusive", Type: analytics.Bool, Default: false, Doc: "the bounds themselves are outside"},
			actionParam(Drop, Drop, Flag, Blank),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Range{
				Min: a.Number("min"), NoMin: !a.Has("min"), Max: a.Number("max"), NoMax: !a.Has("max"),
				Exclusive: a.Bool("exclusive"), Action: Action(a.Word("action")),
			}.New())
		},
	}
}

func hampelKind() Kind {
	return Kind{
		Name: "hampel", Doc: "replaces outliers by the median of their window (median and MAD)", Output: analytics.ChannelUnit,
		Params: []analytics.Param{
			{Name: "window", Positive: true, Type: analytics.Integer, Required: true, Doc: "readings in the window, odd"},
			{Name: "k", Positive: true, Type: analytics.Number, Default: 3.0, Doc: "how many scaled deviations are too many"},
			{Name: "floor", Type: analytics.Number, Unit: analytics.DeltaUnit, Default: 0.0, Doc: "least scaled deviation: the sensor's resolution"},
			{Name: "centred", Type: analytics.Bool, Default: false, Doc: "judge the middle of the window, half a window late"},
			actionParam(Replace, outlierActions...),
			maxGapParam(),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Hampel{
				Window: a.Int("window"), K: a.Number("k"), Floor: a.Number("floor"), Centred: a.Bool("centred"),
				Action: Action(a.Word("action")), MaxGap: a.Duration("max_gap"),
			}.New())
		},
	}
}

func zscoreKind() Kind {
	return Kind{
		Name: "zscore", Doc: "replaces outliers by the mean of the readings before (mean and deviation)", Output: analytics.ChannelUnit,
		Params: []analytics.Param{
			{Name: "window", Positive: true, Type: analytics.Integer, Required: true, Doc: "readings before the judged one, at least 3"},
			{Name: "k", Positive: true, Type: analytics.Number, Default: 3.0, Doc: "how many standard deviations are too many"},
			{Name: "floor", Type: analytics.Number, Unit: analytics.DeltaUnit, Default: 0.0, Doc: "least standard deviation: the sensor's resolution"},
			actionParam(Replace, outlierActions...),
			maxGapParam(),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(ZScore{
				Window: a.Int("window"), K: a.Number("k"), Floor: a.Number("floor"),
				Action: Action(a.Word("action")), MaxGap: a.Duration("max_gap"),
			}.New())
		},
	}
}

func fillKind() Kind {
	return Kind{
		Name: "fill", Doc: "gives missing readings a value", Output: analytics.ChannelUnit,
		OneOf: []string{"hold", "linear", "rolling_mean", "constant"},
		Params: []analytics.Param{
			{Name: "hold", Positive: true, Type: analytics.Windowed, Doc: "the last value, for so many readings or so long"},
			{Name: "linear", Positive: true, Type: analytics.Windowed, Doc: "a line to the next value, over so many readings or so long"},
			{Name: "rolling_mean", Positive: true, Type: analytics.Integer, Doc: "the mean of the last so many readings, the gap being one of them"},
			{Name: "constant", Type: analytics.Number, Unit: analytics.ChannelUnit, Doc: "this value"},
			{Name: "limit", Type: analytics.Integer, Doc: "most consecutive readings filled; 0 is any number"},
			{Name: "max_age", Type: analytics.Duration, Doc: "longest time since the last value; 0 is any"},
			capParam("linear: most readings that wait, without a limit"),
		},
		New: newFill,
	}
}

func newFill(a analytics.Args) (analytics.Stage, error) {
	c := Fill{Limit: a.Int("limit"), MaxAge: a.Duration("max_age"), Cap: a.Int("cap"),
		Window: a.Int("rolling_mean"), Value: a.Number("constant")}
	for _, m := range []Method{Hold, Linear, RollingMean, Constant} {
		if a.Has(string(m)) {
			c.Method = m
		}
	}
	if c.Method == Hold || c.Method == Linear {
		span, name := a.Span(string(c.Method)), string(c.Method)
		if err := checkSpan("fill", name, span); err != nil {
			return nil, err
		}
		switch {
		case span.Count > 0 && c.Limit > 0:
			return nil, bad("fill", "limit", "%s = %d says it already", name, span.Count)
		case span.For > 0 && c.MaxAge > 0:
			return nil, bad("fill", "max_age", "%s = %v says it already", name, span.For)
		}
		c.Limit, c.MaxAge = max(c.Limit, span.Count), max(c.MaxAge, span.For)
	}
	return stage(c.New())
}

func learnParam() analytics.Param {
	return analytics.Param{Name: "learn", Positive: true, Type: analytics.Windowed,
		Doc: "learn the parameters from the first so many readings or so long, then keep them"}
}

func minmaxKind() Kind {
	return Kind{
		Name: "minmax", Doc: "maps min to 0 and max to 1", OneOf: []string{"max", "learn"},
		Params: []analytics.Param{
			{Name: "min", Type: analytics.Number, Unit: analytics.ChannelUnit, Default: 0.0, Doc: "value that becomes 0"},
			{Name: "max", Type: analytics.Number, Unit: analytics.ChannelUnit, Doc: "value that becomes 1"},
			learnParam(),
			{Name: "clip", Type: analytics.Bool, Default: false, Doc: "values outside become 0 or 1"},
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(MinMax{Min: a.Number("min"), Max: a.Number("max"), Learn: a.Span("learn"), Clip: a.Bool("clip")}.New())
		},
	}
}

func standardiseKind() Kind {
	return Kind{
		Name: "standardise", Doc: "subtracts the mean and divides by the standard deviation", OneOf: []string{"sd", "learn"},
		Params: []analytics.Param{
			{Name: "mean", Type: analytics.Number, Unit: analytics.ChannelUnit, Default: 0.0, Doc: "value that becomes 0"},
			{Name: "sd", Positive: true, Type: analytics.Number, Unit: analytics.DeltaUnit, Doc: "difference that becomes 1"},
			learnParam(),
			{Name: "ddof", Type: analytics.Integer, Default: 0.0, Doc: "0 divides by n, 1 by n - 1"},
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Standardise{Mean: a.Number("mean"), SD: a.Number("sd"), Learn: a.Span("learn"), DDoF: a.Int("ddof")}.New())
		},
	}
}

func robustKind() Kind {
	return Kind{
		Name: "robust", Doc: "subtracts the median and divides by the interquartile range", OneOf: []string{"iqr", "learn"},
		Params: []analytics.Param{
			{Name: "median", Type: analytics.Number, Unit: analytics.ChannelUnit, Default: 0.0, Doc: "value that becomes 0"},
			{Name: "iqr", Positive: true, Type: analytics.Number, Unit: analytics.DeltaUnit, Doc: "difference that becomes 1"},
			learnParam(),
			capParam("most readings learned from"),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Robust{Median: a.Number("median"), IQR: a.Number("iqr"), Learn: a.Span("learn"), Cap: a.Int("cap")}.New())
		},
	}
}

func ewmaKind() Kind {
	return Kind{
		Name: "ewma", Doc: "exponentially weighted moving average", Output: analytics.ChannelUnit,
		OneOf: []string{"alpha", "half_life"},
		Params: []analytics.Param{
			{Name: "alpha", Positive: true, Type: analytics.Number, Doc: "weight of the newest reading, above 0, at most 1"},
			{Name: "half_life", Positive: true, Type: analytics.Duration, Doc: "time in which the weight of the past halves"},
			{Name: "adjust", Type: analytics.Bool, Default: false, Doc: "weigh the first readings as pandas does by default"},
			maxGapParam(),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(EWMA{Alpha: a.Number("alpha"), HalfLife: a.Duration("half_life"),
				Adjust: a.Bool("adjust"), MaxGap: a.Duration("max_gap")}.New())
		},
	}
}

func rollingKind() Kind {
	k := Kind{
		Name: "rolling", Doc: "a statistic of the last readings", Output: analytics.ChannelUnit,
		New: func(a analytics.Args) (analytics.Stage, error) {
			c := Rolling{MinPeriods: a.Int("min_periods"), DDoF: a.Int("ddof"), MaxGap: a.Duration("max_gap"), Cap: a.Int("cap")}
			for _, f := range folds {
				if a.Has(string(f.name)) {
					c.Of, c.Window = f.name, a.Span(string(f.name))
				}
			}
			return stage(c.New())
		},
	}
	for _, f := range folds {
		k.OneOf = append(k.OneOf, string(f.name))
		k.Params = append(k.Params, analytics.Param{Name: string(f.name), Positive: true, Type: analytics.Windowed,
			Doc: string(f.name) + " of the last so many readings, or of so long"})
	}
	k.Params = append(k.Params,
		analytics.Param{Name: "min_periods", Positive: true, Type: analytics.Integer, Default: 1.0, Doc: "least values for a result"},
		analytics.Param{Name: "ddof", Type: analytics.Integer, Default: 0.0, Doc: "std: 0 divides by n, 1 by n - 1"},
		maxGapParam(),
		capParam("windows of time: most readings"))
	return k
}

func differenceKind() Kind {
	return Kind{
		Name: "difference", Doc: "the change since an earlier reading", Output: analytics.DeltaUnit,
		Params: []analytics.Param{
			{Name: "lag", Positive: true, Type: analytics.Integer, Default: 1.0, Doc: "how many readings earlier"},
			maxGapParam(),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Difference{Lag: a.Int("lag"), MaxGap: a.Duration("max_gap")}.New())
		},
	}
}

func rateKind() Kind {
	return Kind{
		Name: "rate", Doc: "the change since the last reading per time", Output: analytics.RateUnit,
		Params: []analytics.Param{
			{Name: "per", Positive: true, Type: analytics.Duration, Default: sim.Second, Doc: "unit of time of the rate"},
			maxGapParam(),
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Rate{Per: a.Duration("per"), MaxGap: a.Duration("max_gap")}.New())
		},
	}
}

func resampleKind() Kind {
	return Kind{
		Name: "resample", Doc: "readings on a regular grid of event time", Output: analytics.ChannelUnit,
		Params: []analytics.Param{
			{Name: "every", Positive: true, Type: analytics.Duration, Required: true, Doc: "distance of the grid points"},
			{Name: "aggregate", Type: analytics.Word, Default: string(LastValue), Doc: "how readings become one",
				Choices: []string{string(LastValue), string(MeanValue), string(LinearValue)}},
			{Name: "offset", Type: analytics.Duration, Doc: "shift of the grid from the run's start"},
			{Name: "max_gap", Type: analytics.Duration, Doc: "linear: longest distance bridged; 0 is any"},
			{Name: "limit", Positive: true, Type: analytics.Integer, Default: 1000.0, Doc: "most points made up for one silence"},
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Resample{Every: a.Duration("every"), Aggregate: Aggregate(a.Word("aggregate")),
				Offset: a.Duration("offset"), MaxGap: a.Duration("max_gap"), Limit: a.Int("limit")}.New())
		},
	}
}

func deadbandKind() Kind {
	return Kind{
		Name: "deadband", Doc: "hands on only what has changed, and a heartbeat", Output: analytics.ChannelUnit,
		Params: []analytics.Param{
			{Name: "band", Type: analytics.Number, Unit: analytics.DeltaUnit, Required: true, Doc: "change that is worth a reading"},
			{Name: "heartbeat", Type: analytics.Duration, Doc: "longest time without a reading; 0 is for ever"},
		},
		New: func(a analytics.Args) (analytics.Stage, error) {
			return stage(Deadband{Band: a.Number("band"), Heartbeat: a.Duration("heartbeat")}.New())
		},
	}
}
