"""What the protocols share: estimates over repeats, units that run elsewhere, settings with float quantities."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Annotated, Any

from gufe.protocols import Context, Protocol, ProtocolDAGResult, ProtocolResult, ProtocolUnit
from gufe.settings.typing import GufeQuantity
from openff.units import Quantity, unit
from pydantic import AfterValidator


def float_quantity(unit_name: str) -> Any:
    """The type of a settings field: a quantity convertible to ``unit_name``, kept in it and with a float magnitude.

    An int and a float magnitude give different gufe keys, and so does another spelling of the unit.
    """

    def convert(quantity: Quantity) -> Quantity:
        if not quantity.is_compatible_with(unit_name):
            raise ValueError(f"{quantity} is no quantity in {unit_name}")
        return Quantity(float(quantity.m_as(unit_name)), unit_name)

    return Annotated[GufeQuantity, AfterValidator(convert)]


class RemoteUnit(ProtocolUnit):
    """A unit of work that the compute service written in TypeScript does."""

    @staticmethod
    def _execute(ctx: Context, **inputs: Any) -> dict[str, Any]:
        raise NotImplementedError("This unit runs on the TypeScript compute service (`alchemiscale compute synchronous`).")


class RemoteProtocol(Protocol):
    """A protocol whose units are made and run by the compute service written in TypeScript."""

    #: qualname of the unit that states the estimate of a repeat
    _analysis_qualname: str

    def _create(self, stateA, stateB, mapping, extends=None):
        raise NotImplementedError(
            f"{type(self).__qualname__} is run by the TypeScript compute service (`alchemiscale compute synchronous`), "
            "which also makes its units."
        )

    def _gather(self, protocol_dag_results: Iterable[ProtocolDAGResult]) -> dict[str, Any]:
        """The newest estimate of each repeat of the successful runs, in kcal/mol."""
        repeats: dict[str, dict[str, Any]] = {}
        for dag_result in protocol_dag_results:
            if not dag_result.ok():
                continue
            for result in dag_result.protocol_unit_successes:
                if not result.source_key.startswith(f"{self._analysis_qualname}-"):
                    continue
                outputs = result.outputs
                known = repeats.get(outputs["repeat_id"])
                if known is None or known["generation"] < outputs["generation"]:
                    repeats[outputs["repeat_id"]] = outputs
        kcal = unit.kilocalorie_per_mole
        # In an order of its own, so that the same runs give the same result however they were listed.
        ordered = [repeats[repeat_id] for repeat_id in sorted(repeats)]
        return {
            "repeat_ids": sorted(repeats),
            "estimates": [float(outputs["unit_estimate"].m_as(kcal)) for outputs in ordered],
            "errors": [float(outputs["unit_estimate_error"].m_as(kcal)) for outputs in ordered],
            "overlaps": [float(outputs["overlap"]) for outputs in ordered],
        }


class RepeatsResult(ProtocolResult):
    """An estimate over independent repeats, in kcal/mol.

    By openfe's convention the estimate is the mean over repeats and the uncertainty their sample standard deviation
    (n - 1), 0 for a single repeat. ``None`` when no run succeeded.
    """

    def get_estimate(self) -> Quantity | None:
        values = self.data["estimates"]
        return statistics.fmean(values) * unit.kilocalorie_per_mole if values else None

    def get_uncertainty(self) -> Quantity | None:
        values = self.data["estimates"]
        if not values:
            return None
        return (statistics.stdev(values) if len(values) > 1 else 0.0) * unit.kilocalorie_per_mole
