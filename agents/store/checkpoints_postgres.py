"""LangGraph's PostgreSQL checkpointer, swept; apart, since psycopg is an extra."""

from typing import Any

from langgraph.checkpoint.postgres import PostgresSaver

from agents.store.checkpoints import SWEEP_EVERY

_OLDER = "WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(checkpoint_ns)s AND checkpoint_id < %(checkpoint_id)s"
_UNUSED = "WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(checkpoint_ns)s AND version <> ALL(%(versions)s)"


class SweptPostgres(PostgresSaver):
    """Keeps the newest checkpoints of each thread and namespace."""

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        saved = super().put(config, checkpoint, metadata, new_versions)
        if metadata.get("step", 0) % SWEEP_EVERY == 0:
            self._sweep(
                dict(saved.get("configurable", {})) | {"versions": list(checkpoint["channel_versions"].values())}
            )
        return saved

    def _sweep(self, newest: dict[str, Any]) -> None:
        with self._cursor(pipeline=True) as cursor:
            cursor.execute(f"DELETE FROM checkpoints {_OLDER}", newest)
            cursor.execute(f"DELETE FROM checkpoint_writes {_OLDER}", newest)
            cursor.execute(f"DELETE FROM checkpoint_blobs {_UNUSED}", newest)
