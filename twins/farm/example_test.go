package farm_test

import (
	"fmt"

	"github.com/twinsim/twinsim/twins/farm"
)

// FAO-56 example 18: Uccle, 6 July.
func ExampleSite_Daily() {
	uccle := farm.Site{Latitude: 50.8, Elevation: 100}
	et0 := uccle.Daily(farm.Met{
		Day: 187, Tmax: 21.5, Tmin: 12.3,
		Vapour: farm.VapourFromHumidity(21.5, 12.3, 84, 63),
		Wind:   farm.WindAt2(2.78, 10),
		Solar:  22.07,
	})
	fmt.Printf("%.1f mm\n", et0)
	// Output: 3.9 mm
}

// On a hot day maize on loam must be watered earlier than on a mild one.
func ExampleTrigger() {
	for _, etc := range []float64{3, 7} {
		fmt.Printf("at %g mm/d below %.3f m3/m3\n", etc, farm.Trigger(0.31, 0.15, 0.55, etc, 0.05))
	}
	// Output:
	// at 3 mm/d below 0.217 m3/m3
	// at 7 mm/d below 0.243 m3/m3
}
