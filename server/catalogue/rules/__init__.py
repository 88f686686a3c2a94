"""The interpreter of forms."""

from server.catalogue.rules.fields import Judgement, Problem
from server.catalogue.rules.judging import Judge

__all__ = ["Judge", "Judgement", "Problem"]
