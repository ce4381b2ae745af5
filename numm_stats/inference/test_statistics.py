r"""The test statistics of arXiv:1007.1727, each a function of a dataset's model and a value of mu.

All are made of the profile likelihood ratio, with mu-hat and theta-hat the free fit and theta-hat-hat(mu) the
conditional one:

    lambda(mu)  = L(mu, theta-hat-hat(mu)) / L(mu-hat, theta-hat)            eq. 7, mu-hat may be negative
    lambda~(mu) = the same with mu-hat >= 0                                  eq. 10

| which | for | mu-hat |
|---|---|---|
| `q_mu_tilde` | upper limits of a signal that cannot be negative: what `limit` uses | >= 0 |
| `q_mu` | upper limits of a parameter of either sign | free |
| `t_mu_tilde` | two-sided intervals, the ordering of Feldman and Cousins | >= 0 |
| `t_mu` | two-sided intervals of a parameter of either sign | free |
| `q_0` | discovery | >= 0 |

The lower bound of mu is the one that the definition asks for, whatever the measurement says; the upper bound is the
measurement's. Without the lower bound a bin with no event has no best fit: there the tilde versions are the answer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numm_stats.errors import ComputationError
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["profile_above", "q_0", "q_mu", "q_mu_tilde", "t_mu", "t_mu_tilde"]


def t_mu(data: StatisticalModel | Profile, mu: float) -> float:
    r"""Return t_mu, for two-sided intervals of a parameter of either sign.

    .. math:: t_\mu = -2 \ln \lambda(\mu)

    arXiv:1007.1727, eq. 8.

    Args:
        data: a model with its data, or a profile of one, which keeps its free fit for the next value.
        mu: value of the parameter of interest that is tested.

    Returns:
        The statistic, zero or more.

    Raises:
        ComputationError: if a fit fails; without a lower bound of mu, bins without events may make it.

    >>> from numm_stats.inference.statmodel import read_workspace
    >>> import pyhf
    >>> model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    >>> data = read_workspace(pyhf.Workspace.build(model, [51.0, 48.0, *model.config.auxdata]))
    >>> round(t_mu(data, 1.0), 6)  # pyhf's documentation says 3.9549891
    3.954989
    """
    return profile_above(data, -math.inf).minus_two_log_ratio(mu)


def t_mu_tilde(data: StatisticalModel | Profile, mu: float) -> float:
    r"""Return t~_mu, for two-sided intervals of a signal that cannot be negative.

    .. math:: \tilde t_\mu = -2 \ln \tilde\lambda(\mu)

    arXiv:1007.1727, eq. 11; for mu-hat < 0 the denominator is L(0, theta-hat-hat(0)).

    Args:
        data: a model with its data, or a profile of one, which keeps its free fit for the next value.
        mu: value of the parameter of interest that is tested.

    Returns:
        The statistic, zero or more.

    >>> from numm_stats.inference.statmodel import read_workspace
    >>> import pyhf
    >>> model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    >>> data = read_workspace(pyhf.Workspace.build(model, [51.0, 48.0, *model.config.auxdata]))
    >>> round(t_mu_tilde(data, 1.0), 5)  # pyhf's documentation says 3.93824492
    3.93824
    """
    return profile_above(data, 0.0).minus_two_log_ratio(mu)


def q_mu(data: StatisticalModel | Profile, mu: float) -> float:
    r"""Return q_mu, for upper limits on a parameter of either sign.

    .. math:: q_\mu = -2 \ln \lambda(\mu) \text{ for } \hat\mu \le \mu, \text{ else } 0

    arXiv:1007.1727, eq. 14.

    Args:
        data: a model with its data, or a profile of one, which keeps its free fit for the next value.
        mu: value of the parameter of interest that is tested.

    Returns:
        The statistic, zero or more.

    Raises:
        ComputationError: if a fit fails; without a lower bound of mu, bins without events may make it.

    >>> from numm_stats.inference.statmodel import read_workspace
    >>> import pyhf
    >>> model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    >>> data = read_workspace(pyhf.Workspace.build(model, [51.0, 48.0, *model.config.auxdata]))
    >>> round(q_mu(data, 1.0), 6), q_mu(data, -0.5)  # pyhf's documentation says 3.9549891
    (3.954989, 0.0)
    """
    return profile_above(data, -math.inf).q_mu_tilde(mu)


def q_mu_tilde(data: StatisticalModel | Profile, mu: float) -> float:
    r"""Return q~_mu, for upper limits on a signal that cannot be negative: the statistic of every limit here.

    .. math:: \tilde q_\mu = -2 \ln \tilde\lambda(\mu) \text{ for } \hat\mu \le \mu, \text{ else } 0

    arXiv:1007.1727, eq. 16.

    Args:
        data: a model with its data, or a profile of one, which keeps its free fit for the next value.
        mu: value of the parameter of interest that is tested.

    Returns:
        The statistic, zero or more.

    >>> from numm_stats.inference.statmodel import read_workspace
    >>> import pyhf
    >>> model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    >>> data = read_workspace(pyhf.Workspace.build(model, [51.0, 48.0, *model.config.auxdata]))
    >>> round(q_mu_tilde(data, 1.0), 5)  # pyhf's documentation says 3.93824492
    3.93824
    """
    return profile_above(data, 0.0).q_mu_tilde(mu)


def q_0(data: StatisticalModel | Profile) -> float:
    r"""Return q_0, for the discovery of a positive signal.

    .. math:: q_0 = -2 \ln \lambda(0) \text{ for } \hat\mu \ge 0, \text{ else } 0

    arXiv:1007.1727, eq. 12. A free fit with mu-hat >= 0 gives the same: where mu-hat would be negative, it ends at
    zero and the ratio is one. Infinite where there are events that only a signal can make.

    Args:
        data: a model with its data, or a profile of one.

    Returns:
        The statistic, zero or more.

    >>> from numm_stats.inference.statmodel import read_workspace
    >>> import pyhf
    >>> model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    >>> data = read_workspace(pyhf.Workspace.build(model, [60.0, 65.0, *model.config.auxdata]))
    >>> round(q_0(data), 5)  # pyhf's documentation says 2.98339447
    2.98339
    """
    return profile_above(data, 0.0).minus_two_log_ratio(0.0)


def profile_above(data: StatisticalModel | Profile, lowest: float) -> Profile:
    """Return the profile with this lower bound of the parameter of interest; the given one where it has it already."""
    model = data.model if isinstance(data, Profile) else data
    if float(model.model.parameters.bounds[model.poi_index, 0]) != lowest:
        profile = Profile(model.with_lowest(lowest))
    else:
        profile = data if isinstance(data, Profile) else Profile(model)
    if math.isinf(lowest):
        _check_best(profile)
    return profile


def _check_best(profile: Profile) -> None:
    """Say what is wrong where no best fit exists: -2 ln L of an empty bin falls until the bin expects nothing."""
    try:
        _ = profile.best
    except ComputationError as error:
        if (profile.model.data.main > 0.0).all():
            raise
        raise ComputationError(
            f"{error}; bin {int(profile.model.data.main.argmin())} has no events, so that without a lower bound of "
            f"{profile.model.poi} there may be no best fit: use the statistic with a tilde"
        ) from error
