"""The workspaces in the checkout: what `numm-stats workspace` writes today, and what pyhf makes of them."""

import json
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pyhf
import pytest

from numm_stats.inference.limits import cls_scan
from numm_stats.inference.statmodel import read_workspace
from numm_stats.verbs.loading import catalogue, selection_names

FOLDER = Path(__file__).parent.parent / "workspaces"
NAMES = sorted(catalogue())
SELECTIONS = selection_names()
FILES = sorted(
    str(path.relative_to(FOLDER).with_suffix(""))
    for name in [*NAMES, *SELECTIONS]
    for path in (FOLDER / name).glob("*.json")
    if path.name != "patchset.json"
)
OF_ONE = [name for name in FILES if name.endswith("/workspace")]
VECTORS = [name for name in NAMES if name.endswith("-vector")]
PYHF = Path(sysconfig.get_path("scripts")) / "pyhf"


def spec_of(name):
    file = name if "/" in name else f"{name}/workspace"
    return json.loads((FOLDER / f"{file}.json").read_text())


def pyhf_command(*arguments, text=None):
    done = subprocess.run([PYHF, *arguments], capture_output=True, text=True, check=False, input=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_entry_has_its_folder():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*NAMES, *SELECTIONS])


@pytest.mark.parametrize("name", NAMES)
def test_file_is_what_the_command_in_its_readme_writes(numm_stats, tmp_path, name):
    """Byte for byte: a template that moved shows here, and belongs into the changelog."""
    (command,) = commands_of(name)
    assert numm_stats(*(_moved(word, tmp_path) for word in command)).code == 0
    for written in tmp_path.iterdir():
        assert written.read_bytes() == (FOLDER / name / written.name).read_bytes(), written.name


def commands_of(name):
    """The arguments of the commands in a folder's README."""
    lines = (FOLDER / name / "README.md").read_text().splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("    numm-stats")]


@pytest.mark.parametrize("name", SELECTIONS)
def test_selections_are_what_the_two_commands_write(numm_stats, tmp_path, name):
    """To 1e-6 of every number: simulated events may differ in their last bits between machines."""
    for command in commands_of(name):
        assert numm_stats(*(_moved(word, tmp_path) for word in command)).code == 0
    shutil.rmtree(tmp_path / "events")
    _assert_close(json.loads((tmp_path / "workspace.json").read_text()), spec_of(name))


def _assert_close(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if not isinstance(expected, list):
        assert found == (pytest.approx(expected, rel=1e-6) if isinstance(expected, float) else expected)
        return
    for one, other in zip(found, expected, strict=True):
        _assert_close(one, other)


def _moved(word, folder):
    if word.endswith(".json"):
        return folder / Path(word).name
    if word.startswith("events"):
        return folder / word
    return folder if word.startswith("workspaces/") else word


def test_an_entry_with_choices_has_a_file_for_each_configuration():
    assert len([name for name in FILES if name.startswith("borexino-phase2/")]) == 8


@pytest.mark.parametrize("optimizer", ["scipy", "minuit"])
@pytest.mark.parametrize("name", OF_ONE)
def test_cls_at_one_is_neither_zero_nor_one(name, optimizer):
    workspace = pyhf.Workspace(spec_of(name))
    model = workspace.model()
    pyhf.set_backend("numpy", optimizer)
    assert 0.01 < float(pyhf.infer.hypotest(1.0, workspace.data(model), model)) < 0.9


@pytest.mark.parametrize("name", ["nova-counting", "nova-shape", "isodar-juno-0.2mev"])
def test_pyhf_command_line_runs(name):
    path = FOLDER / name / "workspace.json"
    assert "normfactor" in pyhf_command("inspect", path)
    assert "mle_parameters" in json.loads(pyhf_command("fit", path))
    assert 0.01 < json.loads(pyhf_command("cls", path))["CLs_obs"] < 0.9


@pytest.mark.parametrize("name", [name for name in FILES if name not in OF_ONE])
def test_cls_of_configurations(name):
    """On the command line, as it stands: pyhf's scipy, and the same CLs as ours."""
    ours = cls_scan(read_workspace(spec_of(name)), [1.0])[1][0]
    theirs = json.loads(pyhf_command("cls", FOLDER / f"{name}.json"))["CLs_exp"]
    assert theirs == pytest.approx(ours, abs=1e-3)


@pytest.mark.campaign
@pytest.mark.parametrize("name", FILES)
def test_pyhf_command_line_runs_on_all_with_toys(name):
    """All commands that are promised, on all files: hours, 2,000 toys each."""
    path = FOLDER / f"{name}.json"
    assert pyhf_command("inspect", path)
    assert pyhf_command("fit", path)
    assert json.loads(pyhf_command("cls", path))
    toys = json.loads(pyhf_command("cls", "--calctype", "toybased", path))
    assert 0.0 <= toys["CLs_obs"] <= 1.0


@pytest.mark.filterwarnings("ignore:the `interpolation=` argument:DeprecationWarning")
def test_toybased_cls_runs():
    """Twenty toys, through the function that the command line calls with two thousand."""
    workspace = pyhf.Workspace(spec_of("nova-counting"))
    model = workspace.model()
    options = {"calctype": "toybased", "ntoys": 20, "track_progress": False}
    assert 0.0 <= float(pyhf.infer.hypotest(1.0, workspace.data(model), model, **options)) <= 1.0


@pytest.mark.parametrize("name", VECTORS)
def test_patch_set_verifies_and_applies(name):
    patchset = pyhf.PatchSet(json.loads((FOLDER / name / "patchset.json").read_text()))
    base = pyhf.Workspace(spec_of(name))
    patchset.verify(base)
    assert len(patchset) == 30
    for patch in patchset:
        patchset.apply(base, patch.name)


def test_patch_set_on_the_command_line():
    folder = FOLDER / "isodar-juno-0.2mev-vector"
    files = folder / "workspace.json", folder / "patchset.json"
    assert "All good" in pyhf_command("patchset", "verify", *files)
    patched = pyhf_command("patchset", "apply", *files, "--name", "mass_0_mev_g_7p1em7")
    assert json.loads(pyhf_command("cls", text=patched))["CLs_obs"] == pytest.approx(0.1092, abs=1e-3)


@pytest.mark.parametrize("name", VECTORS)
def test_cls_of_patches_falls_with_the_coupling_and_is_ours(name):
    """Ours against pyhf's scipy and minuit to 1e-3, which is what pyhf's own minima are good for at small signals."""
    base = pyhf.Workspace(spec_of(name))
    by_mass: dict[float, list[float]] = {}
    for patch in pyhf.PatchSet(json.loads((FOLDER / name / "patchset.json").read_text())):
        workspace = pyhf.Workspace(patch.apply(base))
        model = workspace.model()
        ours = cls_scan(read_workspace(workspace), [1.0])[1][0][2]
        for optimizer in ("scipy", "minuit"):
            pyhf.set_backend("numpy", optimizer)
            theirs = float(pyhf.infer.hypotest(1.0, workspace.data(model), model))
            assert theirs == pytest.approx(ours, abs=1e-3), patch.name
        by_mass.setdefault(patch.values[0], []).append(ours)
    for values in by_mass.values():
        assert len(values) == 5
        assert values == sorted(values, reverse=True)


def test_cabinetry_opens_and_fits():
    cabinetry = pytest.importorskip("cabinetry", reason="cabinetry is not installed")
    spec = spec_of("nova-counting")
    model, data = cabinetry.model_utils.model_and_data(spec)
    result = cabinetry.fit.fit(model, data)
    fitted = dict(zip(result.labels, result.bestfit, strict=True))
    # 25 observed on 23.78: the free fit puts the excess of 1.22 events on the signal of 9.648 at reference. The error
    # is 0.58, and cabinetry's fit stops at minuit's default tolerance: a few hundredths of the error.
    assert fitted["mu_nu2_over_1.5e-9_squared"] == pytest.approx(1.22 / 9.648, abs=0.03 * 0.58)
