"""Absolute hydration free energies by GROMACS: transfer of a molecule from gas to water.

By openfe's convention for absolute solvation, state A is the solute in its solvent and state B the solvent alone, and
the estimate is the hydration free energy itself. Solutes are alkanes so far.
"""

from __future__ import annotations

from typing import Literal

from gufe.settings import SettingsBaseModel
from openff.units import unit
from pydantic import Field

from ._repeats import RemoteProtocol, RemoteUnit, RepeatsResult, float_quantity

_KELVIN = float_quantity("kelvin")
_BAR = float_quantity("bar")
_NANOMETER = float_quantity("nanometer")
_PICOSECOND = float_quantity("picosecond")


class GromacsHydrationProtocolSettings(SettingsBaseModel):
    """What a hydration free energy depends on. The defaults are the preset `standard`."""

    temperature: _KELVIN = Field(298.15 * unit.kelvin, description="Temperature in kelvin.")
    pressure: _BAR = Field(1.0 * unit.bar, description="Pressure in bar.")
    box_edge: _NANOMETER = Field(
        2.2 * unit.nanometer, description="Smallest edge of the cubic box; long molecules get a larger one."
    )
    cutoff: _NANOMETER = Field(0.9 * unit.nanometer, description="Cut-off of the pair interactions.")
    coulomb: Literal["reaction-field", "PME"] = Field(
        "reaction-field", description="Electrostatics beyond the cut-off; PME for polar molecules."
    )
    vdw_lambdas: list[float] = [0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0]
    coulomb_lambdas: list[float] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    equilibration_time: _PICOSECOND = Field(10.0 * unit.picosecond, description="Of each window.")
    production_time: _PICOSECOND = Field(20.0 * unit.picosecond, description="Of each window.")
    timestep: _PICOSECOND = Field(0.002 * unit.picosecond, description="At most 0.004 picosecond.")
    sampling_interval: int = Field(20, ge=1, description="Steps between written energy differences.")
    n_repeats: int = Field(3, ge=1, description="Independent repeats in one run.")
    estimator: Literal["MBAR", "BAR"] = "MBAR"
    seed: int | None = Field(None, description="With a seed, every run starts from the same velocities.")


class GromacsHydrationProtocolResult(RepeatsResult):
    """Hydration free energy (gas to water), in kcal/mol."""


class GromacsHydrationProtocol(RemoteProtocol):
    """Couples a solute into water, window by window.

    State A holds one ``SmallMoleculeComponent`` and a ``SolventComponent`` of water with 0 molar ions, state B the same
    ``SolventComponent`` alone.
    """

    _settings_cls = GromacsHydrationProtocolSettings
    result_cls = GromacsHydrationProtocolResult
    _analysis_qualname = "GromacsAnalysisUnit"

    @classmethod
    def _default_settings(cls) -> GromacsHydrationProtocolSettings:
        return GromacsHydrationProtocolSettings()


class GromacsSetUpUnit(RemoteUnit):
    """Puts the solute into relaxed water."""


class GromacsWindowUnit(RemoteUnit):
    """Samples one coupling state; its output `dhdl` is the text of GROMACS' dhdl.xvg."""


class GromacsAnalysisUnit(RemoteUnit):
    """Estimates the free energy of one repeat."""
