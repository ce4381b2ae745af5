"""Patch sets: pyhf accepts, verifies and applies them."""

import json
import re

import numpy as np
import pyhf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.templates.templates import Template, Templates, histogram
from numm_stats.workspace.patchset import POINT_BOUNDS, PatchPoint, build_patchset, point_name, strength_name
from numm_stats.workspace.spec import build_spec, to_text

EDGES = np.array([0.2, 0.5, 1.0])
INSPIRE = "ins1234567"


def workspace(signal, strength):
    samples = {
        "signal": Template(histogram(np.array(signal), EDGES), power=4),
        "weak": Template(histogram(np.array([50.0, 80.0]), EDGES), normalisations={"norm": (1.01, 0.99)}),
    }
    return build_spec("mediator", Templates(EDGES, samples), [strength])


BASE = workspace([10.0, 2.0], "g4_over_1e-6_fourth")


def point(mass, coupling, signal, *, interferes=False):
    strength = strength_name(coupling, interferes=interferes)
    return PatchPoint(mass, coupling, workspace(signal, strength)["channels"][0]["samples"][0], strength)


POINTS = [
    point(0.0, 5e-7, [5.0, 1.0 / 3]),
    point(0.5, 5e-7, [4.0, 1.0]),
    point(0.5, 7.1e-7, [-3.0, 2.0], interferes=True),
]


def patchset(points=POINTS, **changes):
    return build_patchset(BASE, points, **{"reference": INSPIRE, "description": "a test", **changes})


def test_pyhf_accepts_verifies_and_applies():
    patches = pyhf.PatchSet(json.loads(json.dumps(patchset())))
    base = pyhf.Workspace(json.loads(to_text(BASE)))
    patches.verify(base)  # raises if a digest differs
    assert len(patches) == 3
    assert patches.labels == ["mediator_mass_mev", "coupling"]
    for made in POINTS:
        for key in ((made.mass_mev, made.coupling), point_name(made.mass_mev, made.coupling)):
            patched = pyhf.Workspace(patches.apply(base, key))
            model = patched.model()
            assert model.config.poi_name == made.strength
            assert tuple(model.config.suggested_bounds()[model.config.poi_index]) == POINT_BOUNDS == (0.0, 1.5)
            expected = model.expected_actualdata(model.config.suggested_init())
            # ten digits in the file
            assert expected == pytest.approx(np.add(made.sample["data"], [50.0, 80.0]), rel=1e-9)


def test_a_patched_point_has_a_cls():
    patches = pyhf.PatchSet(patchset())
    patched = pyhf.Workspace(patches.apply(pyhf.Workspace(BASE), (0.0, 5e-7)))
    model = patched.model()
    cls = float(pyhf.infer.hypotest(1.0, patched.data(model), model, test_stat="qtilde"))
    assert 0.05 < cls < 0.95


def test_verify_notices_another_base():
    other = json.loads(json.dumps(BASE))
    other["observations"][0]["data"][0] += 1.0
    with pytest.raises(pyhf.exceptions.PatchSetVerificationError):
        pyhf.PatchSet(patchset()).verify(pyhf.Workspace(other))


@given(st.floats(0.0, 1e4), st.floats(1e-12, 10.0))
def test_names_are_in_the_letters_that_pyhf_allows(mass, coupling):
    assert re.fullmatch(r"[a-zA-Z0-9_]+", point_name(mass, coupling))


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=6, unique=True))
def test_different_points_have_different_names(masses):
    assert len({point_name(mass * 1e-6, 1e-6) for mass in masses}) == len(masses)


def test_a_negative_total_is_refused_with_the_points_name():
    with pytest.raises(InputError, match=r"point mass_5em1_mev_g_9em7 expects -40 counts in bin 0 at 1.5"):
        patchset([*POINTS, point(0.5, 9e-7, [-60.0, 1.0], interferes=True)])


@pytest.mark.parametrize(
    "reference", ["", "1234567", "arXiv:1604.01025", "ins", "ins123", "ins12345678", "ins1234567\n"]
)
def test_a_reference_that_pyhf_would_refuse_is_refused(reference):
    with pytest.raises(InputError, match="ins1234567"):
        patchset(reference=reference)
