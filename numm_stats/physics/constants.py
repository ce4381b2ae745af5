"""Constants of nature in MeV and cm, each with where it was read; natural units hbar = c = 1 in between."""

from __future__ import annotations

__all__ = [
    "ALPHA_MASS_MEV",
    "ATOMIC_MASS_UNIT_MEV",
    "AVOGADRO_PER_MOL",
    "ELECTRON_MASS_MEV",
    "FERMI_CONSTANT_PER_MEV2",
    "FINE_STRUCTURE",
    "HBAR_C_MEV_CM",
    "HBAR_C_MEV_FM",
    "MUON_MASS_MEV",
    "SECONDS_PER_YEAR",
    "SIN2_THETA_W_DEFAULT",
    "SIN2_THETA_W_LOW_ENERGY",
    "SIN2_THETA_W_MSBAR_MZ",
    "SIN2_THETA_W_ON_SHELL",
    "SIN2_THETA_W_RADIATIVE",
    "TAU_MASS_MEV",
    "W_MASS_MEV",
]

ELECTRON_MASS_MEV = 0.51099895  # CODATA 2018
MUON_MASS_MEV = 105.6583755  # CODATA 2018
TAU_MASS_MEV = 1776.86  # PDG 2022
W_MASS_MEV = 80377.0  # PDG 2022
ALPHA_MASS_MEV = 3727.3794066  # CODATA 2018, bare helium-4 nucleus
ATOMIC_MASS_UNIT_MEV = 931.49410242  # CODATA 2018

FERMI_CONSTANT_PER_MEV2 = 1.1663787e-11  # PDG, from the muon lifetime
FINE_STRUCTURE = 7.2973525693e-3  # CODATA 2018, zero momentum transfer

HBAR_C_MEV_FM = 197.3269804  # CODATA 2018, exact in the revised SI to the digits shown
HBAR_C_MEV_CM = HBAR_C_MEV_FM * 1e-13

AVOGADRO_PER_MOL = 6.02214076e23  # SI, exact

SECONDS_PER_YEAR = 365.25 * 86400.0  # Julian year

SIN2_THETA_W_MSBAR_MZ = 0.23122  # PDG, MS-bar at the Z mass
SIN2_THETA_W_LOW_ENERGY = 0.23863  # PDG, MS-bar at zero momentum transfer
SIN2_THETA_W_ON_SHELL = 0.2229  # PDG, 1 - m_W^2 / m_Z^2
SIN2_THETA_W_RADIATIVE = 0.2315  # Bahcall, Kamionkowski, Sirlin, Phys. Rev. D 51, 6146 (1995)
SIN2_THETA_W_DEFAULT = 0.2312  # MS-bar at the Z mass to four digits: the tree-level value this project quotes
