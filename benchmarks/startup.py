"""Start-up: `--help` against `import click`, a whole limit against `import pyhf`. Best of several runs each.

Usage: python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys
import time

REPEATS = 7
COMMANDS = {
    "import click": [sys.executable, "-c", "import click"],
    "numm-stats --help": [sys.executable, "-m", "numm_stats", "--help"],
    "import pyhf": [sys.executable, "-c", "import pyhf"],
    "numm-stats limit isodar-juno-0.2mev": [sys.executable, "-m", "numm_stats", "limit", "isodar-juno-0.2mev"],
}


def best_time(command: list[str]) -> float:
    """Return the shortest time of several runs [s]."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the two ratios."""
    seconds = {name: best_time(command) for name, command in COMMANDS.items()}
    names = list(seconds)
    for measured, reference in ((names[1], names[0]), (names[3], names[2])):
        print(f"{measured}: {seconds[measured] / seconds[reference]:.2f} times `{reference}`")


if __name__ == "__main__":
    main()
