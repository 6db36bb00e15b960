package dist_test

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/dist"
)

// Service times of a desk: usually about 3 minutes, at times a long case.
func Example() {
	service, err := dist.NewMixture(
		[]dist.Distribution{dist.Gamma{Shape: 4, Scale: 0.75}, dist.LogNormal{Mu: 3, Sigma: 0.5}}, // minutes
		[]float64{0.9, 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := sim.NewStream(42, 0, "desk/service")
	fmt.Printf("mean %.2f min, first %.2f, %.2f, %.2f\n", service.Mean(), service.Draw(&s), service.Draw(&s), service.Draw(&s))
	// Output: mean 4.98 min, first 1.99, 2.97, 5.33
}

// A shop that is open from 8 to 18, but not on the last two days of the week.
func ExampleWeekly() {
	var perHour [168]float64
	for day := range 5 {
		for h := 8; h < 18; h++ {
			perHour[24*day+h] = 12
		}
	}
	a := dist.Weekly(0, perHour)
	s := sim.NewStream(1, 0, "shop/arrivals")
	n := 0
	for now, ok := a.Next(0, &s); ok && now < 7*sim.Day; now, ok = a.Next(now, &s) {
		n++
	}
	fmt.Printf("%d customers, 600 expected\n", n)
	// Output: 577 customers, 600 expected
}

// Which law do these repair times, in hours, follow?
func ExampleBest() {
	s := sim.NewStream(7, 0, "history")
	data := make([]float64, 400)
	for i := range data {
		data[i] = dist.Weibull{Shape: 1.8, Scale: 5}.Draw(&s)
	}
	ranked, err := dist.Best(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	best := ranked[0]
	test, err := dist.ChiSquare(data, best.Dist, 0, best.Parameters)
	fmt.Printf("%s %.2f, doubtful: %v %v\n", best.Family, best.Dist, test.PValue < 0.05, err)
	// Output: weibull {1.73 5.07}, doubtful: false <nil>
}

// Two variants that draw by inversion from the same stream see the same luck: the
// slower machine is slower in every single case.
func ExampleGamma_Inverse() {
	a, b := sim.NewStream(7, 0, "machine"), sim.NewStream(7, 0, "machine")
	fast, slow := dist.Gamma{Shape: 3, Scale: 1}, dist.Gamma{Shape: 3, Scale: 1.2}
	always := true
	for range 1000 {
		always = always && slow.Inverse(&b) > fast.Inverse(&a)
	}
	fmt.Println(always)
	// Output: true
}
