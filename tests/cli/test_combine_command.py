"""`combine`: what it writes, what pyhf and our other commands make of it, and what cannot be."""

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

from numm_stats.verbs.loading import catalogue_text
from numm_stats.workspace.spec import digest

PYHF = Path(sysconfig.get_path("scripts")) / "pyhf"
MOMENT = "mu_nu2_over_2e-11_squared"
RATE = {"name": "flux", "type": "normsys", "data": {"hi": 1.05, "lo": 0.95}}


def spectrum(poi=MOMENT, *, observed=(31.0, 22.0), name="m", factor=1.0):
    samples = [
        {
            "name": "signal",
            "data": [6.0 * factor, 3.0],
            "modifiers": [{"name": poi, "type": "normfactor", "data": None}],
        },
        {"name": "weak", "data": [28.0, 20.0], "modifiers": [RATE]},
    ]
    return {
        "version": "1.0.0",
        "channels": [{"name": "recoil", "samples": samples}],
        "observations": [{"name": "recoil", "data": list(observed)}],
        "measurements": [{"name": name, "config": {"poi": poi, "parameters": []}}],
    }


FILES = {
    "first": spectrum(),
    "second": spectrum("mu_nu2_over_4e-11_squared", observed=(27.0, 24.0), factor=4.0),
    "asimov": spectrum(observed=(28.0, 20.0), name="m_asimov"),
    "coupling": spectrum("g4_over_1e-6_fourth"),
    "foreign": spectrum("mu", observed=(25.0, 26.0)),
}


@pytest.fixture
def files(tmp_path):
    paths = {name: tmp_path / f"{name}.json" for name in FILES}
    for name, path in paths.items():
        path.write_text(json.dumps(FILES[name]))
    return {**paths, "out": tmp_path / "both.json"}


def pyhf_command(*arguments):
    done = subprocess.run([PYHF, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_files_become_one_that_all_understand(numm_stats, files):
    outcome = numm_stats("combine", files["first"], files["second"], "--share", "flux", "-o", files["out"])
    assert outcome.code == 0, outcome.err
    for words in (
        "first+second: mu_nu2_over_2e-11_squared, observed data",
        "signal times",
        "0.25",
        "flux",
        "keeps its",
    ):
        assert words in outcome.out
    assert "sha256" in outcome.err
    limits = [numm_stats("limit", files[name], "--json").json for name in ("first", "second", "out")]
    assert limits[2]["quantity"] == "neutrino magnetic moment"
    assert limits[2]["unit"] == "mu_B"
    assert limits[2]["poi"]["reference"] == 2e-11
    assert limits[2]["expected"][2] < min(limit["expected"][2] for limit in limits[:2])
    assert "first_recoil" in pyhf_command("inspect", files["out"])
    assert 0.0 < json.loads(pyhf_command("cls", files["out"]))["CLs_obs"] < 1.0
    assert json.loads(pyhf_command("fit", files["out"]))["mle_parameters"]["flux"]


def test_pyhf_alone_refuses_or_makes_no_combination(numm_stats, files, tmp_path):
    """What there is to do: one name twice is refused, and of two names its `combine` leaves two signals."""
    pair = [files["first"], files["second"]]
    done = subprocess.run([PYHF, "combine", *pair], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    names = ["isodar-juno-1mev", "isodar-kamland-1mev"]
    paths = [tmp_path / f"{name}.json" for name in names]
    for name, path in zip(names, paths, strict=True):
        assert numm_stats("workspace", name, "-o", path).code == 0
    theirs = json.loads(pyhf_command("combine", *paths))
    assert [entry["config"]["poi"] for entry in theirs["measurements"]] == [MOMENT, "mu_nu2_over_4e-11_squared"]
    assert numm_stats("combine", *paths, "--json").json["poi"]["name"] == MOMENT


def test_the_report(numm_stats, files):
    command = ("combine", files["first"], files["second"], "-o", files["out"], "--json")
    report = numm_stats(*command).json
    assert report["workspaces"] == ["first", "second"]
    assert report["signal_factors"] == {"first": 1.0, "second": 0.25}
    assert report["channels"] == {"first_recoil": "first", "second_recoil": "second"}
    assert report["shared"] == {}
    assert report["renamed"]["second"] == {"flux": "second_flux", "recoil": "second_recoil"}
    assert report["poi"] == {"name": MOMENT, "reference": 2e-11}
    assert (report["asimov"], report["workspace"]) == (False, str(files["out"]))
    written = files["out"].read_bytes()
    assert numm_stats(*command).json["sha256"] == report["sha256"]
    assert files["out"].read_bytes() == written
    assert report["sha256"] == pyhf_command("digest", files["out"]).strip().partition("sha256:")[2]


def test_without_a_file_the_workspace_is_printed(numm_stats, files):
    numm_stats("combine", files["first"], files["second"], "-o", files["out"])
    printed = numm_stats("combine", files["first"], files["second"])
    assert printed.out == files["out"].read_text()
    report = numm_stats("combine", files["first"], files["second"], "--json").json
    assert report["workspace"] == json.loads(printed.out)
    assert report["sha256"] == digest(report["workspace"])


def test_names_and_analysis_files_are_targets(numm_stats, tmp_path):
    """The catalogue's xenon with the flux of the Sun as a systematic of both."""
    flux = '\n[[systematic]]\nname = "solar_flux"\nkind = "normalisation"\nsize = 0.06\n'
    for name in ("xenonnt-sr0", "lz-ws2022"):
        (tmp_path / f"{name}.toml").write_text(catalogue_text(name) + flux)
    out = tmp_path / "xenon.json"
    paths = [tmp_path / f"{name}.toml" for name in ("xenonnt-sr0", "lz-ws2022")]
    report = numm_stats("combine", *paths, "--share", "solar_flux", "-o", out, "--json").json
    assert report["shared"] == {"solar_flux": ["xenonnt-sr0", "lz-ws2022"]}
    together = numm_stats("limit", out, "--json").json
    alone = [numm_stats("limit", path, "--json").json for path in paths]
    for key in ("observed", "expected"):
        first, second, both = (limit[key] if key == "observed" else limit[key][2] for limit in (*alone, together))
        assert both < min(first, second)


def test_reference_name_and_data(numm_stats, files):
    command = ("combine", files["first"], files["second"], "--reference", "1e-11", "--name", "two", "--data", "asimov")
    report = numm_stats(*command, "-o", files["out"], "--json").json
    assert (report["analysis"], report["poi"]["name"]) == ("two_asimov", "mu_nu2_over_1e-11_squared")
    assert report["signal_factors"] == {"first": 0.25, "second": 0.0625}
    assert numm_stats("limit", files["out"], "--json").json["observed"] is None


def test_a_parameter_under_another_name(numm_stats, files):
    named = ("--poi", "mu_nu2_over_4e-11_squared=mu,strength")
    report = numm_stats("combine", files["first"], files["foreign"], *named, "--json").json
    assert report["signal_factors"] == {"first": 1.0, "foreign": 0.25}
    outcome = numm_stats("combine", files["first"], files["foreign"])
    assert outcome.code == 2
    assert f"--poi {MOMENT}=mu says that they are the same" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["first"], "only {first} to combine: give two or more analyses or workspaces"),
        (["first", "first"], "{first} is given twice"),
        (["first", "missing.json"], "missing.json: no such file"),
        (["first", "coupling"], "{coupling} is about 'g4_over_1e-6_fourth' (coupling^4), {first} about"),
        (["first", "asimov"], "{first} holds observed counts and {asimov} an Asimov set: --data asimov"),
        (
            ["first", "second", "--share", "fluxes"],
            "--share fluxes: no such parameter or channel, did you mean 'flux'?",
        ),
        (["first", "second", "--share", "recoil"], "--share recoil: the channel of {second} is not that of {first}"),
        (["first", "second", "--reference", "-1"], "--reference -1: must be a positive number"),
        (["first", "second", "--measurement", "n"], "--measurement n: in no file; they have m"),
        (["first", "second", "--data", "asimov:x"], "--data asimov:x: must be observed, asimov"),
        (["first", "second", "--poi", "mu=foo"], "--poi mu=foo: no file has a parameter of these names"),
        (["first", "second", "--poi", "mu"], "{first}: parameter of interest 'mu' is not in it"),
        (["first", "second", "-o", "first"], "-o {first}: is one of the files to combine"),
        (["first", "second", "-o", "no/where.json"], "folder no does not exist"),
    ],
)
def test_one_message_and_exit_code_2(numm_stats, files, arguments, message):
    before = files["first"].read_bytes()
    outcome = numm_stats("combine", *[files.get(word, word) for word in arguments])
    assert outcome.code == 2
    assert message.format(**files) in outcome.err
    assert outcome.err.count("numm-stats:") == 1
    assert outcome.out == ""
    assert files["first"].read_bytes() == before


def test_a_file_that_is_no_workspace(numm_stats, files, tmp_path):
    other = tmp_path / "other.json"
    other.write_text("[1, 2]")
    outcome = numm_stats("combine", files["first"], other)
    assert outcome.code == 2
    assert f"{other}: no pyhf workspace" in outcome.err
    other.write_text(json.dumps(FILES["second"]).replace("20.0", "NaN"))
    for command in (("combine", files["first"], other, "-o", files["out"]), ("limit", other)):
        outcome = numm_stats(*command)
        assert outcome.code == 2
        assert f"{other}: channel 'recoil', sample 'weak', bin 1 is nan: must be a finite number" in outcome.err
    assert not files["out"].exists()
    other.write_text(json.dumps({**FILES["second"], "version": "2.0.0"}))
    outcome = numm_stats("combine", files["first"], other)
    assert outcome.code == 2
    assert f"{other}: not a pyhf workspace" in outcome.err


def test_the_same_counts_are_told_on_standard_error(numm_stats, files, tmp_path):
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps(spectrum(factor=1.5)))
    outcome = numm_stats("combine", files["first"], copy, "-o", files["out"])
    assert outcome.code == 0
    assert "warning: channels 'first_recoil' and 'copy_recoil' hold the same counts" in outcome.err
    copy.write_text(json.dumps(FILES["first"]))
    outcome = numm_stats("combine", files["first"], copy, "-o", files["out"])
    assert outcome.code == 2
    assert f"{copy} holds the data of {files['first']}, channel for channel" in outcome.err
