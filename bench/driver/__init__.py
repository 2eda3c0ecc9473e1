"""The parts of bench.py; standard library only."""
