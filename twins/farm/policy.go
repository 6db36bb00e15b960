package farm

// Trigger returns the mean water content of the root zone in m3/m3 below which
// to irrigate, so that the crop never lacks water: that of the depletion p(ETc)
// less a margin for what is lost until the water comes. fc and wp are field
// capacity and wilting point in m3/m3, p the depletion fraction at 5 mm/d, etc
// the crop's evapotranspiration in mm/d. It does not depend on the depth of the
// roots. A rule can say the same:
//
//	self.vwc < self.field_capacity - (self.p + 0.04*(5-self.etc) - 0.05) * (self.field_capacity-self.wilting_point)
func Trigger(fc, wp, p, etc, margin float64) float64 {
	return fc - max(0, DepletionFraction(p, etc)-margin)*(fc-wp)
}

// Refill returns the gross water in m3 that brings a root zone back to field
// capacity: contents in m3/m3, root in m, area in ha, efficiency of application 0 to 1.
func Refill(fc, vwc, root, area, efficiency float64) float64 {
	return max(0, fc-vwc) * root * area * 1e4 / efficiency
}
