package farm

// A Water is the water of one field: depletions below field capacity.
type Water struct {
	Dr    float64 // of the root zone, mm
	De    float64 // of the evaporating surface layer, mm
	Below float64 // of the soil between the roots and their greatest depth, mm
	Root  float64 // present rooting depth, m
	Fw    float64 // part of the surface that was wetted last, 0 to 1
}

// A Demand is what one day brings to a field.
type Demand struct {
	Coefficients
	ET0        float64 // reference evapotranspiration, mm
	Rain       float64 // mm
	Runoff     float64 // of the rain, mm
	Irrigation float64 // that infiltrates, mm over the whole field
	Fw         float64 // part of the surface that the irrigation wets, 0 to 1
	Root       float64 // rooting depth today, m; roots never shrink within a season
	RootMax    float64 // depth to which the soil is accounted for, m
	P          float64 // depletion fraction at 5 mm/d
}

// A Flux is what one day took from a field.
type Flux struct {
	ETc     float64 // evapotranspiration without lack of water in the root zone, mm
	E       float64 // evaporation from the surface, mm
	T       float64 // transpiration, mm
	Tm      float64 // transpiration without lack of water, mm
	Deep    float64 // drained below the greatest rooting depth, mm
	Leached float64 // drained below the roots, mm
	Ks      float64 // stress: 1 is none, 0 is no transpiration
	P       float64 // depletion fraction of the day
	TAW     float64 // available water of the root zone when full, mm
	Grown   float64 // depletion that the roots met as they grew, mm
}

// ET returns evaporation and transpiration in mm.
func (f *Flux) ET() float64 { return f.E + f.T }

// wettingRain is the least rain of a day, in mm, that wets the whole surface.
const wettingRain = 3

// Step takes the field through one day (eqs. 69 to 88). The order is the one of
// the daily procedure: roots grow; the surface evaporates by its depletion of
// the evening before; stress follows the root zone's depletion at the start of
// the day; then water comes in, leaves, and what is above field capacity drains,
// first into the soil below the roots.
//
// With Below zero it is FAO-56, where new roots meet soil at field capacity.
// Depletion never exceeds TAW: transpiration, then evaporation, is cut to what
// is there, so that every day closes:
//
//	Dr' = Dr + Grown - (Rain-Runoff) - Irrigation + E + T + Leached
func (w *Water) Step(s *Soil, d *Demand) Flux {
	var f Flux
	if d.Root > w.Root {
		f.Grown = w.Below
		if left := d.RootMax - w.Root; left > d.Root-w.Root {
			f.Grown *= (d.Root - w.Root) / left
		}
		w.Below -= f.Grown
		w.Dr += f.Grown
		w.Root = d.Root
	}
	in := d.Rain - d.Runoff
	f.E = w.surface(s, d, in)

	f.Tm = d.Kcb * d.ET0
	f.ETc = f.Tm + f.E
	f.TAW = s.Available(w.Root)
	f.P = DepletionFraction(d.P, f.ETc)
	f.Ks = Stress(w.Dr, f.TAW, f.P)
	f.T = f.Ks * f.Tm

	w.Dr = w.Dr - in - d.Irrigation + f.E + f.T
	if over := w.Dr - f.TAW; over > 0 {
		cut := min(over, f.T)
		f.T -= cut
		f.E -= min(over-cut, f.E)
		w.Dr = f.TAW
	}
	if w.Dr < 0 {
		f.Leached = -w.Dr
		w.Dr = 0
		w.Below -= f.Leached
		if w.Below < 0 {
			f.Deep = -w.Below
			w.Below = 0
		}
	}
	return f
}

// surface advances the evaporating layer and returns the evaporation in mm
// (eqs. 71 to 79); in is what infiltrates of the rain in mm.
func (w *Water) surface(s *Soil, d *Demand, in float64) float64 {
	switch {
	case d.Irrigation > 0:
		w.Fw = d.Fw
	case d.Rain >= wettingRain:
		w.Fw = 1
	}
	tew := s.TEW()
	few := max(0.01, min(1-d.Cover, w.Fw))
	kr := 1.0
	if w.De > s.REW {
		kr = max(0, (tew-w.De)/(tew-s.REW))
	}
	ke := max(0, min(kr*(d.Kcmax-d.Kcb), few*d.Kcmax))
	e := ke * d.ET0
	wet := in + d.Irrigation/w.Fw
	w.De = min(tew, max(0, w.De-wet)+e/few)
	return e
}

// Stress returns the stress coefficient Ks from the root zone's depletion and
// its available water in mm, and the depletion fraction (eq. 84).
func Stress(dr, taw, p float64) float64 {
	if dr <= p*taw {
		return 1
	}
	return max(0, (taw-dr)/((1-p)*taw))
}

// Replant makes a root zone of a new depth in m out of the soil as it is: the
// water of the old root zone is taken as evenly spread.
func (w *Water) Replant(root, rootMax float64) {
	total := w.Dr + w.Below
	if root < w.Root {
		keep := w.Dr * root / w.Root
		w.Below = total - keep
		w.Dr = keep
	} else if rootMax > w.Root {
		w.Dr += w.Below * (root - w.Root) / (rootMax - w.Root)
		w.Below = total - w.Dr
	}
	w.Root = root
}
