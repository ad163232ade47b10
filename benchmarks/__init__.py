"""How fast the proxy is, measured against what it stands between: `make bench` (see docs/benchmarks.md)."""
