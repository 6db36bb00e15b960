package scenarios

// Golden lets tests outside of the package use golden.
var Golden = golden
