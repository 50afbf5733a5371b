"""What the recorded schedulers are."""

from __future__ import annotations

TREES = {
    "1.7.0": "Airflow 1.7.0, 28 March 2016: before AIRFLOW-20",
    "base": "Airflow master, 24 April 2016: what AIRFLOW-20 complains about, and forks from",
    "pr": "pull request 1431, 1 May 2016: the code announced with AIRFLOW-20",
    "prti": "the same branch three days later: depends_on_past moved to task level",
    "1.8.1": "Airflow 1.8.1, 2017: what landed in the end",
    "airflow-3.3.2": "Airflow 3.3.2: today's",
}
"""By the name under which recordings give it; in order of time."""


DESIGN_OF = {
    "1.7.0": "airflow-1.7.0",
    "base": "airflow-2016-04",
    "pr": "pr-1431",
    "1.8.1": "airflow-1.8.1",
    "airflow-3.3.2": "airflow-3",
}
"""The design that does what a recorded scheduler did; of ``prti`` there is none."""


def in_order(names: list[str]) -> list[str]:
    """Known schedulers in order of time, then the others by name."""
    known = [name for name in TREES if name in names]
    return known + sorted(set(names) - set(known))
