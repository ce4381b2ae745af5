"""Whatever a user types wrong: exit code 2, one message that names what, where and what is allowed, no traceback."""

import json

import pytest

VALID = """
name = "mine"
[source]
kind = "isodar"
[detector]
kind = "juno"
threshold_mev = 1.0
resolution = 0.0
[exposure]
events = 1000
[binning]
recoil_mev = { start = 1.0, stop = 11.0, width = 1.0 }
[signal]
kind = "magnetic-moment"
reference = 1e-10
[[systematic]]
name = "normalisation"
kind = "normalisation"
size = 0.01
"""


def assert_refused(outcome, *words):
    """Exit code 2, all words in the message, nothing on standard output, no traceback."""
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) <= 4
    for word in words:
        assert word in outcome.err, outcome.err


@pytest.fixture
def analysis(tmp_path):
    """Write an analysis with pieces of the valid one replaced; return its path."""

    def write(*replacements, extra=""):
        text = VALID
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.toml"
        path.write_text(text + extra)
        return path

    return write


def test_the_valid_analysis_is_valid(numm_stats, analysis):
    assert numm_stats("limit", analysis(), "--json").code == 0


CASES = {
    "unknown key": (
        "threshold_mev = 1.0",
        "treshold_mev = 1.0",
        ["treshold_mev", "did you mean 'threshold_mev'", "mine.toml"],
    ),
    "unknown key at the top": (
        'name = "mine"',
        'name = "mine"\nnames = "x"',
        ["'names'", "did you mean 'name'", "systematic"],
    ),
    "unknown key in a list": ("size = 0.01", "sizes = 0.01", ["systematic.0.sizes", "size"]),
    "unknown source": ('kind = "isodar"', 'kind = "isodr"', ["isodr", "isodar", "numi"]),
    "unknown detector": ('kind = "juno"', 'kind = "juno2"', ["juno2", "did you mean 'juno'", "kamland"]),
    "unknown signal": ('"magnetic-moment"', '"magnetic"', ["magnetic", "magnetic-moment", "vector"]),
    "wrong type": ("events = 1000", 'events = "many"', ["exposure.events", "many", "number"]),
    "wrong type of a table": (
        "recoil_mev = { start = 1.0, stop = 11.0, width = 1.0 }",
        "recoil_mev = 3",
        ["recoil_mev"],
    ),
    "negative events": ("events = 1000", "events = -3", ["exposure.events", "-3", "0.001"]),
    "zero events": ("events = 1000", "events = 0", ["exposure.events", "0.001"]),
    "nan": ("events = 1000", "events = nan", ["exposure.events", "finite"]),
    "infinity": ("size = 0.01", "size = inf", ["systematic.0.size", "finite"]),
    "no exposure": ("events = 1000", "", ["exposure", "events, years, pot"]),
    "threshold above the endpoint": (
        "start = 1.0, stop = 11.0",
        "start = 20.0, stop = 30.0",
        ["20 MeV", "largest recoil"],
    ),
    "threshold above all bins": ("threshold_mev = 1.0", "threshold_mev = 12.0", ["threshold_mev", "12", "no bin"]),
    "empty bins": ("stop = 11.0", "stop = 25.0", ["bin", "empty", "recoil_mev.stop"]),
    "bins that do not fit": ("width = 1.0", "width = 0.7", ["multiple of width"]),
    "too many bins": ("width = 1.0", "width = 0.00001", ["1 to 5000"]),
    "reversed bins": ("start = 1.0, stop = 11.0", "start = 11.0, stop = 1.0", ["bins"]),
    "relative size above one": ("size = 0.01", "size = 7", ["relative", "0.007"]),
    "missing key": ('name = "mine"', "", ["'name' is missing"]),
    "bad name": ('name = "mine"', 'name = "my analysis"', ["name", "my analysis"]),
    "resolution above one": ("resolution = 0.0", "resolution = 3.0", ["resolution", "below 1"]),
    "low recoil for a scalar": (
        'kind = "magnetic-moment"',
        'kind = "scalar"\nkinematics = "low-recoil"',
        ["low-recoil", "scalar"],
    ),
    "zero reference": ("reference = 1e-10", "reference = 0.0", ["reference", "greater than 0"]),
    "not toml": ('name = "mine"', 'name = mine"', ["mine.toml", "not valid TOML"]),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_analysis(numm_stats, analysis, case):
    old, new, words = CASES[case]
    assert_refused(numm_stats("limit", analysis((old, new))), *words)


EXTRA = {
    "counts that are too few": ('[data]\nkind = "counts"\nvalues = [1, 2]\n', ["2 counts", "10 bins"]),
    "a negative count": (
        '[data]\nkind = "counts"\nvalues = [1, 2, 3, 4, 5, 6, 7, 8, 9, -1]\n',
        ["data.values.9", "-1"],
    ),
    "a count that is nan": ('[data]\nkind = "counts"\nvalues = [nan]\n', ["data.values.0", "finite"]),
    "counts without values": ('[data]\nkind = "counts"\n', ["values"]),
    "data file that is missing": ('[data]\nkind = "file"\nfile = "nowhere.txt"\n', ["nowhere.txt", "No such file"]),
    "background without its numbers": ('[[background]]\nkind = "peak"\nrate = 3\n', ["background.0", "mean_mev"]),
    "background outside the bins": (
        '[[background]]\nkind = "peak"\nrate = 3\nmean_mev = 500.0\nwidth_mev = 0.1\n',
        ["no events between 1 and 11 MeV"],
    ),
    "two backgrounds of one name": (
        '[[background]]\nkind = "flat"\nrate = 3\n[[background]]\nkind = "flat"\nrate = 4\n',
        ["'flat'", "own name"],
    ),
    "systematic on an unknown sample": (
        '[[systematic]]\nname = "x"\nkind = "normalisation"\nsize = 0.1\nsamples = ["wek"]\n',
        ["wek", "weak"],
    ),
    "systematic with a name in use": (
        '[[systematic]]\nname = "normalisation"\nkind = "normalisation"\nsize = 0.1\n',
        ["normalisation", "name"],
    ),
}


@pytest.mark.parametrize("case", EXTRA)
def test_wrong_addition(numm_stats, analysis, case):
    extra, words = EXTRA[case]
    assert_refused(numm_stats("limit", analysis(extra=extra)), *words)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("energy,density\n1.0,2.0\n2.0,nan\n", ["spectrum.csv", "line 3", "nan"]),
        ("1.0,2.0\n2.0,-1.0\n", ["spectrum.csv", "line 2", "-1.0"]),
        ("1.0,2.0\n0.5,1.0\n", ["spectrum.csv", "line 2", "increasing"]),
        ("1.0\n2.0\n", ["spectrum.csv", "line 1"]),
        ("", ["spectrum.csv"]),
    ],
)
def test_wrong_table(numm_stats, analysis, tmp_path, rows, words):
    (tmp_path / "spectrum.csv").write_text(rows)
    source = 'kind = "table"\nfile = "spectrum.csv"\nflavour = "nu_e_bar"'
    assert_refused(numm_stats("limit", analysis(('kind = "isodar"', source))), *words)


def test_table_that_is_missing(numm_stats, analysis):
    source = 'kind = "table"\nfile = "nowhere.csv"'
    assert_refused(numm_stats("limit", analysis(('kind = "isodar"', source))), "nowhere.csv")


def test_unknown_flavour(numm_stats, analysis):
    source = 'kind = "lines"\nenergies_mev = [0.8]\nintensities = [1.0]\nflavour = "nu_x"'
    assert_refused(numm_stats("limit", analysis(('kind = "isodar"', source))), "nu_x", "nu_mu")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["limit", "isodar-juno-3mv"], ["isodar-juno-3mv", "did you mean 'isodar-juno-3mev'"]),
        (["limit", "nowhere.toml"], ["nowhere.toml", "no such file"]),
        (["limit", "nowhere.json"], ["nowhere.json", "no such file"]),
        (["limt", "nova-counting"], ["limt", "did you mean 'limit'"]),
        (["limit"], ["TARGET"]),
        (["limit", "nova-counting", "--construction", "clss"], ["clss", "did you mean 'cls'", "delta-chi2"]),
        (["limit", "nova-counting", "--cl", "90"], ["90", "between 0 and 1"]),
        (["limit", "nova-counting", "--cl", "high"], ["high", "--cl"]),
        (["limit", "nova-counting", "--delta-chi2", "-1"], ["-1", "positive"]),
        (["limit", "nova-counting", "--delta-chi2", "3", "--construction", "cls"], ["3", "delta-chi2", "'cls'"]),
        (["limit", "nova-counting", "--delta-chi2", "3", "--construction", "all"], ["3", "delta-chi2", "all"]),
        (["limit", "nova-counting", "--cl", "0.4", "--construction", "clsb"], ["0.4", "beyond 0.5", "cls"]),
        (["map", "isodar-sno-0.2mev-vector", "--delta-chi2", "3", "--construction", "pcl"], ["3", "'pcl'"]),
        (["significance", "nova-counting", "--signal", "-1"], ["signal = -1", "positive"]),
        (["significance", "nova-counting", "--poi", "x"], ["'x'", "background"]),
        (["goodness", "nova-counting", "--measurement", "x"], ["'x'", "nova-counting"]),
        (["goodness"], ["TARGET"]),
        (["impacts", "nova-counting", "--top", "0"], ["top = 0", "at least 1"]),
        (["impacts", "nova-counting", "--plot", "figure.jpg"], [".jpg", ".png"]),
        (["contour", "nova-counting"], ["--with"]),
        (["contour", "nova-counting", "--with", "backgruond"], ["backgruond", "did you mean 'background'"]),
        (["contour", "nova-counting", "--with", "mu_nu2_over_1.5e-9_squared"], ["another parameter"]),
        (["contour", "nova-counting", "--with", "background", "--levels", "68"], ["68", "between 0 and 1"]),
        (["contour", "nova-counting", "--with", "background", "--levels", "x"], ["--levels", "numbers"]),
        (["contour", "nova-counting", "--with", "background", "--points", "2"], ["points = 2", "at least 8"]),
        (["contour", "nova-counting", "--with", "background", "--plot", "nowhere/f.png"], ["nowhere"]),
        (["limit", "nova-counting", "--poi", "mu"], ["'mu'", "mu_nu2_over_1.5e-9_squared", "background"]),
        (["limit", "nova-counting", "--measurement", "x"], ["'x'", "nova-counting"]),
        (["limit", "nova-counting", "--set", "exposure.evens=3"], ["exposure.evens", "did you mean 'events'"]),
        (["limit", "nova-counting", "--set", "exposure"], ["KEY=VALUE"]),
        (["limit", "nova-counting", "--set", "name.x=1"], ["'name' is not a table"]),
        (["limit", "nova-counting", "--data", "real"], ["real", "asimov:MOMENT"]),
        (["limit", "nova-counting", "--data", "asimov:-1"], ["asimov:-1", "asimov:MOMENT"]),
        (["limit", "isodar-juno-3mev", "--data", "observed"], ["no observed counts"]),
        (["limit", "nova-counting", "--plot", "figure.jpg"], [".jpg", ".png"]),
        (["limit", "nova-counting", "--plot", "nowhere/figure.png"], ["nowhere"]),
        (["workspace", "nova-counting", "-o", "nowhere/w.json"], ["nowhere", "does not exist"]),
        (["workspace", "nova-counting", "-o", "."], ["folder"]),
        (["workspace", "nova-counting", "--patchset", "p.json"], ["magnetic-moment", "mediator"]),
        (["map", "nova-counting"], ["magnetic-moment", "mediator"]),
        (["map", "isodar-juno-3mev-vector", "--masses", "1,x"], ["--masses", "numbers"]),
        (["map", "isodar-juno-3mev-vector", "--masses", "-1"], ["-1", "zero or more"]),
        (["scan", "nova-counting", "--points", "1"], ["points = 1", "at least 2"]),
        (["fit", "nova-counting", "--minos", "x"], ["'x'", "background"]),
        (["cross-section", "--energy", "-1"], ["-1", "positive"]),
        (["cross-section", "--energy", "1", "--flavour", "nu_x"], ["nu_x", "nu_e"]),
        (["cross-section", "--energy", "1", "--mediator", "tensor"], ["tensor", "vector"]),
        (["cross-section", "--energy", "1", "--threshold", "2"], ["2", "largest recoil"]),
        (["cross-section", "--energy", "1", "--at", "0.1,,2"], ["--at"]),
        (["reproduce", "isodarr"], ["isodarr", "did you mean 'isodar'"]),
        (["show", "nova-counting", "--data", "asimov:x"], ["asimov:x"]),
    ],
)
def test_wrong_arguments(numm_stats, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert_refused(numm_stats(*arguments), *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", ["no pyhf workspace", "channels"]),
        ('{"channels": []}', ["no pyhf workspace", "observations"]),
        ('{"channels": [', ["not JSON", "line 1"]),
        ('{"channels": 3, "observations": [], "measurements": [], "version": "1.0.0"}', ["workspace"]),
        ('{"channels": [], "observations": [], "measurements": [], "version": "1.0.0"}', ["workspace"]),
        ('{"channels": [], "observations": [], "measurements": [], "version": "9.9.9"}', ["workspace", "9.9.9"]),
    ],
)
def test_json_that_is_no_workspace(numm_stats, tmp_path, content, words):
    path = tmp_path / "w.json"
    path.write_text(content)
    for command in ("limit", "show", "fit", "scan", "significance", "goodness", "impacts"):
        assert_refused(numm_stats(command, path), "w.json", *words)


def spoiled(repository, change):
    spec = json.loads((repository / "workspaces" / "nova-counting" / "workspace.json").read_text())
    change(spec)
    return json.dumps(spec)


def _other_poi(spec):
    spec["measurements"][0]["config"]["poi"] = "mu_x"


def _negative_count(spec):
    spec["observations"][0]["data"] = [-4.0]


def _two_counts(spec):
    spec["observations"][0]["data"] = [4.0, 5.0]


def _other_channel(spec):
    spec["observations"][0]["name"] = "elsewhere"


def _unknown_modifier(spec):
    spec["channels"][0]["samples"][1]["modifiers"][0]["type"] = "normsis"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_poi, ["mu_x"]),
        (_negative_count, ["-4"]),
        (_two_counts, ["2", "1 bin"]),
        (_other_channel, ["nova-counting"]),
        (_unknown_modifier, ["w.json"]),
    ],
)
def test_workspace_with_a_fault(numm_stats, repository, tmp_path, change, words):
    path = tmp_path / "w.json"
    path.write_text(spoiled(repository, change))
    assert_refused(numm_stats("limit", path), *words)


def test_set_on_a_workspace(numm_stats, repository):
    path = repository / "workspaces" / "nova-counting" / "workspace.json"
    assert_refused(numm_stats("limit", path, "--set", "exposure.events=3"), "--set", "workspace")


def test_binary_file(numm_stats, tmp_path):
    for name in ("w.json", "a.toml"):
        path = tmp_path / name
        path.write_bytes(b"\x80\x81\x00\xff")
        assert_refused(numm_stats("limit", path), name)


def test_a_failed_write_keeps_the_old_file(numm_stats, tmp_path):
    path = tmp_path / "w.json"
    path.write_text("precious")
    assert numm_stats("workspace", "isodar-juno-3mv", "-o", path).code == 2
    assert path.read_text() == "precious"


EXTREMES = [
    ["limit", "isodar-juno-3mev", "--set", "detector.efficiency=0.0"],
    ["limit", "isodar-juno-3mev", "--set", "exposure.events=1e-300"],
    ["limit", "isodar-juno-3mev", "--set", "detector.resolution={noise_mev=1e300}"],
    ["limit", "isodar-juno-3mev", "--set", "detector.resolution_uncertainty=0.1"],
    ["limit", "isodar-juno-3mev", "--set", "detector.energy_scale_uncertainty=0.9"],
    ["limit", "isodar-juno-3mev-vector", "--set", "signal.mediator_mass_mev=1e200"],
    ["limit", "isodar-juno-3mev-vector", "--set", "signal.charges.e=0.0"],
    ["limit", "isodar-juno-3mev", "--set", 'source={spectrum="r-matrix"}'],
    ["limit", "isodar-juno-3mev", "--set", "exposure.pot=1e20"],
    ["limit", "isodar-juno-3mev", "--set", "exposure={years=1.0}", "--set", "detector.distance_m=1e200"],
    ["limit", "isodar-juno-3mev", "--set", "detector.radius_m=5.0"],
    ["limit", "isodar-juno-3mev", "--set", "exposure.events=" + 6000 * "1"],
    ["limit", "isodar-juno-3mev", "--set", "exposure.events.x=3"],
    ["limit", "isodar-juno-3mev", "--set", ".=3"],
    ["limit", "ISODAR-JUNO-3MEW"],
    ["limit", "isodar\0juno"],
    ["map", "isodar-juno-3mev-vector", "--masses", "1e155"],
    ["cross-section", "--energy", "1e300"],
    ["cross-section", "--energy", "6", "--moment", "nan"],
    ["cross-section", "--energy", "6", "--mediator", "vector", "--coupling", "1e300"],
    ["cross-section", "--energy", "6", "--mediator", "vector", "--mass", "1e300"],
    ["cross-section", "--energy", "6", "--variable", "angle", "--at", "2"],
    ["cross-section", "--energy", "6", "--at", "-1"],
    ["workspace", "isodar-juno-3mev-vector", "-o", "same.json", "--patchset", "same.json"],
]


@pytest.mark.parametrize("arguments", EXTREMES)
def test_numbers_out_of_all_range(numm_stats, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert_refused(numm_stats(*arguments))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", 2000 * "[" + "x"), ("w.json", 100000 * "["), ("w.json", 5000 * "1")]
)
def test_files_that_exhaust_a_parser(numm_stats, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert_refused(numm_stats("limit", tmp_path / name), name)


def test_a_byte_order_mark_does_no_harm(numm_stats, analysis):
    path = analysis()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert numm_stats("limit", path, "--json").code == 0


def test_a_patch_set_that_cannot_be_written_stops_before_anything_is(numm_stats, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = numm_stats("workspace", "isodar-juno-3mev-vector", "-o", "w.json", "--patchset", "nowhere/p.json")
    assert_refused(outcome, "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed_and_keeps_its_mode(numm_stats, tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    assert numm_stats("workspace", "nova-counting", "-o", link).code == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert json.loads(real.read_text())["version"] == "1.0.0"


def test_a_narrow_terminal_does_not_cut_numbers(numm_stats, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    assert "1.585e-09" in numm_stats("limit", "nova-counting").out
