"""The charge radius on the command line: its range in cm2, what is refused and where it points to, bad input."""

import pytest

TOML = """
name = "mine"
[source]
kind = "lines"
energies_mev = [23700.0]
intensities = [1.0]
flavour = "nu_mu"
[detector]
kind = "generic"
resolution = 0.0
[exposure]
events = 2677
[binning]
recoil_mev = { edges = [3000.0, 7000.0, 12000.0, 24000.0] }
[signal]
kind = "charge-radius"
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    return path


def test_on_a_terminal(numm_stats, toml, tmp_path):
    outcome = numm_stats("interval", toml)
    assert outcome.code == 0
    assert "neutrino charge radius <r^2> [cm2]" in outcome.out
    assert "[-" in outcome.out
    assert "e-4" not in outcome.out  # the best fit is zero, not its rounding
    for arguments in (("fit",), ("scan", "--points", 5), ("show",), ("goodness",), ("workspace",)):
        assert numm_stats(arguments[0], toml, *arguments[1:]).code == 0
    fitted = numm_stats("fit", toml, "--data", "asimov:-5e-33", "--json").json
    best = {entry["name"]: entry["value"] for entry in fitted["parameters"]}
    assert best["r2_over_1e-32_cm2"] == pytest.approx(-0.5, rel=1e-6)
    assert numm_stats("scan", toml, "--points", 5, "--plot", tmp_path / "scan.png").code == 0
    assert numm_stats("show", toml, "--plot", tmp_path / "spectrum.png").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("limit",),
        ("limit", "--construction", "all"),
        ("limit", "--toys", 100),
        ("significance",),
        ("coverage", "--toys", 100),
        ("toys", "run"),
        ("average",),
    ],
)
def test_what_is_about_zero_or_more_names_the_interval(numm_stats, toml, tmp_path, arguments):
    first = {"toys": ("toys", "run", tmp_path / "campaign"), "average": ("average", toml)}
    command = first.get(arguments[0], (arguments[0],))
    outcome = numm_stats(*command, toml, *[a for a in arguments[1:] if a != "run"])
    assert (outcome.code, outcome.out) == (2, "")
    assert "charge radius <r^2> may be negative" in outcome.err
    assert "numm-stats interval" in outcome.err


@pytest.mark.parametrize("construction", ["t-mu-tilde", "bayes", "feldman-cousins", "all"])
def test_constructions_with_a_boundary_are_refused(numm_stats, toml, construction):
    toys = ("--toys", 100) if construction == "feldman-cousins" else ()
    outcome = numm_stats("interval", toml, "--construction", construction, *toys)
    assert (outcome.code, outcome.out) == (2, "")
    assert "take delta-chi2" in outcome.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), ["signal.kind", "did you mean 'charge-radius'"]),
        ('flavours = ["mu", "mu"]', ["signal.flavours", "each once"]),
        ("flavours = []", ["signal.flavours", "one or more of e, mu, tau"]),
        ('flavours = ["nu_mu"]', ["signal.flavours", "nu_mu", "'mu'"]),
        ('flavours = ["tau"]', ["signal.flavours names tau", "lines", "those of mu"]),
        ('convention = "vectr"', ["signal.convention", "vectr", "left-handed"]),
        ("reference = -1e-32", ["signal.reference", "-1e-32", "between 1e-33 and 1e-31"]),
        ("reference = 1e-11", ["signal.reference", "1e-11", "1e-31"]),
        ("reference = nan", ["signal.reference", "nan"]),
        ("mediator_mass_mev = 1.0", ["unknown key 'signal.mediator_mass_mev'", "flavours", "convention"]),
        ('[data]\nkind = "asimov"\ninjected = -1e-20', ["data.injected", "-1e-20"]),
        ('[data]\nkind = "asimov"\ninjected = -2.0', ["data.injected", "-2"]),
    ],
)
def test_bad_input(numm_stats, tmp_path, changes, words):
    path = tmp_path / "mine.toml"
    path.write_text(TOML.replace("charge-radius", "charge-radios") if changes == () else TOML + changes + "\n")
    outcome = numm_stats("interval", path)
    assert (outcome.code, outcome.out) == (2, ""), outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


def test_only_a_radius_may_be_injected_below_zero(numm_stats, toml):
    moment = ("--set", 'signal={kind="magnetic-moment",reference=1e-9}')
    outcome = numm_stats("fit", toml, *moment, "--data", "asimov:-1e-10")
    assert outcome.code == 2
    assert "asimov:-1e-10" in outcome.err
    outcome = numm_stats("fit", toml, *moment, "--set", 'data={kind="asimov",injected=-1e-10}')
    assert outcome.code == 2
    assert "data.injected = -1e-10" in outcome.err


def test_a_missing_kind_lists_every_signal(numm_stats, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TOML.replace('kind = "charge-radius"', ""))
    outcome = numm_stats("interval", path)
    assert outcome.code == 2
    for kind in ("magnetic-moment", "vector", "pseudoscalar", "charge-radius"):
        assert kind in outcome.err
