"""From a `pyhf.Model` to `compiled.CompiledModel`: the only reader of pyhf's model structure.

What pyhf decided is taken from its public `model.config`: parameter map, auxiliary data, suggested values, limits,
interpolation codes. Modifier data come from the specification that pyhf validated. What cannot be compiled for reasons
that are none to pyhf is evaluated by pyhf itself: see `foreign`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.compiled import Channel, CompiledModel, Constraints, Factors, Parameters, Shapes
from numm_stats.inference.interpolation import HISTOSYS_CODES, NORMSYS_CODES, code4_coefficients

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyhf
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Sample = dict[str, Any]

__all__ = ["Ties", "compile_constraints", "compile_model", "first_bins", "refuse_wrong", "why_not_compiled"]

_BIN_MODIFIERS = ("staterror", "shapesys", "shapefactor")
_SCALE_MODIFIERS = ("normfactor", "lumi")


def compile_model(model: pyhf.Model, powers: Mapping[str, tuple[str, int]] | None = None) -> CompiledModel:
    """Compile a pyhf model into arrays that evaluate counts, gradient and Fisher information.

    Args:
        model: any model of pyhf 0.7 without batch and without clipping.
        powers: normfactors that are powers of another parameter, `{"g4": ("g2", 2)}`; they stop being parameters
            of their own. A signal a g^2 + b g^4 is two samples tied in this way.

    Returns:
        The compiled model, with parameters in pyhf's order.

    Raises:
        InputError: where a modifier, an interpolation code or an option is not known here, by name; where the model
            is wrong in itself (`refuse_wrong`); where a tie is.
    """
    if reason := why_not_compiled(model):
        raise InputError(reason)
    refuse_wrong(model)
    tie = Ties(model, dict(powers or {}))
    specs = {channel["name"]: channel for channel in model.spec["channels"]}
    positions = _staterror_positions(specs, model.config.channels)
    channels = tuple(
        _compile_channel(model, specs[name], first, tie, positions) for name, first in first_bins(model).items()
    )
    auxiliary = np.array(model.config.auxdata, dtype=float)
    return CompiledModel(tie.parameters, channels, compile_constraints(model, tie), auxiliary)


def first_bins(model: pyhf.Model) -> dict[str, int]:
    """Return where each channel starts among the bins of all, in pyhf's order of channels."""
    widths = [model.config.channel_nbins[name] for name in model.config.channels]
    return dict(zip(model.config.channels, np.cumsum([0, *widths[:-1]]).tolist(), strict=True))


class Ties:
    """Where each pyhf parameter went: the index it has here and the power it is raised to.

    Attributes:
        parameters: those that are left.
        slices: pyhf's parameters of each name.
        index: position here of each of pyhf's parameters, shape (parameters of pyhf,).
        power: exponent by name of a tied parameter.
    """

    def __init__(self, model: pyhf.Model, powers: dict[str, tuple[str, int]]) -> None:
        names = tuple(model.config.par_names)
        _check_ties(names, {name for name, kind in model.config.modifiers if kind == "normfactor"}, powers)
        kept = [i for i, name in enumerate(names) if name not in powers]
        self.slices = {name: entry["slice"] for name, entry in model.config.par_map.items()}
        place = {names[i]: k for k, i in enumerate(kept)}
        self.index = np.array([place[powers[n][0] if n in powers else n] for n in names], dtype=np.intp)
        self.power = {tied: exponent for tied, (_, exponent) in powers.items()}
        self.parameters = Parameters(
            tuple(names[i] for i in kept),
            np.array(model.config.suggested_init(), dtype=float)[kept],
            np.array(model.config.suggested_bounds(), dtype=float)[kept],
            np.array(model.config.suggested_fixed(), dtype=bool)[kept],
        )

    def start(self, name: str) -> int:
        """Return the position here of the first of pyhf's parameters of that name."""
        return int(self.index[self.slices[name].start])


def _check_ties(names: tuple[str, ...], free: set[str], powers: dict[str, tuple[str, int]]) -> None:
    for tied, (base, _) in powers.items():
        if tied not in names or base not in names:
            raise InputError(f"cannot tie '{tied}' to '{base}': the model's parameters are {', '.join(names)}")
        if tied not in free:
            raise InputError(f"cannot tie '{tied}' to '{base}': only a normfactor can be a power of another parameter")
        if base in powers:
            raise InputError(f"cannot tie '{tied}' to '{base}', which is tied itself: tie to a free parameter")


def why_not_compiled(model: pyhf.Model) -> str | None:
    """Return why a model that pyhf can evaluate is not compiled, naming what is not known here; None if it is."""
    if model.batch_size:
        return "a batched pyhf model is not compiled: make it without batch_size"
    if model.main_model.clip_sample_data is not None or model.main_model.clip_bin_data is not None:
        return "a pyhf model that clips its expected data is not compiled: make it without clip_*_data"
    known = (*_BIN_MODIFIERS, *_SCALE_MODIFIERS, "normsys", "histosys")
    for name, kind in model.config.modifiers:
        if kind not in known:
            return f"modifier '{name}' has type '{kind}': known are {', '.join(known)}"
    for kind, codes in (("normsys", NORMSYS_CODES), ("histosys", HISTOSYS_CODES)):
        code = _interpolation_code(model, kind)
        if code not in codes:
            return f"interpolation '{code}' of {kind} is not known here: known are {', '.join(codes)}"
    return None


def refuse_wrong(model: pyhf.Model) -> None:
    """Refuse what pyhf 0.7.6 evaluates without a word, but not as it was meant.

    Raises:
        InputError: if names are repeated, a normsys has a factor that is not positive, or a shapesys or shapefactor
            has fewer parameters than a channel it acts on has bins.
    """
    channels = model.spec["channels"]
    _refuse_repeated(channels)
    for channel in channels:
        for row, modifier in _of_type(channel["samples"], ("normsys", "shapesys", "shapefactor")):
            if modifier["type"] == "normsys":
                _refuse_non_positive(modifier["name"], modifier["data"]["hi"], modifier["data"]["lo"])
            elif len(channel["samples"][row]["data"]) > model.config.param_set(modifier["name"]).n_parameters:
                raise InputError(
                    f"{modifier['type']} '{modifier['name']}' has fewer parameters than channel "
                    f"'{channel['name']}' has bins"
                )


def _refuse_repeated(channels: list[dict[str, Any]]) -> None:
    """Refuse two channels, or two samples of one, with the same name: pyhf silently keeps the last."""
    for what, names in (
        ("channels", [channel["name"] for channel in channels]),
        *((f"samples of channel '{c['name']}'", [sample["name"] for sample in c["samples"]]) for c in channels),
    ):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise InputError(f"two {what} are called '{min(twice)}': names must differ")


def _interpolation_code(model: pyhf.Model, kind: str) -> str:
    default = {"normsys": "code1", "histosys": "code0"}[kind]
    return str(model.config.modifier_settings.get(kind, {}).get("interpcode", default))


def _compile_channel(
    model: pyhf.Model,
    spec: dict[str, Any],
    first_bin: int,
    tie: Ties,
    positions: dict[tuple[str, str], NDArray[np.intp]],
) -> Channel:
    samples: list[Sample] = spec["samples"]
    nominal = np.array([sample["data"] for sample in samples], dtype=float)
    return Channel(
        name=spec["name"],
        samples=tuple(sample["name"] for sample in samples),
        bins=slice(first_bin, first_bin + nominal.shape[1]),
        nominal=nominal,
        factors=_compile_factors(model, samples, tie),
        shapes=_compile_shapes(model, samples, nominal, tie),
        bin_parameters=_compile_bin_parameters(spec, nominal.shape, tie, positions),
    )


def _compile_factors(model: pyhf.Model, samples: list[Sample], tie: Ties) -> Factors:
    scale = list(_of_type(samples, _SCALE_MODIFIERS))
    varied = list(_of_type(samples, ("normsys",)))
    rows = np.array([r for r, _ in scale + varied], dtype=np.intp)
    slot = np.array([int(np.sum(rows[:i] == rows[i])) for i in range(len(rows))], dtype=np.intp)
    slots = np.full((len(samples), int(slot.max(initial=-1)) + 1), len(rows), dtype=np.intp)
    slots[rows, slot] = np.arange(len(rows))
    high, low = (np.array([m["data"][side] for _, m in varied], dtype=float) for side in ("hi", "lo"))
    owners = np.array([tie.start(m["name"]) for _, m in scale + varied], dtype=np.intp)
    code4 = _interpolation_code(model, "normsys") == "code4"
    return Factors(
        slots=slots,
        powers_of=owners[: len(scale)],
        powers=np.array([tie.power.get(m["name"], 1) for _, m in scale], dtype=float),
        variations_of=owners[len(scale) :],
        high=high,
        low=low,
        polynomial=code4_coefficients(high, low) if code4 else None,
        sample=rows,
        parameters=np.unique(owners),
    )


def _refuse_non_positive(name: str, high: float, low: float) -> None:
    if not (high > 0.0 and low > 0.0):
        raise InputError(f"normsys '{name}' has factors hi = {high}, lo = {low}: both must be positive")


def _of_type(samples: list[Sample], kinds: tuple[str, ...]) -> list[tuple[int, dict[str, Any]]]:
    return [(r, m) for r, sample in enumerate(samples) for m in sample["modifiers"] if m["type"] in kinds]


def _compile_shapes(model: pyhf.Model, samples: list[Sample], nominal: Array, tie: Ties) -> Shapes:
    found = _of_type(samples, ("histosys",))
    parameters = sorted({tie.start(m["name"]) for _, m in found})
    half, asymmetry = np.zeros((2, len(parameters), *nominal.shape))
    for row, modifier in found:
        h = parameters.index(tie.start(modifier["name"]))
        up, down = (np.asarray(modifier["data"][side], dtype=float) for side in ("hi_data", "lo_data"))
        half[h, row] = (up - down) / 2.0
        asymmetry[h, row] = (up + down - 2.0 * nominal[row]) / 16.0
    basis = np.concatenate([half, asymmetry])
    return Shapes(np.array(parameters, dtype=np.intp), basis, _interpolation_code(model, "histosys"))


def _compile_bin_parameters(
    spec: dict[str, Any], shape: tuple[int, ...], tie: Ties, positions: dict[tuple[str, str], NDArray[np.intp]]
) -> NDArray[np.intp]:
    layers: list[NDArray[np.intp]] = []
    for row, modifier in _of_type(spec["samples"], _BIN_MODIFIERS):
        start = tie.slices[modifier["name"]].start
        local: NDArray[np.intp] = np.arange(shape[1])
        if modifier["type"] == "staterror":
            local = positions[modifier["name"], spec["name"]]
        _place(layers, row, tie.index[start + local], shape, len(tie.parameters))
    return np.array(layers, dtype=np.intp).reshape(len(layers), *shape)


def _place(layers: list[NDArray[np.intp]], row: int, indices: Any, shape: tuple[int, ...], unused: int) -> None:
    """Put the parameters of one sample's bins into the first layer that is free there."""
    for layer in layers:
        if (layer[row] == unused).all():
            layer[row] = indices
            return
    layers.append(np.full(shape, unused, dtype=np.intp))
    layers[-1][row] = indices


def _staterror_positions(specs: dict[str, Any], order: list[str]) -> dict[tuple[str, str], NDArray[np.intp]]:
    """Where in its parameter set each staterror's channel starts: one set may run over several channels."""
    used: dict[str, int] = {}
    positions = {}
    for channel in order:
        bins = len(specs[channel]["samples"][0]["data"])
        for name in {m["name"] for _, m in _of_type(specs[channel]["samples"], ("staterror",))}:
            start = used.get(name, 0)
            positions[name, channel] = start + np.arange(bins)
            used[name] = start + bins
    return positions


def compile_constraints(model: pyhf.Model, tie: Ties) -> Constraints:
    """Return the auxiliary measurements of a model, of which pyhf knows two kinds."""
    entries: dict[str, list[tuple[Any, Any, Any]]] = {"normal": [], "poisson": []}
    place = 0
    for name in model.config.auxdata_order:
        parset = model.config.param_set(name)
        where, width = tie.slices[name], parset.n_parameters
        strength = parset.factors if parset.pdf_type == "poisson" else getattr(parset, "sigmas", [1.0] * width)
        entries[parset.pdf_type].append((tie.index[where], np.arange(place, place + width), strength))
        place += width
    gaussian, poisson = (_join(entries[kind]) for kind in ("normal", "poisson"))
    return Constraints(*gaussian, *poisson)


def _join(entries: list[tuple[Any, Any, Any]]) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    columns = list(zip(*entries, strict=True)) or [(), (), ()]
    parameters, data, strength = (np.concatenate([np.empty(0), *column]) for column in columns)
    return parameters.astype(np.intp), data.astype(np.intp), strength.astype(float)
