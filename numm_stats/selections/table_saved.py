"""A selection of saved histograms as types: what its TOML file may say, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from numm_stats.errors import InputError
from numm_stats.selections.names import refuse_reserved_names
from numm_stats.selections.table_axis import SavedObservable
from numm_stats.selections.table_signal import CouplingsTable, MediatorKeys, MomentKeys, powers_of
from numm_stats.selections.table_systematics import NormalisationSystematic
from numm_stats.selections.table_types import Files, Moving, Name, Positive, Table, known, refuse_twice
from numm_stats.templates.templates import SIGNAL

if TYPE_CHECKING:
    from numm_stats.templates.interactions import MediatorSignal

__all__ = [
    "BACKGROUND",
    "WEAK",
    "HistogramsSystematic",
    "ResponseSystematic",
    "ResponseTable",
    "SavedCategory",
    "SavedData",
    "SavedExposure",
    "SavedObservable",
    "SavedSelection",
]

WEAK, BACKGROUND = "weak", "background"

Text = Annotated[str, Field(min_length=1)]


class SavedCategory(Table):
    """A histogram, or a folder with a saved spectrum; `pot` is the exposure that it stands for, if it does not say."""

    name: Name
    histogram: Text
    file: Text | None = None
    pot: Positive | None = None


class SavedExposure(Table):
    """Protons on target that are wanted, and those of histograms that do not say: a number, or one of the file's.

    `livetime_s` is wanted of spectra that have a livetime and no protons, as those of cosmic rays.
    """

    pot: Positive | None = None
    simulated_pot: Positive | None = None
    histogram: Text | None = None
    unit_pot: Positive = 1.0
    livetime_s: Positive | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> SavedExposure:
        if self.simulated_pot is not None and self.histogram is not None:
            raise ValueError("state simulated_pot or histogram, not both")
        return self


class _OfHistogram(Table):
    """Where the signal's histogram is; without one it is folded through the response."""

    histogram: Text | None = None
    file: Text | None = None
    pot: Positive | None = None
    couplings: CouplingsTable = Field(default_factory=CouplingsTable)


class SavedMoment(MomentKeys, _OfHistogram):
    """Scattering by the magnetic moment, the histogram that of the reference."""


class SavedMediator(MediatorKeys, _OfHistogram):
    """Scattering by a light mediator."""

    @property
    def signal(self) -> MediatorSignal:
        """The same as templates take it."""
        return self.signal_with(self.couplings.scheme)


class ResponseTable(Table):
    """Efficiency and smearing of true recoils, which neutrinos of the NuMI beam make in the near detector.

    The folder has `h_eff`, `h_smear`, and perhaps `h_bkg` and `h_data`; `pot` is the exposure of these two, by default
    the one that the file states as wanted.
    """

    folder: str = ""
    file: Text | None = None
    normalise: bool = False
    unit: Literal["MeV", "GeV"] | None = None
    pot: Positive | None = None
    background: bool = True
    horn_current: Literal["forward", "reverse"] | None = None
    flux: Text | None = None
    tonnes: Positive | None = None
    electrons_per_tonne: Positive | None = None

    @model_validator(mode="after")
    def _one_flux(self) -> ResponseTable:
        if self.flux is not None and self.horn_current is not None:
            raise ValueError(f"horn_current = '{self.horn_current}' is of the tabulated flux: state it, or flux")
        return self


class HistogramsSystematic(Table):
    """Other histograms by sample, scaled to the exposure wanted; without `down` the change is mirrored."""

    name: Name
    kind: Literal["histograms"]
    up: dict[Name, Text] = Field(min_length=1)
    down: dict[Name, Text] | None = None
    file: Text | None = None
    modifier: Literal["histosys", "normsys"] = "histosys"

    @model_validator(mode="after")
    def _of_the_same(self) -> HistogramsSystematic:
        if self.down is not None and set(self.up) != set(self.down):
            raise ValueError("up and down must name the same samples")
        return self

    @property
    def samples(self) -> list[str]:
        """Those that have other histograms."""
        return list(self.up)


class ResponseSystematic(Table):
    """Folders of other responses, efficiency and smearing; without `down` the change is mirrored."""

    name: Name
    kind: Literal["response"]
    up: str
    down: str | None = None
    file: Text | None = None
    modifier: Literal["histosys", "normsys"] = "histosys"

    @property
    def samples(self) -> list[str]:
        """None is named: those that are folded are."""
        return []


SavedSystematic = Annotated[
    HistogramsSystematic | NormalisationSystematic | ResponseSystematic, Field(discriminator="kind")
]


class SavedData(Table):
    """Observed counts, and the exposure that they were taken at, if the file does not say; a response has `h_data`."""

    histogram: Text
    file: Text | None = None
    pot: Positive | None = None


class SavedSelection(Table):
    """A whole selection of saved histograms."""

    name: Name
    note: str = ""
    files: Files | None = None
    observable: list[SavedObservable] = Field(default_factory=list, max_length=2)
    category: list[SavedCategory] = Field(default_factory=list)
    response: ResponseTable | None = None
    exposure: SavedExposure = Field(default_factory=SavedExposure)
    signal: Annotated[SavedMoment | SavedMediator, Field(discriminator="kind")] | None = None
    systematic: list[SavedSystematic] = Field(default_factory=list)
    data: SavedData | None = None
    statistics: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> SavedSelection:
        if not self.category_names:
            raise ValueError("state a category with a histogram, or [response]")
        refuse_reserved_names((each.name for each in self.systematic), self.category_names, self.signal_powers)
        refuse_twice("category or sample", self.sample_names)
        refuse_twice("observable", [each.name for each in self.observable])
        refuse_twice("systematic", [each.name for each in self.systematic])
        for each in self.systematic:
            self._refuse_unknown(each)
        return self

    def _refuse_unknown(self, each: HistogramsSystematic | NormalisationSystematic | ResponseSystematic) -> None:
        """Refuse samples that there are not, and another response than none."""
        if isinstance(each, HistogramsSystematic):
            known(f"systematic '{each.name}': up", list(each.up), self.sample_names)
        elif isinstance(each, NormalisationSystematic):
            also = [SIGNAL] if self.signal_powers else []
            known(f"systematic '{each.name}': samples", each.samples, [*self.sample_names, *also])
        elif self.response is None:
            raise ValueError(f"systematic '{each.name}': another response needs [response]")

    @model_validator(mode="after")
    def _has_a_signal_or_none(self) -> SavedSelection:
        if self.signal is None:
            return self
        if (self.signal.histogram is None) == (self.response is None):
            raise ValueError("[signal] needs one of histogram and [response], which true recoils are folded through")
        if self.signal.histogram is not None and len(self.signal_powers) > 1:
            raise ValueError("a signal that interferes has two terms: state interference = false, or fold a [response]")
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """Bins of each observable, once they are known."""
        return tuple(len(each.array()) - 1 for each in self.observable)

    @property
    def category_names(self) -> list[str]:
        """Those of the response, then the categories in their order."""
        folded = [] if self.response is None else [WEAK, *([BACKGROUND] if self.response.background else [])]
        return folded + [each.name for each in self.category]

    @property
    def signal_powers(self) -> dict[str, int]:
        """Samples of the signal's terms, with the power of moment or coupling that each grows with."""
        return {} if self.signal is None else powers_of(self.signal.signal)

    @property
    def sample_names(self) -> list[str]:
        """The signal's terms, then the categories."""
        return [*self.signal_powers, *self.category_names]

    @property
    def folded_names(self) -> list[str]:
        """Samples that are folded through the response."""
        return [] if self.response is None else [*self.signal_powers, WEAK]

    @property
    def response_pot(self) -> float | None:
        """Protons on target that `h_bkg` and `h_data` are of, None if the selection does not say."""
        return None if self.response is None else self.response.pot or self.exposure.pot

    def with_pot(self, pot: float) -> SavedSelection:
        """Return the same at another exposure: what was counted with the response stays of its own.

        Raises:
            InputError: if that is not known.
        """
        changed: dict[str, object] = {"exposure": self.exposure.model_copy(update={"pot": pot})}
        if self.response is not None:
            if self.response_pot is None:
                raise InputError(
                    f"{pot:g} protons on target are wanted, but selection '{self.name}' does not say how many h_bkg "
                    "and h_data are of: state response.pot"
                )
            changed["response"] = self.response.model_copy(update={"pot": self.response_pot})
        return self.model_copy(update=changed)

    def may_be_negative(self, sample: str) -> bool:
        """Whether a sample is interference, a term of the signal that is not alone."""
        return self.signal_powers.get(sample) == 2 and len(self.signal_powers) > 1

    def moves(self, systematic: Moving, name: str) -> bool:
        """Whether a systematic moves a sample."""
        if isinstance(systematic, ResponseSystematic):
            return name in self.folded_names
        is_term = name in self.signal_powers and SIGNAL in systematic.samples
        return not systematic.samples or name in systematic.samples or is_term

    @property
    def other_files(self) -> list[str]:
        """Files beside the nominal ones."""
        tables = (*self.category, self.response, self.signal, self.data, *self.systematic)
        return [file for each in tables if (file := getattr(each, "file", None)) is not None]
