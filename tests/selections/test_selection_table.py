"""What a selection's TOML file may say: a wrong key or value is one message that names it and what is allowed."""

import pickle

import pytest

from numm_stats.errors import InputError
from numm_stats.selections.reading import parse_selection, read_selection

MINIMAL = """
name = "mine"
tree = "recTree"
files = ["data/*.root", "root://server//path.root"]
rest = "all"
[[observable]]
name = "calE"
expression = "calE"
start = 0.0
stop = 5.0
width = 0.5
"""


def refusal(table):
    with pytest.raises(InputError) as found:
        parse_selection(table, "test.toml")
    return str(found.value)


def test_a_short_file_is_enough(tmp_path):
    path = tmp_path / "selection.toml"
    path.write_text(MINIMAL)
    selection = read_selection(path)
    assert selection.files == [f"{tmp_path}/data/*.root", "root://server//path.root"]
    assert selection.sample_names == ["all"]
    assert selection.shape == (10,)
    assert selection.statistics


def test_alternative_files_are_found_beside_the_table(tmp_path):
    path = tmp_path / "selection.toml"
    alternative = '[[systematic]]\nname = "x"\nkind = "file"\nup = ["up.root"]\n'
    path.write_text(MINIMAL + alternative + '[exposure]\nhistogram = "TotalPOT"\n')
    assert read_selection(path).alternatives[0].up == [f"{tmp_path}/up.root"]


@pytest.mark.parametrize(("text", "expected"), [("name = ", "not valid TOML"), (None, "no such file")])
def test_a_file_that_is_none(tmp_path, text, expected):
    path = tmp_path / "selection.toml"
    if text:
        path.write_text(text)
    with pytest.raises(InputError, match=expected):
        read_selection(path)


SIGNAL = {"kind": "magnetic-moment", "categories": ["elastic"], "energy_mev": "E", "recoil_mev": "T", "pdg": "p"}


def systematic(**keys):
    return {"systematic": [{"name": "flux", **keys}]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cut": ["calE > 1"]}, "unknown key 'cut', did you mean 'cuts'?; valid keys here are name, note, files, tree"),
        ({"cuts": ["calE"]}, "[cuts.0] expression: 'calE': is a number; allowed: a truth"),
        ({"cuts": ["calE > 1", "calE >"]}, "[cuts.1] expression: 'calE >', character 7"),
        ({"cuts": ["__import__('os').system('true')"]}, "[cuts.0] expression: "),
        ({"weight": "calE > 1"}, "[weight] expression: 'calE > 1': is a truth; allowed: a number"),
        ({"weight": True}, "[weight] True is no expression"),
        ({"tree": ""}, "key 'tree' = '': String should have at least 1 character"),
        ({"tree": 5}, "key 'tree' = 5: should be a valid string"),
        ({"files": []}, "key 'files' = []: List should have at least 1 item"),
        ({"observable": []}, "key 'observable' = []: List should have at least 1 item"),
        ({"observable": [{"name": "x", "expression": "x"}]}, "[observable.0] state start, stop and width, or edges"),
        (
            {"observable": [{"name": "x", "expression": "x", "edges": [0.0, 2.0, 1.0]}]},
            "[observable.0] edges must be 2 to 5001 increasing numbers",
        ),
        (
            {"observable": [{"name": "x", "expression": "x", "edges": [0.0, 1.0], "width": 1.0}]},
            "[observable.0] edges cannot go with start, stop or width",
        ),
        (
            {"observable": [{"name": "x", "expression": "x", "start": 0.0, "stop": 1.0, "width": 0.3}]},
            "[observable.0] stop - start = 1 is not a multiple of width = 0.3",
        ),
        (
            {"observable": [{"name": "x", "expression": "x", "start": 1.0, "stop": 0.0, "width": 0.1}]},
            "[observable.0] -10 bins from start, stop and width: there must be 1 to 5000",
        ),
        (
            {
                "observable": [
                    {"name": name, "expression": "x", "start": 0.0, "stop": 100.0, "width": 1.0} for name in "xy"
                ]
            },
            "10000 bins of both observables together: at most 5000",
        ),
        ({"observable": [{"name": "x", "expresion": "x"}]}, "unknown key 'observable.0.expresion', did you mean 'exp"),
        ({"category": [{"name": "other", "truth": "x > 1"}]}, "two category or sample names are 'other'"),
        ({"category": [], "rest": None}, "state a category, or rest = 'name' for one that takes all events"),
        ({"exposure": {"pot": 1e20}}, "[exposure] state one of histogram, tree with branch, simulated_pot"),
        ({"exposure": {"histogram": "a", "simulated_pot": 1e20}}, "[exposure] state one of histogram, tree with"),
        ({"exposure": {"tree": "spillTree"}}, "[exposure] tree and branch go together"),
        ({"exposure": {"histogram": "a", "pot": -1.0}}, "key 'exposure.pot' = -1.0: should be greater than"),
        ({"signal": {**SIGNAL, "kind": "magnetic"}}, "'signal.kind' = 'magnetic', did you mean 'magnetic-moment'?"),
        ({"signal": {"categories": ["elastic"]}}, "key 'signal.kind' is missing: must be one of 'magnetic-moment', '"),
        ({"signal": {**SIGNAL, "categories": ["elastc"]}}, "signal.categories names 'elastc', did you mean 'elastic'?"),
        (
            {"signal": {**SIGNAL, "flavour": "x"}},
            "unknown key 'signal.flavour'; valid keys here are categories, energy",
        ),
        ({"signal": {**SIGNAL, "couplings": {"radiativ": True}}}, "'signal.couplings.radiativ', did you mean 'radiat"),
        ({"signal": {**SIGNAL, "mediator_mass_mev": 1.0}}, "unknown key 'signal.mediator_mass_mev'"),
        (systematic(kind="weight", up="x"), "'systematic.0.kind' = 'weight', did you mean 'weights'?: must be one of"),
        (
            systematic(up="x"),
            "key 'systematic.0.kind' is missing: must be one of 'weights', 'file', 'shift', 'universes', 'norm",
        ),
        (systematic(kind="weights"), "key 'systematic.0.up' is missing"),
        (systematic(kind="universes", branch="u", share=0.9, reduce=False), "share is of eigen-variations: leave it"),
        (systematic(kind="weights", up="x", dwn="y"), "unknown key 'systematic.0.dwn', did you mean 'down'?; valid"),
        (
            systematic(kind="weights", up="x", samples=["nu"]),
            "systematic 'flux': samples names 'nu', did you mean 'nue'",
        ),
        (systematic(kind="universes"), "[systematic.0] state branch, an array of weights for each event, or expressi"),
        (systematic(kind="universes", branch="u", share=1.2), "key 'systematic.0.share' = 1.2: should be less than or"),
        (systematic(kind="normalisation", size=0.0), "key 'systematic.0.size' = 0.0: should be greater than 0"),
        (
            {**systematic(kind="file", up=["a.root"]), "exposure": None},
            "systematic 'flux': its files need an exposure, [exposure] or simulated_pot",
        ),
        (
            {**systematic(kind="file", up=["a.root"]), "exposure": {"simulated_pot": 1e20}},
            "systematic 'flux': its files need an exposure",
        ),
    ],
)
def test_what_a_table_may_not_say(table, change, expected):
    message = refusal({key: value for key, value in (table | change).items() if value is not None})
    assert message.startswith("test.toml: ")
    assert expected in message


def test_two_systematics_have_two_names(table):
    one = {"name": "flux", "kind": "normalisation", "size": 0.1}
    assert "two systematic names are 'flux'" in refusal({**table, "systematic": [one, one]})


def test_a_signal_may_be_named_as_a_sample(table, selection_of):
    one = {"name": "flux", "kind": "normalisation", "size": 0.1, "samples": ["signal"]}
    selection = selection_of({**table, "signal": {**SIGNAL, "kind": "vector"}, "systematic": [one]})
    moved = [name for name in selection.sample_names if selection.moves(selection.systematic[0], name)]
    assert moved == ["signal_g2", "signal_g4"]


def test_a_selection_goes_to_other_processes_and_back_into_a_table(table, selection_of):
    table["systematic"] = [{"name": "u", "kind": "universes", "expressions": ["up", "1"]}]
    selection = selection_of({**table, "signal": SIGNAL})
    assert pickle.loads(pickle.dumps(selection)) == selection
    document = selection.model_dump(exclude_defaults=True, exclude_none=True)
    assert parse_selection(document, "again.toml").model_dump() == selection.model_dump()
