"""What the messages about wrong analyses say: the bound, the key to look at, the option that does what was meant."""

import pytest

from numm_stats.assembly.assembling import assemble_templates
from numm_stats.errors import InputError
from numm_stats.verbs.loading import load


@pytest.mark.parametrize(
    ("entry", "setting", "words"),
    [
        ("texono", "exposure.days=-3", r"key 'exposure\.days' = -3: should be greater than 0$"),
        ("texono", "detector.live_fraction=2.0", r"should be less than or equal to 1$"),
        ("texono", "detector.tonnes=1e70", r"should be less than 1e\+60$"),
        ("lsnd", "data.kind=asimov", "kind = 'asimov' has no use for values; .*--data asimov"),
        ("pm147-nai", "detector.distance_m=0.35", r"detector\.distance_m = 0\.35: the source lies in the target"),
        (
            "ar37-xenon",
            "source.cooling_years=1000",
            r"how much source\.kind = 'ar37' emits, its activity and cooling_years, detector\.efficiency",
        ),
        ("ar37-xenon", "detector.efficiency=0.0", r"'pp' has no events between 0\.001 and .*detector\.efficiency"),
        ("pm147-nai", "detector.efficiency=0.0", r"no events in any bin: .*detector\.efficiency"),
        (
            "xenonnt-sr0",
            "detector.efficiency={energies_mev=[1.0,2.0,30.0],values=[0.1,0.5,0.8]}",
            r"detector\.efficiency has points from 1 to 30 MeV and none in the analysed range",
        ),
    ],
)
def test_message(entry, setting, words):
    with pytest.raises(InputError, match=words):
        assemble_templates(load(entry, (setting,)), 1e-11)
