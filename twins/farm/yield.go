package farm

// YieldFraction returns the yield relative to the potential one, 0 to 1, from a
// yield response factor and the evapotranspiration relative to that without lack
// of water (FAO-33: 1-Ya/Ym = Ky (1-ETa/ETm)).
func YieldFraction(ky, relative float64) float64 {
	return min(1, max(0, 1-ky*(1-relative)))
}

// A Growth is how the yield of one season stands. Phases multiply (the stage
// product of Rao, Sarma and Chander, 1988, Agricultural Water Management 13, with
// FAO-33's factors), and each counts transpiration only: evaporation from wet
// soil would hide stress.
type Growth struct {
	Done  float64 // product of the phases that are over; 1 at planting
	T     float64 // transpiration of the present phase, mm
	Tm    float64 // what it would be without lack of water, mm
	Phase uint8
}

// Add counts a day of a phase: its transpiration and what it could be, in mm.
func (g *Growth) Add(phases []Phase, phase uint8, t, tm float64) {
	if phase != g.Phase {
		g.Done = g.Yield(phases)
		g.T, g.Tm, g.Phase = 0, 0, phase
	}
	g.T += t
	g.Tm += tm
}

// Yield returns the relative yield, 0 to 1, if the crop lacked no water from now
// on.
func (g *Growth) Yield(phases []Phase) float64 {
	if g.Tm <= 0 || int(g.Phase) >= len(phases) {
		return g.Done
	}
	return g.Done * YieldFraction(phases[g.Phase].Ky, g.T/g.Tm)
}
