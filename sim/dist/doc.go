// Package dist draws random variates for simulations from the kernel's streams.
//
// A distribution is a small struct of parameters. Validate says what is wrong with
// them; a distribution with tables or weights is made by a New function that checks
// them. Draw uses the fastest method and may take several numbers from the stream;
// Inverse takes exactly one and is Quantile of it, monotone, so that two variants
// of a model which draw from the same stream stay synchronised (common random
// numbers); an antithetic pair is d.Quantile(u) and d.Quantile(1-u). The comments
// on the types say how many numbers Draw takes.
//
// Draws give the same bits on every processor: sums of products are rounded
// explicitly and all functions come from package detmath. [Fit] and the tests of
// goodness use gonum and don't promise that.
//
// Every parameter, mean and quantile is in the unit of the variate, which is the
// caller's choice (seconds of service, litres of demand, items); a variance is in
// its square. Only [Arrivals] and [Thinning] fix units: events per second.
package dist
