"""Small real servers for the proxy's tests: TLS with faults on demand, and a Lambda Runtime API."""
