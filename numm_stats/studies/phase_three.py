"""A study of the spectrum that Borexino published of its Phase-III: how well it is described, and limits on a moment.

Not the collaboration's result. The events of 11C and the radial distribution, which the collaboration fits with it, are
not published; spectra and response are computed and not simulated; its systematic uncertainties are not in it; and the
recoils of pp, which a moment changes most, end below the range.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.analyses.published_spectrum import read_published_spectrum
from numm_stats.assembly.borexino_samples import edges_hits_of
from numm_stats.detectors.borexino import hits_polynomial
from numm_stats.inference.profile import Profile
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import analysis_of, build_workspace, statistical_model
from numm_stats.verbs.questions import goodness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.analyses.published_spectrum import PublishedSpectrum
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["REGIONS_HITS", "Description", "MomentLimits", "description", "phase_three", "study", "variants"]

ENTRY: Final = "borexino-phase3"
REFERENCE: Final = 5e-11  # the catalogue's, for all variants: nothing is gained by finding each its own
TWO_SIDED: Final = 2.706
FILE_OVER_ELECTRON: Final = 1.05  # energies in the file over those of electrons, by the edge of 7Be: 1.052 +- 0.012
REGIONS_HITS: Final = {
    "whole range": (137.0, 880.0),
    "210Po": (137.0, 225.0),
    "7Be shoulder": (225.0, 330.0),
    "CNO region": (330.0, 500.0),
    "11C, external gammas": (500.0, 880.0),
}


@dataclass(frozen=True)
class Description:
    """How well a range of the spectrum is described.

    Attributes:
        region: of `REGIONS_HITS`.
        bins: whose middle lies in it.
        chi2: sum of (n - nu)^2 / nu.
        ndf: bins less what the fit uses of them, sum of 1 - h with the leverage h of each bin: what chi2 is on average.
        published_chi2: of the collaboration's own fit in the same bins, from the residuals in the file.
    """

    region: str
    bins: int
    chi2: float
    ndf: float
    published_chi2: float

    @property
    def per_ndf(self) -> float:
        """Chi2 per degree of freedom."""
        return self.chi2 / self.ndf

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text for JSON."""
        return {**asdict(self), "per_ndf": self.per_ndf}


@dataclass(frozen=True)
class MomentLimits:
    """Limits on the moment at 90 % by one variant of the analysis [Bohr magnetons].

    Attributes:
        variant: what is different in it.
        deviance: of the best fit against the saturated model.
        ndf: degrees of freedom.
        p_value: of that deviance.
        one_sided: Delta chi2 = 1.642.
        two_sided: Delta chi2 = 2.706.
        cls: CLs.
        expected: CLs, the median without a moment.
        bayes: flat in the moment squared.
    """

    variant: str
    deviance: float
    ndf: int
    p_value: float
    one_sided: float
    two_sided: float
    cls: float
    expected: float
    bayes: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text for JSON."""
        return asdict(self)


def phase_three(file: Path, *overrides: str) -> Analysis:
    """Return the catalogue's analysis with the counts of the published file.

    Args:
        file: with the seven columns of `read_published_spectrum`.
        overrides: `KEY=VALUE`, as `--set` takes them.

    Raises:
        InputError: if an override makes no sense. The file is read later.
    """
    data = ("data.kind=published-spectrum", f"data.file={json.dumps(str(file))}")
    return analysis_of(load(ENTRY, (*data, f"signal.reference={REFERENCE}", *overrides)))


def description(file: Path, *overrides: str) -> list[Description]:
    """Return how well each region is described.

    Args:
        file: as of `phase_three`.
        overrides: as of `phase_three`.

    Raises:
        InputError: naming file and line of what cannot be read.
        ComputationError: if the fit fails.
    """
    analysis, spectrum = phase_three(file, *overrides), read_published_spectrum(file)
    edges = edges_hits_of(analysis)
    model, _, _ = statistical_model(analysis)
    expected, freedom = _expected_and_freedom(model)
    observed, theirs = spectrum.merged(edges), _published_fit(spectrum, edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    chi2, published = (observed - expected) ** 2 / expected, (observed - theirs) ** 2 / theirs
    found = []
    for name, (low, high) in REGIONS_HITS.items():
        inside = (middle >= low) & (middle < high)
        sums = (float(values[inside].sum()) for values in (chi2, freedom, published))
        found.append(Description(name, int(inside.sum()), *sums))
    return found


def study(file: Path) -> list[MomentLimits]:
    """Return limits of the analysis, and of variants in which something that nobody knows is otherwise.

    Raises:
        InputError: naming file and line of what cannot be read.
        ComputationError: if a fit fails.
    """
    return [_limits(name, analysis) for name, analysis in variants(file).items()]


def variants(file: Path) -> dict[str, Analysis]:
    """Return the analyses of `study` by what is different in them."""
    spectrum = read_published_spectrum(file)
    analysis = phase_three(file)
    coefficients = list(hits_polynomial(spectrum.energies_mev / FILE_OVER_ELECTRON, spectrum.hits))
    free = {"uncertainty": 0.0, "free": True, "bounds": [0.0, 20.0]}
    return {
        "as in the catalogue": analysis,
        "85Kr free, zero or more": _with_background(analysis, "Kr85", free),
        "210Bi free, zero or more": _with_background(analysis, "Bi210", free),
        "response not fitted": phase_three(file, "detector.free_response=[]", "detector.response_steps={}"),
        "137 to 600 hits": phase_three(file, "binning.hits={start=137,stop=600,bins=62}"),
        "B16-AGSS09met": phase_three(file, "source.metallicity=agss09met"),
        "energies of the file": phase_three(file, f"detector.response.coefficients={coefficients}"),
    }


def _with_background(analysis: Analysis, name: str, changes: dict[str, Any]) -> Analysis:
    tables = [t.model_copy(update=changes if t.sample == name else None) for t in analysis.background]
    return analysis.model_copy(update={"background": tables})


def _limits(variant: str, analysis: Analysis) -> MomentLimits:
    workspace = build_workspace(analysis)
    fitted, with_cls = goodness(workspace), limit(workspace)
    return MomentLimits(
        variant,
        fitted.deviance,
        fitted.ndf,
        fitted.p_value,
        limit(workspace, construction="delta-chi2").value,
        limit(workspace, construction="delta-chi2", delta_chi2=TWO_SIDED).value,
        with_cls.value,
        float(with_cls.expected[2] or np.nan),
        limit(workspace, construction="bayes").value,
    )


def _expected_and_freedom(model: StatisticalModel) -> tuple[Array, Array]:
    """Expected counts at the best fit (b,) and what is left of each bin's degree of freedom, 1 - J^T C J / nu."""
    theta = Profile(model).best.theta
    expected, jacobian = model.model.expected_and_jacobian(theta)
    free = ~model.model.parameters.fixed
    covariance = 2.0 * np.linalg.inv(model.likelihood.information(theta)[np.ix_(free, free)])
    leverage = np.einsum("ib,ij,jb->b", jacobian[free], covariance, jacobian[free]) / expected
    return expected, 1.0 - leverage


def _published_fit(spectrum: PublishedSpectrum, edges_hits: Array) -> Array:
    """Counts of the collaboration's fit in bins, n - residual x sqrt(n); where n is zero, those of its neighbours."""
    known = spectrum.counts > 0.0
    fit = spectrum.counts[known] - spectrum.residuals[known] * np.sqrt(spectrum.counts[known])
    everywhere = np.interp(spectrum.hits, spectrum.hits[known], fit)
    below = np.concatenate([[0.0], np.cumsum(everywhere)])
    return np.diff(below[np.searchsorted(spectrum.edges_hits, edges_hits)])
