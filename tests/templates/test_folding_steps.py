"""Where the fold has steps and kinks to meet: ends of beta continua inside a bin, shells of bound electrons."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import fixed_quad, quad

from numm_stats.detectors.response import Resolution, Response
from numm_stats.physics.binding import ATOMS, Atom, atom
from numm_stats.physics.kinematics import maximum_recoil_mev, minimum_neutrino_energy_mev
from numm_stats.physics.weak import CouplingScheme
from numm_stats.sources.artificial import artificial
from numm_stats.sources.artificial_decays import BETA_CHAINS
from numm_stats.sources.isodar import isodar
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.reactor import reactor_of_flux
from numm_stats.templates.folding import fold, recoil_spectra
from numm_stats.templates.interactions import MagneticSignal, weak

CROSS_SECTIONS = (weak(CouplingScheme()), MagneticSignal(1e-10).terms[0].cross_section)
LINE = monoenergetic([0.75], [1.0])


def by_quad(source, cross_section, edges, cuts):
    """Both integrals by scipy, cut by hand at energies where the spectrum jumps."""
    density = source.components[0].continuum.density
    flavour = source.components[0].flavour

    def integrand(energy, recoil):
        return density(energy) * cross_section(energy, np.full_like(energy, recoil), flavour)

    def spectrum(recoil):
        minimum = float(minimum_neutrino_energy_mev(recoil))
        ends = [minimum, *(cut for cut in cuts if cut > minimum)]
        return sum(fixed_quad(integrand, *pair, args=(recoil,), n=60)[0] for pair in pairwise(ends))

    points = [edges[0], *(t for t in map(float, map(maximum_recoil_mev, cuts)) if edges[0] < t < edges[1]), edges[1]]
    return sum(quad(spectrum, *pair, epsabs=0, epsrel=1e-8)[0] for pair in pairwise(points))


@pytest.mark.parametrize("name", ["Sr90-Y90", "Pm147"])
def test_a_bin_that_holds_the_end_of_a_beta_spectrum(name):
    """Without a panel that ends there the bin of 90Sr's own end is off by 5e-5."""
    source = artificial(name, 1.0, 1.0)
    cuts = sorted(decay.endpoint_mev for decay in BETA_CHAINS[name])
    end = float(maximum_recoil_mev(cuts[0]))
    edges = np.array([0.9 * end, 1.02 * end])
    found = fold(source, CROSS_SECTIONS, edges, Response())[:, 0]
    expected = [by_quad(source, curve, edges, cuts) for curve in CROSS_SECTIONS]
    assert found == pytest.approx(expected, rel=1e-6, abs=0)


def test_a_bin_where_the_table_and_the_polynomials_of_a_reactor_join():
    source = reactor_of_flux(1.0, captures_per_fission=0.0)
    joint = float(maximum_recoil_mev(2.0))
    edges = np.array([joint - 0.3, joint + 0.02])
    found = fold(source, CROSS_SECTIONS, edges, Response())[:, 0]
    cuts = [1.0, 1.5, *np.arange(2.0, 10.5, 0.5)]
    expected = [by_quad(source, curve, edges, cuts) for curve in CROSS_SECTIONS]
    assert found == pytest.approx(expected, rel=2e-6, abs=0)


@pytest.mark.parametrize("name", list(ATOMS))
def test_bound_electrons_between_their_shells_by_quad(name):
    """One line: the cross section integrated from shell to shell, each piece times its free electrons."""
    bound, edges = atom(name), np.array([0.0002, 0.05])
    found = fold(LINE, CROSS_SECTIONS, edges, Response(), bound)[:, 0]
    cuts = [edges[0], *bound.steps_mev[(bound.steps_mev > edges[0]) & (bound.steps_mev < edges[1])], edges[1]]
    for curve, value in zip(CROSS_SECTIONS, found, strict=True):
        total = 0.0
        for low, high in pairwise(cuts):
            share = sum(n for binding, n in bound.shells if binding * 1e-3 <= low) / bound.electrons
            total += share * quad(lambda t, at=curve: at(np.array([0.75]), np.array([t]), "nu_e")[0], low, high)[0]
        assert value == pytest.approx(total, rel=1e-8, abs=0)


def test_the_sum_of_fine_bins_is_the_coarse_one():
    coarse, fine = np.array([0.001, 0.02]), np.linspace(0.001, 0.02, 96)
    for response in (Response(), Response(Resolution(noise_mev=0.0003))):
        one = fold(LINE, CROSS_SECTIONS, coarse, response, atom("xenon"))
        many = fold(LINE, CROSS_SECTIONS, fine, response, atom("xenon"))
        assert many.sum(axis=1) == pytest.approx(one[:, 0], rel=1e-9, abs=0)


def test_an_atom_without_bound_electrons_changes_nothing():
    edges = np.array([0.001, 0.01, 0.1])
    free = Atom("free", ((0.0, 8),))
    assert (
        fold(LINE, CROSS_SECTIONS, edges, Response(), free).tolist()
        == fold(LINE, CROSS_SECTIONS, edges, Response()).tolist()
    )


def test_far_above_the_shells_all_electrons_are_free():
    edges = np.array([0.2, 1.0, 3.0])
    for name in ATOMS:
        bound = fold(isodar(), CROSS_SECTIONS, edges, Response(), atom(name))
        assert bound == pytest.approx(fold(isodar(), CROSS_SECTIONS, edges, Response()), rel=1e-12)


def test_spectra_fall_by_the_share_of_electrons_that_are_free():
    recoil = np.array([0.003, 0.02])
    bound = recoil_spectra(LINE, CROSS_SECTIONS, recoil, atom("germanium"))
    free = recoil_spectra(LINE, CROSS_SECTIONS, recoil)
    assert bound / free == pytest.approx(np.array([[30 / 32, 1.0]] * 2))
