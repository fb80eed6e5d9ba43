"""Protocols that misbehave on purpose, to test what runs protocols."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from gufe.protocols import ProtocolDAGResult, ProtocolResult
from gufe.settings import SettingsBaseModel
from openff.units import unit
from pydantic import Field

from ._repeats import RemoteProtocol, RemoteUnit, float_quantity

_SECOND = float_quantity("second")


class TestingProtocolResult(ProtocolResult):
    """Counts runs; there is nothing to estimate."""

    __test__ = False  # not a test, whatever pytest makes of the name

    def get_estimate(self) -> None:
        return None

    def get_uncertainty(self) -> None:
        return None


class _TestingProtocol(RemoteProtocol):
    result_cls = TestingProtocolResult

    def _gather(self, protocol_dag_results: Iterable[ProtocolDAGResult]) -> dict[str, Any]:
        return {}


class FailingProtocolSettings(SettingsBaseModel):
    """How to fail."""

    failures: int | None = Field(None, description="Attempts that fail before one succeeds; None for all.")
    mode: Literal["throw", "exit", "kill"] = "throw"


class FailingProtocol(_TestingProtocol):
    """Two units: one that succeeds, and one after it that fails."""

    _settings_cls = FailingProtocolSettings

    @classmethod
    def _default_settings(cls) -> FailingProtocolSettings:
        return FailingProtocolSettings()


class SlowProtocolSettings(SettingsBaseModel):
    """How to take one's time."""

    duration: _SECOND = Field(1.0 * unit.second, description="Of each unit.")
    n_units: int = Field(1, ge=1, description="Units, none of which depends on another.")
    ignore_abort: bool = Field(False, description="Whether units go on when they are told to stop.")


class SlowProtocol(_TestingProtocol):
    """Units side by side that only wait."""

    _settings_cls = SlowProtocolSettings

    @classmethod
    def _default_settings(cls) -> SlowProtocolSettings:
        return SlowProtocolSettings()


class FailingUnit(RemoteUnit):
    """Fails as often as it is told, then succeeds."""


class SlowUnit(RemoteUnit):
    """Waits."""
