"""dbt's events, as many as somebody hears."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager


@contextmanager
def heard(names: Container[str] = ()) -> Iterator[None]:
    """Have dbt fire of debugging what a log asks for and these events, until this ends.

    Args:
        names: What callbacks hear of debugging, such as `NodeFinished`.
    """
    before = get_event_manager()
    ctx_set_event_manager(_HeardEvents(names))
    try:
        yield
    finally:
        ctx_set_event_manager(before)


class _HeardEvents(EventManager):
    """Leaves out what nobody hears.

    dbt makes a message of each event before it asks who wants one: nine in ten are debugging, and
    cost a twentieth of a build.
    """

    def __init__(self, names: Container[str]) -> None:
        super().__init__()
        self._names = names

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        """Fire an event if somebody hears it; raises what dbt raises of a warning."""
        if self._is_heard(e, level or e.level_tag()):
            super().fire_event(e, level, node, force_warn_or_error_handling)

    def _is_heard(self, event: BaseEvent, level: EventLevel) -> bool:
        return (
            level is not EventLevel.DEBUG
            or type(event).__name__ in self._names
            or any(logger.level is EventLevel.DEBUG for logger in self.loggers)
        )
