"""What `Benchmarks/run` and `Benchmarks/instructions` are made of."""
