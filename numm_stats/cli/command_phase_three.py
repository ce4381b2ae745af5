"""`numm-stats phase-three`."""

from __future__ import annotations

from pathlib import Path

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import number, print_json, print_table

__all__ = ["command"]

LIMITS = ("variant", "deviance", "ndf", "1.642", "2.706", "CLs", "expected", "Bayes")


@click.command("phase-three")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def command(file: Path, *, as_json: bool) -> None:
    """Borexino's published Phase-III spectrum: how well it is described, and limits on the moment, as a study.

    Example: numm-stats phase-three tfc_subtracted_spectrum.txt
    """
    from numm_stats.studies.phase_three import description, study  # noqa: PLC0415

    regions, limits = description(file), study(file)
    if as_json:
        print_json({"regions": [r.to_dict() for r in regions], "limits": [found.to_dict() for found in limits]})
        return
    rows = [
        (r.region, str(r.bins), f"{r.chi2:.1f}", f"{r.ndf:.1f}", f"{r.per_ndf:.2f}", f"{r.published_chi2:.1f}")
        for r in regions
    ]
    print_table("Borexino Phase-III", ("region", "bins", "chi2", "ndf", "chi2/ndf", "chi2 of their fit"), rows, [])
    cells = [
        (m.variant, f"{m.deviance:.1f}", str(m.ndf), *(number(v, 3) for v in (m.one_sided, m.two_sided, m.cls)),
         number(m.expected, 3), number(m.bayes, 3))
        for m in limits
    ]  # fmt: skip
    note = "A study, not the collaboration's result: no pp, no systematic uncertainties of theirs, spectra computed."
    print_table("limits on the moment at 90 %", LIMITS, cells, [note])
