"""Rounds of runs, and what is made of them. The machine's speed drifts, so proxies are compared pair by pair:
runs of one round are neighbours in time, and every other round goes the other way round."""
from dataclasses import dataclass
from statistics import median


def interleaved(names, rounds):
    """(round, name) in the order in which to run."""
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            yield number, name


@dataclass(frozen=True)
class Ratio:
    """How much faster ours is, round by round."""
    median: float
    low: float
    high: float
    of_medians: float


def paired(ours, theirs):
    ratios = [a / b for a, b in zip(ours, theirs) if b > 0]
    return Ratio(median(ratios), min(ratios), max(ratios), median(ours) / median(theirs)) if ratios else None
