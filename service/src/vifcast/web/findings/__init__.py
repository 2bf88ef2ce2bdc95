"""Whether all is well, in sentences: what ``vifcast doctor`` finds, as far as a page can know it."""

from vifcast.web.findings.all_findings import findings, last_heard_at
from vifcast.web.findings.finding import Finding, Level, Sentence, Where

__all__ = ["Finding", "Level", "Sentence", "Where", "findings", "last_heard_at"]
