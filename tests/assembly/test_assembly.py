"""From an analysis to objects: numbers that override, exposures, names that clash, counts in files."""

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import (
    assemble_detector,
    assemble_scattering,
    assemble_signal,
    assemble_source,
    assemble_templates,
    observed_counts,
    poi_kind,
)
from numm_stats.detectors.response import Efficiency, Resolution
from numm_stats.errors import InputError
from numm_stats.sources.normalisation import Emission, Flux, ShapeOnly
from numm_stats.templates.interactions import MagneticSignal, MediatorSignal

REFERENCE = 3e-11
VECTOR = {"kind": "vector", "reference": 1e-6}


def analysis(**changes):
    document = {
        "name": "test",
        "source": {"kind": "isodar"},
        "detector": {"kind": "kamland"},
        "exposure": {"years": 5.0},
        "binning": {"recoil_mev": {"edges": [1.0, 2.0, 4.0, 9.0]}},
        "signal": {"kind": "magnetic-moment", "reference": REFERENCE},
    }
    return parse_analysis({**document, **changes}, "test")


def built(**changes):
    return assemble_templates(analysis(**changes), REFERENCE)


def flat(**changes):
    return {"kind": "flat", "rate": 8.0, **changes}


def systematic(name, kind="normalisation", size=0.1, **changes):
    return {"name": name, "kind": kind, "size": size, **changes}


def test_stated_numbers_replace_those_of_the_named_detector():
    stated = {"tonnes": 500.0, "electrons_per_tonne": 3e29, "live_fraction": 0.5, "distance_m": 20.0, "radius_m": 1.0}
    detector = assemble_detector(analysis(detector={"kind": "kamland", **stated}))
    assert {key: getattr(detector, key) for key in stated} == stated
    untouched = assemble_detector(analysis())
    assert (untouched.tonnes, untouched.distance_m, untouched.live_fraction) == (408.0, 16.0, 0.624)
    assert untouched.response.resolution == Resolution(stochastic=0.064)


def test_resolution_and_efficiency_replace_those_of_the_named_detector():
    efficiency = {"energies_mev": [1.0, 2.0], "values": [0.5, 0.9]}
    detector = assemble_detector(analysis(detector={"kind": "juno", "resolution": 0.0, "efficiency": efficiency}))
    assert detector.response.resolution.is_perfect
    assert detector.response.efficiency == Efficiency((1.0, 2.0), (0.5, 0.9))
    table = {"stochastic": 0.03, "noise_mev": 0.01}
    detector = assemble_detector(analysis(detector={"kind": "juno", "resolution": table}))
    assert detector.response.resolution == Resolution(0.03, 0.0, 0.01)


def test_a_threshold_cuts_the_binning():
    scattering = assemble_scattering(analysis(detector={"kind": "juno", "threshold_mev": 1.5}), REFERENCE)
    assert scattering.edges_mev.tolist() == [1.5, 2.0, 4.0, 9.0]
    with pytest.raises(InputError, match="leaves no bin"):
        assemble_scattering(analysis(detector={"kind": "juno", "threshold_mev": 9.0}), REFERENCE)


def test_counts_follow_stated_tonnes_and_years():
    once = built(detector={"kind": "kamland", "tonnes": 204.0, "radius_m": 5.0}, exposure={"years": 1.0})
    ten = built(detector={"kind": "kamland", "tonnes": 408.0, "radius_m": 5.0}, exposure={"years": 5.0})
    assert ten["weak"].values() == pytest.approx(10 * once["weak"].values(), rel=1e-12)


@pytest.mark.parametrize(("per", "total"), [("exposure", 8.0), ("year", 40.0), ("tonne-year", 8.0 * 5 * 408)])
def test_background_rates_are_per_exposure_year_or_tonne_year(per, total):
    counts = built(background=[flat(per=per)])["flat"].values()
    assert counts.sum() == pytest.approx(total, rel=1e-12)
    assert counts == pytest.approx(total * np.array([1, 2, 5]) / 8, rel=1e-12)


@pytest.mark.parametrize("per", ["year", "tonne-year"])
def test_a_rate_per_time_needs_years(per):
    with pytest.raises(InputError, match=r"'flat' is per .*state exposure\.years"):
        built(background=[flat(per=per)], exposure={"events": 1000.0})


def test_a_rate_per_tonne_year_needs_tonnes():
    detector = {"kind": "generic", "distance_m": 10.0}
    with pytest.raises(InputError, match=r"state detector\.tonnes"):
        built(background=[flat(per="tonne-year")], detector=detector, exposure={"events": 10.0, "years": 1.0})


def test_uncertainties_of_a_background_become_factors_and_statistics():
    templates = built(
        background=[flat(name="k42", uncertainty=0.2, statistical_uncertainty=0.05)],
        systematic=[systematic("norm", samples=["k42", "weak"])],
    )
    sample = templates.samples["k42"]
    assert sample.normalisations == {"norm": (1.1, 0.9), "k42_rate": (1.2, 0.8)}
    assert sample.statistical == pytest.approx(0.05 * sample.counts)
    assert templates.samples["signal"].normalisations == {}
    assert list(templates) == ["signal", "weak", "k42"]


def test_every_kind_of_background(tmp_path):
    table = tmp_path / "shape.csv"
    table.write_text("# energy, density\n0.5 1.0\n10 1.0\n")
    templates = built(
        background=[
            flat(),
            flat(kind="exponential", scale_mev=2.0),
            flat(kind="peak", mean_mev=2.2, width_mev=0.1),
            flat(kind="table", file=str(table)),
        ]
    )
    assert all(
        templates[kind].values().sum() == pytest.approx(8.0) for kind in ("flat", "exponential", "peak", "table")
    )
    assert templates["table"].values() == pytest.approx(templates["flat"].values())


@pytest.mark.parametrize("backgrounds", [[flat(), flat()], [flat(name="weak")], [flat(name="signal")]])
def test_names_that_clash_are_refused(backgrounds):
    with pytest.raises(InputError, match="exists already"):
        built(background=backgrounds)


def test_a_background_cannot_take_the_place_of_a_signal_term():
    with pytest.raises(InputError, match="exists already"):
        built(background=[flat(name="signal_g2")], signal=VECTOR)


def test_a_shape_systematic_of_a_background_is_refused():
    with pytest.raises(InputError, match="scale"):
        built(background=[flat()], systematic=[systematic("scale", "energy-scale", samples=["flat"])])


def test_a_systematic_named_like_one_of_the_detector_is_refused():
    with pytest.raises(InputError, match="energy_scale"):
        built(
            detector={"kind": "kamland", "energy_scale_uncertainty": 0.01},
            systematic=[systematic("energy_scale", "energy-scale", 0.05)],
        )


def test_a_systematic_named_like_the_rate_of_a_background_is_refused():
    with pytest.raises(InputError, match="flat_rate"):
        built(background=[flat(uncertainty=0.2)], systematic=[systematic("flat_rate", samples=["flat"])])


def test_systematics_on_unknown_samples_list_those_there_are():
    with pytest.raises(InputError, match=r"'norm' names sample 'strong': samples are signal, weak, flat"):
        built(background=[flat()], systematic=[systematic("norm", samples=["strong"])])


def test_detector_uncertainties_become_variations():
    detector = {
        "kind": "kamland",
        "energy_scale_uncertainty": 0.01,
        "resolution_uncertainty": 0.1,
        "threshold_uncertainty_mev": 0.02,
    }
    templates = built(detector=detector, systematic=[systematic("li8", "source-spectrum", 1.0, samples=["weak"])])
    assert set(templates.samples["weak"].variations) == {"energy_scale", "resolution", "threshold", "li8"}
    assert set(templates.samples["signal"].variations) == {"energy_scale", "resolution", "threshold"}
    up, down = templates.samples["weak"].variations["energy_scale"]
    weak = templates["weak"].values()
    # a falling spectrum moves up: the bins at its end gain
    assert up.values()[-1] > weak[-1] > down.values()[-1]


def test_the_alternative_spectrum_is_the_other_one():
    """Each model's variation leads to the other: up of `endpoints` has the shape of nominal `r-matrix`."""
    moved = built(systematic=[systematic("li8", "source-spectrum", 1.0)]).samples["weak"].variations["li8"][0].values()
    other = built(source={"kind": "isodar", "spectrum": "r-matrix"})["weak"].values()
    assert moved / moved.sum() == pytest.approx(other / other.sum(), rel=1e-10)


def test_a_line_source_has_no_alternative_spectrum():
    lines = {"kind": "lines", "energies_mev": [5.0], "intensities": [1.0]}
    with pytest.raises(InputError, match="needs an alternative spectrum"):
        built(
            source=lines,
            exposure={"events": 100.0},
            binning={"recoil_mev": {"edges": [1.0, 2.0]}},
            systematic=[systematic("li8", "source-spectrum", 1.0)],
        )


def test_a_flat_background_fills_what_a_line_does_not_reach():
    """51Cr-like: recoils end at 0.56 MeV; bins above once refused the analysis before its background was there."""
    changes = {
        "source": {"kind": "lines", "energies_mev": [0.7473], "intensities": [1.0]},
        "detector": {"kind": "juno", "resolution": 0.0},
        "exposure": {"events": 100.0},
        "binning": {"recoil_mev": {"edges": [0.2, 0.5, 0.8, 1.0]}},
    }
    templates = built(**changes, background=[flat()])
    assert templates["weak"].values()[2] == 0.0
    with pytest.raises(InputError, match=r"bin 2 \(0\.8 to 1 MeV\) is empty"):
        built(**changes)


def test_sizes_of_line_sources():
    lines = {"kind": "lines", "energies_mev": [0.75], "intensities": [1.0]}
    assert assemble_source(analysis(source=lines)).normalisation == ShapeOnly()
    assert assemble_source(analysis(source={**lines, "emitted_per_year": 1e24})).normalisation == Emission(1e24)
    assert assemble_source(analysis(source={**lines, "flux_per_cm2_s": 5e9})).normalisation == Flux(5e9)


def test_a_shape_needs_a_number_of_events():
    lines = {"kind": "lines", "energies_mev": [5.0], "intensities": [1.0]}
    with pytest.raises(InputError, match=r"exposure\.events"):
        built(source=lines)


def test_signals_and_their_parameters():
    magnetic = assemble_signal(analysis(), REFERENCE)
    assert magnetic == MagneticSignal(REFERENCE)
    assert poi_kind(magnetic) == "mu_nu2"
    table = {**VECTOR, "mediator_mass_mev": 2.0, "charges": {"e": -1.0}}
    vector = assemble_signal(analysis(signal=table), 2e-6)
    assert isinstance(vector, MediatorSignal)
    assert (vector.kind, vector.reference, vector.mass_mev, vector.charges) == ("vector", 2e-6, 2.0, {"e": -1.0})
    assert poi_kind(vector) == "g2+g4"
    assert poi_kind(assemble_signal(analysis(signal={**VECTOR, "interference": False}), 1e-6)) == "g4"
    assert poi_kind(assemble_signal(analysis(signal={**VECTOR, "kind": "scalar"}), 1e-6)) == "g4"


def test_couplings_reach_weak_and_interference():
    changed = {"sin2_theta_w": 0.2386}
    one, other = built(signal=VECTOR), built(signal=VECTOR, couplings=changed)
    assert (other["weak"].values() > one["weak"].values()).all()
    assert not np.allclose(other["signal_g2"].values(), one["signal_g2"].values(), rtol=1e-3, atol=0)
    assert other["signal_g4"].values() == pytest.approx(one["signal_g4"].values(), rel=1e-12)


def test_observed_counts_from_table_and_file(tmp_path):
    assert observed_counts(analysis()) is None
    assert observed_counts(analysis(data={"kind": "counts", "values": [1.0, 2.0, 3.0]})) == [1.0, 2.0, 3.0]
    file = tmp_path / "counts.txt"
    file.write_text("# bin contents\n10, 20\n\n30.5  # the last\n")
    assert observed_counts(analysis(data={"kind": "file", "file": str(file)})) == [10.0, 20.0, 30.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\n2\nthree\n", r"counts\.txt, line 3: 'three' is no number"),
        ("1\n-2\n", r"line 2: count -2 must be finite and not negative"),
        ("nan\n", r"line 1: count nan must be finite"),
        ("1\n2 inf\n", r"line 2: count inf must be finite"),
        ("# nothing\n\n", "has no counts"),
        ("", "has no counts"),
    ],
)
def test_faults_in_a_counts_file_are_named_with_their_line(tmp_path, text, message):
    file = tmp_path / "counts.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        observed_counts(analysis(data={"kind": "file", "file": str(file)}))


def test_a_counts_file_that_cannot_be_read(tmp_path):
    binary = tmp_path / "counts.root"
    binary.write_bytes(b"root\xff\xfe\x80")
    for path in (tmp_path / "none.txt", tmp_path, binary):
        with pytest.raises(InputError, match="cannot be read"):
            observed_counts(analysis(data={"kind": "file", "file": str(path)}))
