"""What the worker has done, so that a job of the day runs once and a missed one is made up for."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base


class JobRun(Base):
    """One run of a job. `slot` names what it is for (a local day); `result` is what the job returned."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]]
    error: Mapped[str | None]
