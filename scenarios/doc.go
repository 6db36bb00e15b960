// Package scenarios turns a scenario file into a run: TOML in, twins, sources,
// pipes, rules, faults, KPIs and checks out.
//
// [Decode] reads the file and says what is wrong with it, at line and column.
// [Build] makes one replication of it, on tables of types, stages and models
// that it is given. [Run.Execute] runs it, and [Summarize] joins replications.
package scenarios
