"""Files whose vectors of universes are not as long as those of the others."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.selections import events
from numm_stats.selections.build import select


def refusal(selection, files, **options):
    with pytest.raises(InputError) as found:
        select(selection, files, **options)
    message = str(found.value)
    assert "\n" not in message
    return message


def make_jagged(path, columns, universes):
    """A file whose universes are lists of any length."""
    kept = {name: values for name, values in columns.items() if name not in ("universes", "png.E")}
    types = {name: values.dtype for name, values in kept.items()}
    with uproot.recreate(path) as file:
        tree = file.mktree("recTree", {**types, "universes": "var * float32", "png.E": "var * float32"})
        tree.extend({**kept, "universes": universes, "png.E": columns["png.E"]})
        file["TotalPOT"] = np.array([1e20]), np.array([0.0, 1.0])
    return str(path)


def test_universes_of_two_numbers(table, selection_of, samples, make_events):
    other, _ = make_events("other.root", universes=np.ones((500, 20), dtype=np.float32))
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    message = refusal(selection_of(table), [samples[0][0], other])
    assert message == f"{other}: systematic 'flux' has 20 universes, but 30 in {samples[0][0]}"
    message = refusal(selection_of(table), [other, samples[0][0]])
    assert message == f"{samples[0][0]}: systematic 'flux' has 30 universes, but 20 in {other}"


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_file_with_other_universes_is_skipped_wherever_it_stands(table, selection_of, samples, make_events, place):
    """Most files decide, not the first one; one without a selected event is like any."""
    other, _ = make_events("other.root", pot=2e20, universes=np.ones((500, 20), dtype=np.float32))
    empty, _ = make_events("empty.root", calE=np.zeros(500, dtype=np.float32))
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    good = [*samples[0], empty]
    selection, files = selection_of(table), [*good[:place], other, *good[place:]]
    selected, without = select(selection, files, skip_bad=True), select(selection, good)
    with ThreadPoolExecutor(2) as threads:
        assert select(selection, files, skip_bad=True, executor=threads).to_dict() == selected.to_dict()
    assert [fault.path for fault in selected.exposure.skipped] == [other]
    assert (selected.exposure.lost_pot, selected.exposure.simulated_pot) == (2e20, pytest.approx(4e20))
    assert selected.exposure.files == tuple(good)
    different = {"exposure": None, "warnings": None}
    assert selected.to_dict() | different == without.to_dict() | different
    expected = f"skipped {other} (1 of 5 files is bad; 2e+20 of 6e+20 protons on target lost, 33.33%): systematic"
    assert selected.warnings[0].startswith(expected)
    assert selected.warnings[0].endswith(f"has 20 universes, but 30 in {samples[0][0]}")


def test_a_file_whose_universes_change_from_event_to_event_is_skipped(table, selection_of, samples, make_events):
    """Within what is read at once, and from one part of the file to the next."""
    half = np.ones((250, 30)), np.ones((250, 20))
    changing = ak.concatenate([ak.from_regular(ak.Array(part.astype(np.float32))) for part in half])
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    path = make_jagged(Path(samples[0][0]).parent / "changing.root", make_events("plain.root")[1], changing)
    selection, files = selection_of(table), [samples[0][0], path]
    assert "branch 'universes' has 20 to 30 values an event" in refusal(selection, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "CHUNK_ENTRIES", 50)
        message = refusal(selection, files)
        assert "systematic 'flux' has 30 universes in some events, 20 in others" in message
    selected = select(selection, files, skip_bad=True)
    assert [fault.path for fault in selected.exposure.skipped] == [path]
