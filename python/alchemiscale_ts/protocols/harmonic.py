"""Free energies between harmonic wells: the test system whose answer is known exactly.

A well is ``U(x) = k/2 (x - m)**2 + c``; between two of them ``dF = kT/2 ln(kB/kA) + cB - cA``.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from gufe import Component
from gufe.settings import SettingsBaseModel
from openff.units import Quantity, unit
from pydantic import Field

from ._repeats import RemoteProtocol, RemoteUnit, RepeatsResult, float_quantity

_KELVIN = float_quantity("kelvin")
_SECOND = float_quantity("second")


def _in(value: float | Quantity, unit_name: str) -> float:
    return float(value.m_as(unit_name)) if isinstance(value, Quantity) else float(value)


class HarmonicWell(Component):
    """One particle in a harmonic well.

    Parameters
    ----------
    force_constant
        Positive; a quantity, or a number in kJ/(mol nm**2).
    minimum
        Where the energy is lowest; a quantity, or a number in nm.
    offset
        Energy at the minimum; a quantity, or a number in kJ/mol.
    name
        Any text.
    """

    def __init__(
        self,
        *,
        name: str,
        force_constant: float | Quantity,
        minimum: float | Quantity,
        offset: float | Quantity,
    ):
        self._name = name
        self._force_constant = _in(force_constant, "kilojoule / mole / nanometer ** 2")
        self._minimum = _in(minimum, "nanometer")
        self._offset = _in(offset, "kilojoule / mole")
        if not (self._force_constant > 0 and all(map(math.isfinite, self._numbers()))):
            raise ValueError("force constant, minimum and offset must be finite, the force constant positive")

    def _numbers(self) -> tuple[float, float, float]:
        return self._force_constant, self._minimum, self._offset

    @property
    def name(self) -> str:
        return self._name

    @property
    def total_charge(self) -> int:
        return 0

    @property
    def force_constant(self) -> Quantity:
        return self._force_constant * unit.kilojoule / unit.mole / unit.nanometer**2

    @property
    def minimum(self) -> Quantity:
        return self._minimum * unit.nanometer

    @property
    def offset(self) -> Quantity:
        return self._offset * unit.kilojoule / unit.mole

    @classmethod
    def _defaults(cls):
        return {}

    def _to_dict(self) -> dict[str, Any]:
        force_constant, minimum, offset = self._numbers()
        return {"name": self._name, "force_constant": force_constant, "minimum": minimum, "offset": offset}

    @classmethod
    def _from_dict(cls, dct: dict[str, Any]) -> HarmonicWell:
        return cls(**dct)


def exact_free_energy(well_a: HarmonicWell, well_b: HarmonicWell, temperature: Quantity) -> Quantity:
    """Free energy of well B less that of well A, exactly, in kcal/mol."""
    kt = (unit.molar_gas_constant * temperature).m_as("kilojoule / mole")
    (k_a, _, c_a), (k_b, _, c_b) = well_a._numbers(), well_b._numbers()
    difference = 0.5 * kt * math.log(k_b / k_a) + c_b - c_a
    return (difference * unit.kilojoule / unit.mole).to(unit.kilocalorie_per_mole)


class HarmonicProtocolSettings(SettingsBaseModel):
    """What a run of the harmonic protocol depends on."""

    temperature: _KELVIN = Field(298.15 * unit.kelvin, description="Temperature in kelvin.")
    n_repeats: int = Field(3, ge=1, description="Independent repeats in one run.")
    n_windows: int = Field(3, ge=2, description="Sampled states from A to B, both included.")
    n_samples: int = Field(200, ge=1, description="Independent samples of each window.")
    estimator: Literal["MBAR", "BAR"] = "MBAR"
    seed: int | None = Field(None, description="With a seed, every run of a transformation draws the same numbers.")
    work_time: _SECOND = Field(0.0 * unit.second, description="Each window takes at least this long.")


class HarmonicProtocolResult(RepeatsResult):
    """Free energy of state B less that of state A, in kcal/mol."""


class HarmonicProtocol(RemoteProtocol):
    """Samples windows between two wells and analyzes them with MBAR or BAR.

    Each of the two chemical systems consists of one :class:`HarmonicWell`.
    """

    _settings_cls = HarmonicProtocolSettings
    result_cls = HarmonicProtocolResult
    _analysis_qualname = "HarmonicAnalysisUnit"

    @classmethod
    def _default_settings(cls) -> HarmonicProtocolSettings:
        return HarmonicProtocolSettings()


class HarmonicSetUpUnit(RemoteUnit):
    """Lays out the windows between the wells."""


class HarmonicSampleUnit(RemoteUnit):
    """Draws the samples of one window."""


class HarmonicAnalysisUnit(RemoteUnit):
    """Estimates the free energy of one repeat."""
