"""What Glassbox claims about speed, measured: `make bench` writes docs/bench.md."""
