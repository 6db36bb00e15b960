package dist

import (
	"fmt"
	"math"
	"slices"

	"github.com/twinsim/twinsim/sim"
)

// Discrete is the law of given values with given weights. Draw takes one number,
// by Walker's alias method (1977) with Vose's tables (1991): its cost doesn't grow
// with the number of values. Make it with [NewDiscrete].
type Discrete struct {
	Values []float64 // ascending, in the variate's unit
	Cum    []float64 // probability of at most Values[i]
	Accept []float64 // alias table: chance to keep cell i
	Alias  []int32   // alias table: what cell i gives else
}

// NewDiscrete returns the law that takes values[i], in the variate's unit, with a
// probability in proportion to weights[i].
func NewDiscrete(values, weights []float64) (*Discrete, error) {
	if len(values) != len(weights) {
		return nil, fmt.Errorf("dist: discrete: %d values and %d weights: want as many", len(values), len(weights))
	}
	if len(values) > math.MaxInt32 {
		return nil, fmt.Errorf("dist: discrete: %d values: want fewer than 2^31", len(values))
	}
	at := make([]int, len(values))
	for i, v := range values {
		if err := finite("discrete", named{fmt.Sprintf("value %d", i), v}); err != nil {
			return nil, err
		}
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int {
		switch {
		case values[i] < values[j]:
			return -1
		case values[i] > values[j]:
			return 1
		}
		return 0
	})
	d := &Discrete{}
	var w []float64
	for _, i := range at {
		if n := len(w); n > 0 && d.Values[n-1] == values[i] && weights[i] >= 0 {
			w[n-1] += weights[i] // equal values are one
			continue
		}
		d.Values = append(d.Values, values[i])
		w = append(w, weights[i])
	}
	var err error
	if d.Cum, err = cumulate("discrete", w); err != nil {
		return nil, err
	}
	d.alias(w)
	return d, nil
}

// alias fills the alias table.
func (d *Discrete) alias(weights []float64) {
	n := len(weights)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	d.Accept, d.Alias = make([]float64, n), make([]int32, n)
	var small, large []int32
	for i, w := range weights {
		d.Accept[i] = w / total * float64(n)
		d.Alias[i] = int32(i)
		if d.Accept[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		d.Alias[s] = l
		d.Accept[l] -= 1 - d.Accept[s]
		if d.Accept[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // 1 but for rounding
		d.Accept[i] = 1
		if weights[i] == 0 { // never: some other cell has weight
			d.Accept[i], d.Alias[i] = 0, int32(pick(d.Cum, 0))
		}
	}
}

// Validate returns an error unless the law was made by NewDiscrete.
func (d *Discrete) Validate() error {
	n := len(d.Values)
	if n == 0 || len(d.Cum) != n || len(d.Accept) != n || len(d.Alias) != n {
		return fmt.Errorf("dist: discrete: %w", errUnmade)
	}
	for i, a := range d.Alias {
		if a < 0 || int(a) >= n {
			return fmt.Errorf("dist: discrete: alias %d of cell %d: want 0 to %d", a, i, n-1)
		}
	}
	return nil
}

// Draw returns a variate, in the variate's unit.
func (d *Discrete) Draw(s *sim.Stream) float64 {
	if len(d.Values) == 0 {
		return math.NaN()
	}
	u := float64(s.Float64() * float64(len(d.Values)))
	i := int(u)
	if u-float64(i) >= d.Accept[i] {
		i = int(d.Alias[i])
	}
	return d.Values[i]
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d *Discrete) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// weight returns the probability of value i.
func (d *Discrete) weight(i int) float64 {
	if i == 0 {
		return d.Cum[0]
	}
	return d.Cum[i] - d.Cum[i-1]
}

// Mean is in the variate's unit.
func (d *Discrete) Mean() float64 {
	m := 0.0
	for i, v := range d.Values {
		m += float64(v * d.weight(i))
	}
	return m
}

// Variance is in the square of the variate's unit.
func (d *Discrete) Variance() float64 {
	m, sum := d.Mean(), 0.0
	for i, v := range d.Values {
		sum += float64(float64((v-m)*(v-m)) * d.weight(i))
	}
	return sum
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d *Discrete) CDF(x float64) float64 {
	i, found := slices.BinarySearch(d.Values, x)
	switch {
	case x != x:
		return x
	case found:
		return d.Cum[i]
	case i == 0:
		return 0
	}
	return d.Cum[i-1]
}

// Quantile returns the least value v with CDF(v) >= p, in the variate's unit.
func (d *Discrete) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	if p == 0 {
		return d.Values[pick(d.Cum, 0)]
	}
	i, _ := slices.BinarySearch(d.Cum, p)
	return d.Values[i]
}

// Empirical is the law of data, with straight lines between neighbours: F rises by
// 1/(n-1) from one of the n sorted values to the next (Law, Simulation Modeling and
// Analysis, section 6.2.4). Draw takes one number, by inversion. Make it with
// [NewEmpirical].
type Empirical struct {
	Sorted []float64 // two or more, ascending, in the variate's unit
}

// NewEmpirical returns the law of two or more data, in the variate's unit.
func NewEmpirical(data []float64) (*Empirical, error) {
	d := &Empirical{slices.Clone(data)}
	slices.Sort(d.Sorted)
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return d, nil
}

// Validate returns an error unless there are two or more finite values, ascending.
func (d *Empirical) Validate() error {
	if len(d.Sorted) < 2 {
		return fmt.Errorf("dist: empirical: %d values: want two or more", len(d.Sorted))
	}
	for i, v := range d.Sorted {
		if err := finite("empirical", named{fmt.Sprintf("value %d of the sorted data", i), v}); err != nil {
			return err
		}
	}
	if !slices.IsSorted(d.Sorted) {
		return fmt.Errorf("dist: empirical: Sorted is not ascending: make it with NewEmpirical")
	}
	return nil
}

// Draw returns a variate, in the variate's unit.
func (d *Empirical) Draw(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Inverse is Draw.
func (d *Empirical) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d *Empirical) Mean() float64 {
	n := float64(len(d.Sorted) - 1)
	m := 0.0
	for i := 1; i < len(d.Sorted); i++ {
		m += (float64(0.5*d.Sorted[i-1]) + float64(0.5*d.Sorted[i])) / n
	}
	return m
}

// Variance is in the square of the variate's unit.
func (d *Empirical) Variance() float64 {
	m, sum := d.Mean(), 0.0
	for i := 1; i < len(d.Sorted); i++ {
		a, b := d.Sorted[i-1]-m, d.Sorted[i]-m
		sum += float64(a*a) + float64(a*b) + float64(b*b)
	}
	return sum / 3 / float64(len(d.Sorted)-1)
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d *Empirical) CDF(x float64) float64 {
	v := d.Sorted
	switch {
	case x < v[0]:
		return 0
	case x >= v[len(v)-1]:
		return 1
	case x != x:
		return x
	}
	i, _ := slices.BinarySearchFunc(v, x, func(a, x float64) int { // first beyond x
		if a <= x {
			return -1
		}
		return 1
	})
	return (float64(i-1) + (x-v[i-1])/(v[i]-v[i-1])) / float64(len(v)-1)
}

// Quantile returns the least x with CDF(x) >= p, in the variate's unit.
func (d *Empirical) Quantile(p float64) float64 {
	if cannot(p) || len(d.Sorted) < 2 {
		return math.NaN()
	}
	u := float64(p * float64(len(d.Sorted)-1))
	i := min(int(u), len(d.Sorted)-2)
	a, b := d.Sorted[i], d.Sorted[i+1]
	return min(a+float64((u-float64(i))*(b-a)), b)
}
