"""`numm-stats select`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.progress import progress
from numm_stats.cli.stopping import stopping, stops_with_its_master
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numm_stats.selections.selected import SelectedTemplates
    from numm_stats.selections.table import Selection
    from numm_stats.selections.table_saved import SavedSelection
    from numm_stats.templates.templates import Histogram

__all__ = ["command"]

SIMULATING: Final = ("folder", "events", "count", "seed", "mode", "energy_scale", "jobs")
LISTING: Final = ("listed", "pot")
OF_SIMULATION_ALONE: Final = ("events", "count", "seed", "mode", "energy_scale")


@click.command("select")
@click.argument("selection", required=False)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the pyhf workspace.")
@click.option("--histograms", type=click.Path(path_type=Path), help="Write the histograms, .root or .json.")
@click.option("--events-of", "real", multiple=True, metavar="FILE", help="Real events, in place of Asimov data.")
@click.option("--data", default="asimov", show_default=True, help="asimov, or asimov:MOMENT.")
@click.option("--pot", type=float, help="Protons on target wanted, in place of the selection's; of saved spectra too.")
@click.option("--skip-bad", is_flag=True, help="Leave out files that cannot be read, and their exposure.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes that read files.")
@click.option("--list", "listed", is_flag=True, help="Say what is in the files, and nothing else.")
@click.option("--simulate", "folder", type=click.Path(path_type=Path), help="Simulate NOvA-like events into a folder.")
@click.option("--events", type=int, default=2_000_000, show_default=True, help="Of --simulate, in all files.")
@click.option("--number", "count", type=int, default=8, show_default=True, help="Of --simulate: files.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of --simulate.")
@click.option("--mode", default="forward", show_default=True, help="Of --simulate: horn current, forward or reverse.")
@click.option("--energy-scale", type=float, default=1.0, show_default=True, help="Of --simulate: another calibration.")
@json_option
@stopping()
def command(selection: str | None, files: tuple[str, ...], *, as_json: bool, **choices: Any) -> None:
    """ROOT events, or saved histograms, to templates and a pyhf workspace, by a selection in TOML.

    SELECTION is a .toml file or a selection of the catalogue; each FILE is a path or a glob in quotes.

    Example: numm-stats select --simulate events

    Then: numm-stats select nova-shape 'events/*.root' -o nova.json
    """
    from numm_stats.cli import select_files  # noqa: PLC0415

    if choices["folder"] is not None:
        _refuse_with("--simulate", selection, SIMULATING)
        select_files.simulate(choices["folder"], choices, as_json=as_json)
        return
    if choices["listed"]:
        _refuse_with("--list", None, LISTING)
        given = (() if selection is None else (selection,)) + files
        select_files.list_files(given, choices["pot"], as_json=as_json)
        return
    if selection is None:
        raise InputError("give a selection, a .toml file or a name: numm-stats select nova-shape 'events/*.root'")
    for option in _given(OF_SIMULATION_ALONE):
        raise InputError(f"{option} is of --simulate: leave it, or simulate with --simulate FOLDER")
    _select(selection, files, choices, as_json=as_json)


def _given(names: tuple[str, ...]) -> list[str]:
    """Return those of the options with these names that stand on the command line, as they are written there."""
    context = click.get_current_context()
    options = [each for each in context.command.params if isinstance(each, click.Option) and each.name in names]
    stated = click.core.ParameterSource.COMMANDLINE
    return [each.opts[0] for each in options if context.get_parameter_source(str(each.name)) is stated]


def _refuse_with(option: str, selection: str | None, own: tuple[str, ...]) -> None:
    """Refuse what has no meaning beside --simulate and --list, and would be passed over in silence."""
    every = [str(each.name) for each in click.get_current_context().command.params]
    found = _given(tuple(name for name in every if name not in (*own, "as_json")))
    found += [selection] if selection is not None else []
    if found:
        raise InputError(f"{option} stands alone: leave {', '.join(found)}")


def _select(target: str, files: tuple[str, ...], choices: dict[str, Any], *, as_json: bool) -> None:
    from numm_stats.cli.select_saved import select_histograms  # noqa: PLC0415
    from numm_stats.selections.table_saved import SavedSelection  # noqa: PLC0415
    from numm_stats.verbs.selecting import at_reference, load_selection  # noqa: PLC0415

    wanted = load_selection(target)
    _check_outputs(wanted, files, choices)
    if isinstance(wanted, SavedSelection):
        found, real = select_histograms(wanted, files, choices, _given(("data", "skip_bad", "jobs")))
    else:
        found, real = _select_events(wanted, files, choices)
    found = _noted(found if choices["output"] is None else at_reference(found), real)
    report = {**found.to_dict(), "data": None if real is None else real.to_dict(), **_written(found, real, choices)}
    if as_json:
        print_json(report)
        return
    _print(found, real)
    if report["workspace"]:
        say(f"{report['workspace']}: sha256 {report['sha256']}")
        shape, counting = report["expected"], report["expected_counting"]
        say(f"expected CLs limit at 90 %: {number(shape)}; the first channel as one bin, {number(counting)}")
    if report["histograms"]:
        say(f"{report['histograms']}")


def _select_events(
    wanted: Selection, files: tuple[str, ...], choices: dict[str, Any]
) -> tuple[SelectedTemplates, SelectedTemplates | None]:
    """Templates of simulated events and the counts of real ones, whose exposure is wanted unless another is stated."""
    wanted = _with_pot(wanted, choices["pot"])
    real = _read(wanted.of_data(), choices["real"], choices) if choices["real"] else None
    if real is not None and choices["pot"] is None:
        wanted = _with_pot(wanted, real.exposure.simulated_pot)
    return _read(wanted, files, choices), real


def _check_outputs(selection: Selection | SavedSelection, files: tuple[str, ...], choices: dict[str, Any]) -> None:
    """Refuse, before hours of reading, files that could not be written after it, and data that make no sense."""
    from numm_stats.selections.names import refuse_equal_histograms  # noqa: PLC0415
    from numm_stats.selections.table import Selection  # noqa: PLC0415
    from numm_stats.verbs.selecting import refuse_without_signal  # noqa: PLC0415
    from numm_stats.workspace.files import check_writable  # noqa: PLC0415

    _check_data(choices)
    output, histograms = choices["output"], choices["histograms"]
    written = [path for path in (output, histograms) if path is not None]
    for path in written:
        check_writable(path)
    if histograms is not None and histograms.suffix not in (".root", ".json"):
        raise InputError(f"--histograms {histograms}: must end in .root or .json")
    if len(written) == 2 and output.resolve() == histograms.resolve():
        raise InputError(f"-o and --histograms are both {output}: give two files")
    if output is not None:
        refuse_without_signal(selection)
    if histograms is not None and isinstance(selection, Selection):
        refuse_equal_histograms(selection, data=bool(choices["real"]))
    _refuse_to_overwrite(written, [*(files or selection.files or ()), *choices["real"]], selection)


def _check_data(choices: dict[str, Any]) -> None:
    from numm_stats.cli.select_files import check_pot  # noqa: PLC0415
    from numm_stats.verbs.loading import asimov_injection  # noqa: PLC0415

    check_pot(choices["pot"])
    if choices["data"] == "observed":
        raise InputError("--data observed: give the files of the real events by --events-of FILE")
    injected = asimov_injection(choices["data"])
    if choices["real"] and choices["data"] != "asimov":
        raise InputError(f"--data {choices['data']}: with --events-of the data are real; leave one of the two")
    if injected and choices["output"] is None:
        raise InputError(f"--data {choices['data']}: Asimov data are of the workspace; give -o FILE, or leave it")


def _refuse_to_overwrite(written: list[Path], patterns: list[str], selection: Selection | SavedSelection) -> None:
    """Refuse to write where events are read."""
    from numm_stats.selections.files import find_files  # noqa: PLC0415

    events = {Path(name).resolve(): name for name in find_files([*patterns, *selection.other_files])}
    for path in written:
        if path.resolve() in events:
            raise InputError(f"{path} is one of the files with events: give another name")


def _with_pot(selection: Selection, pot: float | None) -> Selection:
    """Return a selection with the exposure that is wanted on the command line, or that the data have."""
    if pot is None:
        return selection
    if selection.exposure is None:
        raise InputError(f"--pot {pot:g}: selection '{selection.name}' has no [exposure] to be scaled")
    return selection.model_copy(update={"exposure": selection.exposure.model_copy(update={"pot": pot})})


def _noted(found: SelectedTemplates, real: SelectedTemplates | None) -> SelectedTemplates:
    """Return templates whose warnings tell what is to be known of the data as well."""
    if real is None:
        return found
    notes = [f"data: {warning}" for warning in real.warnings]
    pot, measured = found.exposure.pot, real.exposure.simulated_pot
    if measured is None:
        taken = "the templates' exposure" if pot is None else f"{pot:g} protons on target"
        notes.append(f"the data do not say their exposure; they are taken to be of {taken}")
    elif pot is not None and pot != measured:
        notes.append(f"templates are of {pot:g} protons on target, the data of {measured:g}")
    return replace(found, warnings=(*found.warnings, *notes))


def _read(selection: Selection, files: tuple[str, ...], choices: dict[str, Any]) -> SelectedTemplates:
    from numm_stats.selections.build import select  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    with workers(choices["jobs"], initializer=stops_with_its_master) as executor, progress("events") as bar:
        counted = {"progress": _steps(**bar)} if bar else {}
        return select(selection, files, executor=executor, skip_bad=choices["skip_bad"], **counted)


def _steps(report: Any, announce: Any) -> Any:
    """Turn events done of all there are into the steps that a bar counts."""
    seen = {"done": 0, "total": 0}

    def progressed(done: int, total: int) -> None:
        announce(total - seen["total"])
        report(done - seen["done"])
        seen.update(done=done, total=total)

    return progressed


def _written(found: SelectedTemplates, real: SelectedTemplates | None, choices: dict[str, Any]) -> dict[str, Any]:
    """Write what was asked for, all of it made before the first file."""
    from numm_stats.selections.named_histograms import histograms_of  # noqa: PLC0415
    from numm_stats.verbs.loading import asimov_injection  # noqa: PLC0415
    from numm_stats.verbs.selecting import expected_limits, selected_spec  # noqa: PLC0415
    from numm_stats.workspace.files import write_text  # noqa: PLC0415
    from numm_stats.workspace.spec import digest, to_text  # noqa: PLC0415

    output, histograms = choices["output"], choices["histograms"]
    spec = None if output is None else selected_spec(found, real, injected=asimov_injection(choices["data"]))
    shape, counting = (None, None) if spec is None else expected_limits(found)
    content = None if histograms is None else histograms_of(found, real)
    if spec is not None:
        write_text(output, to_text(spec))
    if content is not None:
        _write_histograms(histograms, content)
    return {
        "workspace": None if output is None else str(output),
        "sha256": None if spec is None else digest(spec),
        "expected": shape,
        "expected_counting": counting,
        "histograms": None if histograms is None else str(histograms),
    }


def _write_histograms(path: Path, content: dict[str, Histogram]) -> None:
    from numm_stats.selections.writing import write_root  # noqa: PLC0415
    from numm_stats.selections.writing_json import write_json  # noqa: PLC0415

    (write_root if path.suffix == ".root" else write_json)(path, content)


def _print(found: SelectedTemplates, real: SelectedTemplates | None) -> None:
    exposure = found.exposure
    cuts = [(cut, str(events)) for cut, events in found.cut_flow]
    scaled = "" if exposure.simulated_pot is None else f"scaled by {exposure.scale:.4g} to "
    pot = "" if exposure.pot is None else f"; {scaled}{exposure.pot:.4g} POT"
    files = f"{len(exposure.files)} file{'' if len(exposure.files) == 1 else 's'}{pot}."
    skipped = [f"Skipped {fault.path}: {fault.message}" for fault in exposure.skipped]
    if cuts:
        print_table(f"{found.selection.name}: events left", ("cut", "events"), cuts, [files, *skipped])
    rows = [
        (name, str(found.events[name]), number(float(template.counts.sum()), 5), ", ".join(_moved(template)) or "-")
        for name, template in found.samples.items()
    ]
    if real is not None:
        rows += [(name, str(real.events[name]), number(float(h.values().sum()), 6), "-") for name, h in real.items()]
    notes = [] if cuts else [files]
    notes += [f"The signal is that of {found.reference_text}."] if found.reference is not None else []
    print_table("Samples", ("sample", "simulated", "expected", "systematics"), rows, notes)
    for warning in found.warnings:
        say(f"warning: {warning}")


def _moved(template: Any) -> list[str]:
    names = [*template.normalisations, *template.variations]
    return names + (["statistics"] if template.statistical is not None and not template.power else [])
