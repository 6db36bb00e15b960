package model

import "github.com/twinsim/twinsim/analytics"

// Kind describes one kind of model and makes it from a scenario's parameters.
type Kind = analytics.Kind[analytics.Model]

// Kinds returns the table of all models, by the names that scenario files use.
// The parameter "inputs" is the number of channels that the scenario connects.
func Kinds() []Kind { return []Kind{zscoreKind(), cusumKind(), pageHinkleyKind()} }

// model hands on a model, or an untyped nil with the error.
func model(m analytics.Model, err error) (analytics.Model, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

func inputsParam() analytics.Param {
	return analytics.Param{Name: "inputs", Type: analytics.Integer, Positive: true, Default: 1.0, Doc: "number of channels watched"}
}

func duringParam() analytics.Param {
	p := analytics.Param{Name: "in_alarm", Type: analytics.Word, Default: string(Suspend), Doc: "what is learned while the alarm is on"}
	for _, d := range durings {
		p.Choices = append(p.Choices, string(d))
	}
	return p
}

func learnParam(fallback float64) analytics.Param {
	return analytics.Param{Name: "learn", Type: analytics.Windowed, Positive: true, Default: fallback, Doc: "warm-up: so many readings or so long"}
}

func persistParam() analytics.Param {
	return analytics.Param{Name: "persist", Type: analytics.Integer, Positive: true, Default: 1.0, Doc: "consecutive readings beyond the level that raise the alarm"}
}

func dwellParam() analytics.Param {
	return analytics.Param{Name: "dwell", Type: analytics.Duration, Doc: "shortest alarm"}
}

func zscoreKind() Kind {
	return Kind{
		Name: "zscore", Doc: "values far from a moving mean, in standard deviations",
		Params: []analytics.Param{
			inputsParam(),
			{Name: "memory", Type: analytics.Windowed, Positive: true, Default: 288.0, Doc: "of mean and deviation: readings, or a half-life"},
			learnParam(50),
			{Name: "enter", Type: analytics.Number, Positive: true, Default: 4.0, Doc: "deviations that raise the alarm"},
			{Name: "leave", Type: analytics.Number, Positive: true, Doc: "deviations below which it falls; default half of enter"},
			{Name: "clip", Type: analytics.Number, Default: 3.0, Doc: "learn from values as if at most so many deviations off; negative is off"},
			{Name: "floor", Type: analytics.Number, Unit: analytics.DeltaUnit, Default: 0.0, Doc: "least deviation: the sensor's resolution"},
			persistParam(), dwellParam(), duringParam(),
		},
		New: func(a analytics.Args) (analytics.Model, error) {
			return model(ZScore{
				Inputs: a.Int("inputs"), Memory: a.Span("memory"), Learn: a.Span("learn"),
				Enter: a.Number("enter"), Leave: a.Number("leave"), Clip: a.Number("clip"), Floor: a.Number("floor"),
				Persist: a.Int("persist"), Dwell: a.Duration("dwell"), During: During(a.Word("in_alarm")),
			}.New())
		},
	}
}

func cusumKind() Kind {
	return Kind{
		Name: "cusum", Doc: "small lasting shifts of the mean: two-sided cumulative sums",
		Params: []analytics.Param{
			inputsParam(),
			{Name: "k", Type: analytics.Number, Positive: true, Default: 0.5, Doc: "allowance, in deviations: half the shift to find"},
			{Name: "h", Type: analytics.Number, Positive: true, Default: 5.0, Doc: "sum that raises the alarm, in deviations"},
			{Name: "mean", Type: analytics.Number, Unit: analytics.ChannelUnit, Doc: "fixed reference, with sd"},
			{Name: "sd", Type: analytics.Number, Positive: true, Unit: analytics.DeltaUnit, Doc: "fixed deviation; learned if not given"},
			{Name: "learn", Type: analytics.Windowed, Positive: true, Doc: "warm-up that learns the reference: so many readings (100) or so long"},
			{Name: "memory", Type: analytics.Windowed, Positive: true, Doc: "the reference follows: readings, or a half-life; frozen if not given"},
			{Name: "leave", Type: analytics.Number, Positive: true, Default: 0.5, Doc: "the alarm falls below this part of h"},
			{Name: "top", Type: analytics.Number, Positive: true, Default: 2.0, Doc: "the sums stop at this many h"},
			persistParam(), dwellParam(), duringParam(),
		},
		New: func(a analytics.Args) (analytics.Model, error) {
			return model(CUSUM{
				Inputs: a.Int("inputs"), K: a.Number("k"), H: a.Number("h"), Mean: a.Number("mean"), SD: a.Number("sd"),
				Learn: a.Span("learn"), Memory: a.Span("memory"), Leave: a.Number("leave"), Top: a.Number("top"),
				Persist: a.Int("persist"), Dwell: a.Duration("dwell"), During: During(a.Word("in_alarm")),
			}.New())
		},
	}
}

func pageHinkleyKind() Kind {
	return Kind{
		Name: "page_hinkley", Doc: "changes of the mean, each of which starts the test anew",
		Params: []analytics.Param{
			inputsParam(),
			{Name: "delta", Type: analytics.Number, Positive: true, Default: 0.5, Doc: "change that is tolerated, in deviations"},
			{Name: "lambda", Type: analytics.Number, Positive: true, Default: 20.0, Doc: "sum that raises the alarm, in deviations"},
			learnParam(50), dwellParam(),
		},
		New: func(a analytics.Args) (analytics.Model, error) {
			return model(PageHinkley{
				Inputs: a.Int("inputs"), Delta: a.Number("delta"), Lambda: a.Number("lambda"),
				Learn: a.Span("learn"), Dwell: a.Duration("dwell"),
			}.New())
		},
	}
}
