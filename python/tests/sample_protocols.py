"""Small gufe protocols that fail, fail at first, and go on from an earlier result; importable, as worker processes need them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gufe.protocols import Protocol, ProtocolDAGResult, ProtocolResult, ProtocolUnit
from gufe.settings import SettingsBaseModel
from pydantic import Field


class StepsSettings(SettingsBaseModel):
    """What the steps protocol depends on."""

    steps: int = Field(3, description="Steps of one run; the total goes on from the run that is extended.")


class StepUnit(ProtocolUnit):
    @staticmethod
    def _execute(ctx, *, number, start, **inputs):
        (ctx.shared / "step.txt").write_text(str(number))
        return {"total": start + number}


class SumUnit(ProtocolUnit):
    @staticmethod
    def _execute(ctx, *, steps, start, **inputs):
        return {"total": start + sum(step.outputs["total"] - start for step in steps), "runs": len(steps)}


class StepsResult(ProtocolResult):
    """The largest total among the runs."""

    def get_estimate(self):
        return max(self.data["totals"])

    def get_uncertainty(self):
        return 0.0


class StepsProtocol(Protocol):
    """Adds 0 + 1 + … + (steps - 1) to the total of the run it extends."""

    result_cls = StepsResult
    _settings_cls = StepsSettings

    @classmethod
    def _default_settings(cls):
        return StepsSettings()

    @classmethod
    def _defaults(cls):
        return {}

    def _create(self, stateA, stateB, mapping=None, extends: ProtocolDAGResult | None = None):
        start = 0 if extends is None else total_of(extends)
        steps = [StepUnit(name=f"step {i}", number=i, start=start) for i in range(self.settings.steps)]
        return [*steps, SumUnit(name="sum", steps=steps, start=start)]

    def _gather(self, protocol_dag_results: Iterable[ProtocolDAGResult]) -> dict[str, Any]:
        return {"totals": [total_of(result) for result in protocol_dag_results]}


def total_of(result: ProtocolDAGResult) -> int:
    """The total that one run of the steps protocol came to."""
    (final,) = result.terminal_protocol_unit_results
    return final.outputs["total"]


class UnsteadySettings(SettingsBaseModel):
    """How often to fail, and where to count that."""

    folder: str = Field(description="Each attempt leaves a file here.")
    failures: int = Field(1, description="Attempts that fail before one succeeds.")
    message: str = Field("out of luck", description="What the error says.")


class UnsteadyUnit(ProtocolUnit):
    @staticmethod
    def _execute(ctx, *, folder, failures, message, **inputs):
        earlier = len(list(Path(folder).iterdir()))
        (Path(folder) / uuid.uuid4().hex).touch()
        if earlier < failures:
            raise RuntimeError(f"{message}: attempt {earlier + 1}")
        return {"total": earlier}


class UnsteadyProtocol(StepsProtocol):
    """One unit that fails as often as it is told, whatever task or retry runs it."""

    _settings_cls = UnsteadySettings

    @classmethod
    def _default_settings(cls):
        return UnsteadySettings(folder="/tmp")

    def _create(self, stateA, stateB, mapping=None, extends=None):
        settings = self.settings
        return [UnsteadyUnit(name="attempt", folder=settings.folder, failures=settings.failures, message=settings.message)]
