"""Publications as data; cards hold them, and pages and bibliographies are written from them."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError

__all__ = ["Citation"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A publication, field by field; a field that is not known for certain stays empty.

    Raises:
        UsageError: the authors are one text and not a tuple.
    """

    authors: tuple[str, ...]
    """Each as `Last, First`, or the family name alone; a last `others` stands for those that are not listed."""

    title: str
    venue: str = ""
    """Conference, or journal with its volume: `CVPR`, `Journal of the Optical Society of America 62(1)`.

    Neutral value: `""`, a preprint or a book.
    """

    year: int | None = None
    arxiv: str = ""
    """`2204.04676`."""

    doi: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.authors, str):
            raise UsageError(
                f"The authors of {self.title!r} are one text: write a tuple of names, as in ({self.authors!r},)."
            )

    @property
    def text(self) -> str:
        """The publication as one line.

        >>> Citation(("Rim, Jaesung", "Lee, Haeyun", "others"), "Real-World Blur", "ECCV", 2020, arxiv="1.2").text
        'Rim, Lee et al.: Real-World Blur, ECCV 2020, arXiv 1.2'
        """
        names = [name.partition(",")[0] for name in self.authors]
        abridged = names[-1:] == ["others"]
        authors = ", ".join(names[:-1]) + " et al." if abridged else ", ".join(names)
        between = ", " if self.venue[-1:] in ")0123456789" else " "  # behind a volume
        where = between.join(filter(None, (self.venue, str(self.year or ""))))
        arxiv = f"arXiv {self.arxiv}" if self.arxiv else ""
        doi = f"doi:{self.doi}" if self.doi else ""
        facts = ", ".join(filter(None, (self.title, where, arxiv, doi, self.url)))
        return f"{authors}: {facts}" if authors else facts
