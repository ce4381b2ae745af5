"""`python -m numm_stats`: the command line."""

from numm_stats.cli.main import run

if __name__ == "__main__":
    run()
