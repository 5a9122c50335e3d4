"""Which documents a run of a process is about: what the source hands over, what was held before, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..errors import RunStopped
from ..state.process_log import DONE, HELD, OWING, ProcessLog
from .documents import Document, Source, Until, document_again, given_twice


@dataclass(frozen=True, slots=True)
class MeantDocuments:
    """The documents of a run, each once; reading them talks to the source."""

    source: Source
    log: ProcessLog
    deletions: bool = True
    """Whether what is gone in the source is meant, too."""
    given: Sequence[Document] | None = None
    """These, and nothing is read."""
    limit: int | None = None
    only: str = ""
    """The key, or the value of the key, of the one document that is meant."""

    @property
    def is_partial(self) -> bool:
        """Whether these are some of the documents only, so that no watermark moves."""
        return self.given is not None or self.limit is not None or bool(self.only)

    def __iter__(self) -> Iterator[Document | Until]:
        """What the source hands over, then what was held and did not come again, then what is gone."""
        if self.given is not None:
            yield from self.given
            return
        seen: set[str] = set()
        found = self._found(seen)
        yield from islice(found, self.limit) if self.limit is not None else found
        if self.limit is None:
            yield from self._held(seen)
        if self._is_whole and self.deletions:
            yield from self._missing(seen)

    @property
    def _is_whole(self) -> bool:
        """Whether what does not come is not there any more."""
        return self.source.changed == "snapshot" and not self.is_partial

    def _found(self, seen: set[str]) -> Iterator[Document | Until]:
        for each in self.source.documents(self.log):
            if isinstance(each, Until):
                yield each
            elif self._is_meant(each.id) and not (each.gone and not self.deletions):
                found = given_twice(each) if each.id in seen else each
                seen.add(found.id)
                yield found

    def _held(self, seen: set[str]) -> Iterator[Document]:
        """What was held and did not come again; what a whole reading did not find is gone, and only to be forgotten.

        So is a document whose key had come before in its run, and by now comes once.
        """
        for each in self.log.standings(*HELD):
            if each.document not in seen and self._is_meant(each.document):
                found = document_again(each.document, each.place, each.given)
                settled = found.twice and found.key in seen  # its key comes once now
                yield replace(found, gone=True, twice=False) if self._is_whole or settled else found

    def _missing(self, seen: set[str]) -> Iterator[Document]:
        """Documents that were brought over and are no longer in the source."""
        missing = [each for each in self.log.standings(DONE, OWING) if each.document not in seen]
        if missing and not self.source.arrived:
            raise RunStopped(
                f"{self.source.address} is empty, and {len(missing):,} documents were there before: all that they became would be deleted.",
                advice="Look at the source. If it is meant to be empty, delete the records yourself, or write deletions = false.",
            )
        for each in missing:
            yield Document(
                each.document, f"{self.source.address}, {each.document}", {}, each.document, gone=True
            )

    def _is_meant(self, document: str) -> bool:
        return not self.only or self.only in (document, document.partition("=")[2])
