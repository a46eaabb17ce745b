"""The whole story on miniature data: from seven publishers' files to a set brought back twice."""

from medreg.demo.story import Step, tell

__all__ = ["Step", "tell"]
