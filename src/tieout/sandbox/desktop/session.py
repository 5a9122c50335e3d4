"""A session with a company file: documents in, documents out; iterators live and die with it.

Any fault of structure refuses the whole set with 0x80040400, and nothing of it has run. Values of a wrong form do so too:
where real QuickBooks draws that line is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4
from xml.parsers import expat

from ...catalog.qbxml import EDITIONS, Edition, record_type
from ...catalog.qbxml.rets import ret_of
from ...errors import RecordRefused, RemoteProtocolError, SetupError
from ...protocols.qbxml_answers import Reply, write_answer_set
from ...protocols.qbxml_reader import RequestRead, read_requests
from ...protocols.qbxml_writer import MessageSet, Request, write_message_set
from . import refusals
from .balances import seen
from .company import DesktopCompany
from .conduct import died
from .records import Record
from .refusals import Refused
from .selecting import NotReproduced, selected, shown

NOTHING_FOUND = "A query request did not find a matching object in QuickBooks"


class DesktopSession:
    """One application's session."""

    def __init__(self, company: DesktopCompany) -> None:
        self.ticket = str(uuid4())
        self._company = company
        self._iterators: dict[str, list[Record]] = {}

    @property
    def versions(self) -> list[str]:
        """As QBXMLVersionsForSession lists them, oldest first."""
        newest = self._company.edition
        return [
            each.wire for each in EDITIONS if each.country == newest.country and each.number <= newest.number
        ]

    def process(self, document: str, *, dies_after: int | None = None) -> str:
        """The answer to a document; CallRefused for what gets none.

        Where QuickBooks `dies_after` so many requests, those are done and no answer is remembered.
        """
        text = document.encode("utf-8")
        edition = self._edition(text)
        try:
            asked = read_requests(text, edition)
            sent = MessageSet(
                edition,
                tuple(Request(each.type, each.verb, each.content, each.id) for each in asked.requests),
                "stopOnError" if asked.on_error == "stopOnError" else "continueOnError",
            )
            as_it_should_be = write_message_set(sent)
        except (RemoteProtocolError, RecordRefused, SetupError, KeyError) as error:
            raise refusals.not_parsed() from error
        if asked.on_error == "rollbackOnError":
            raise refusals.rolls_not_back()
        if asked.on_error not in ("stopOnError", "continueOnError"):
            raise refusals.not_parsed()
        if _elements(text) != _elements(as_it_should_be):
            raise refusals.not_parsed()
        stop = asked.on_error == "stopOnError"
        told, replies = self._company.message_sets.answer(
            asked.new_id,
            asked.old_id,
            document.partition("<QBXMLMsgsRq")[2].partition(">")[2].partition("</QBXMLMsgsRq")[0],
            lambda: self._replies(asked.requests, stop=stop, dies_after=dies_after),
        )
        return write_answer_set(edition, replies, told)

    def _edition(self, text: bytes) -> Edition:
        try:
            version = read_requests(text, self._company.edition).version
        except (RemoteProtocolError, SetupError) as error:
            raise refusals.not_parsed() from error
        country = self._company.edition.country
        found = next((each for each in EDITIONS if each.wire == version and each.country == country), None)
        if found is None or version not in self.versions:
            raise refusals.version_unknown()
        return found

    def _replies(
        self, requests: tuple[RequestRead, ...], *, stop: bool, dies_after: int | None
    ) -> list[Reply]:
        replies: list[Reply] = []
        failed = False
        for number, each in enumerate(requests):
            if number == dies_after:
                raise died()
            kind = record_type(each.type)
            if failed and stop:
                reply = Reply(kind, each.verb, each.id, 3231, "Error", "The request has not been processed.")
            else:
                try:
                    reply = self._reply(each)
                except Refused as refusal:
                    failed = failed or refusal.severity == "Error"
                    reply = Reply(kind, each.verb, each.id, refusal.code, refusal.severity, refusal.text)
            replies.append(reply)
        if dies_after is not None:
            raise died()
        return replies

    def _reply(self, asked: RequestRead) -> Reply:
        kind = record_type(asked.type)
        match asked.type, asked.verb:
            case "Host", "Query":
                return Reply(kind, "Query", asked.id, content={"HostRet": self._host()})
            case "Company", "Query":
                told = {"IsSampleCompany": True, "CompanyName": self._company.name}
                return Reply(kind, "Query", asked.id, content={"CompanyRet": told})
            case ("List", "Del") | ("Txn", "Del"):
                return self._deletion(asked)
            case "Txn", "Void":
                record = self._company.void(asked.content["TxnVoidType"], asked.content["TxnID"])
                return Reply(
                    kind, "Void", asked.id, content={**record, "TxnVoidType": asked.content["TxnVoidType"]}
                )
            case ("ListDeleted", "Query") | ("TxnDeleted", "Query"):
                return self._deletions(asked)
            case _, "Query":
                return self._query(asked)
            case _, "Add" | "Mod":
                content = asked.content.get(kind.message(asked.verb, ""))
                if not isinstance(content, Mapping):
                    raise refusals.unavailable()
                write = self._company.add if asked.verb == "Add" else self._company.modify
                record = write(kind.name, content)
                name = ret_of(kind.name, self._company.edition).name
                told = {name: seen(self._company, kind.name, record)} if record else {}
                return Reply(kind, asked.verb, asked.id, content=told)
        raise refusals.unavailable()

    def _host(self) -> Record:
        return {
            "ProductName": self._company.product,
            "MajorVersion": str(self._company.major),
            "MinorVersion": "0",
            "Country": self._company.edition.country,
            "SupportedQBXMLVersion": self.versions,
            "IsAutomaticLogin": False,
            "QBFileMode": "SingleUser",
        }

    def _deletion(self, asked: RequestRead) -> Reply:
        told, key = f"{asked.type}DelType", f"{asked.type}ID"
        gone = self._company.delete(asked.content[told], asked.content[key])
        content = {
            told: gone.type,
            key: gone.id,
            "TimeDeleted": gone.at.isoformat(timespec="seconds"),
            _name_field(asked.type): gone.name or None,
        }
        return Reply(record_type(asked.type), "Del", asked.id, content=content)

    def _deletions(self, asked: RequestRead) -> Reply:
        owner = asked.type.removesuffix("Deleted")
        if "DeletedDateRangeFilter" in asked.content:
            raise refusals.unavailable()
        told = f"{owner}DelType"
        rows = [
            {
                told: gone.type,
                f"{owner}ID": gone.id,
                "TimeCreated": gone.created,
                "TimeDeleted": gone.at.isoformat(timespec="seconds"),
                _name_field(owner): gone.name or None,
            }
            for name in asked.content[told]
            for gone in self._company.deletions(name)
        ]
        kind = record_type(asked.type)
        if not rows:
            return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND)
        return Reply(kind, "Query", asked.id, content={f"{asked.type}Ret": rows})

    # ---- queries

    def _query(self, asked: RequestRead) -> Reply:
        kind = record_type(asked.type)
        ret = ret_of(kind.name, self._company.edition)
        if not ret.key:
            raise refusals.unavailable()
        content = asked.content
        if content.get("@iterator") == "Continue":
            return self._continued(asked, ret.name)
        if content.get("@iterator") == "Stop":
            self._iterators.pop(str(content.get("@iteratorID")), None)
            return Reply(kind, "Query", asked.id)
        try:
            found, missing = selected(self._company, ret, content)
        except NotReproduced as error:
            raise refusals.unavailable() from error
        if content.get("@metaData") == "MetaDataOnly":
            return Reply(kind, "Query", asked.id, attributes={"retCount": str(len(found))})
        records = [shown(each, ret, content) for each in found]
        if content.get("@iterator") == "Start":
            return self._started(asked, ret.name, records)
        if content.get("MaxReturned"):
            records = records[: int(content["MaxReturned"])]
        if missing and records:
            text = f'There was a required element ("{missing[0]}") that could not be found in QuickBooks.'
            text = f"The query request has not been fully completed. {text}"
            return Reply(kind, "Query", asked.id, 500, "Warn", text, content={ret.name: records})
        if not records:
            return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND)
        return Reply(kind, "Query", asked.id, content={ret.name: records})

    def _started(self, asked: RequestRead, name: str, records: list[Record]) -> Reply:
        iterator = f"{{{uuid4()}}}"
        return self._part(asked, name, iterator, records)

    def _continued(self, asked: RequestRead, name: str) -> Reply:
        iterator = str(asked.content.get("@iteratorID", ""))
        if iterator not in self._iterators:
            raise Refused(3120, f'Object "{iterator}" specified in the request cannot be found.')
        return self._part(asked, name, iterator, self._iterators.pop(iterator))

    def _part(self, asked: RequestRead, name: str, iterator: str, records: list[Record]) -> Reply:
        most = int(asked.content.get("MaxReturned") or len(records) or 1)
        part, rest = records[:most], records[most:]
        if rest:
            self._iterators[iterator] = rest
        told = {"iteratorRemainingCount": str(len(rest)), "iteratorID": iterator}
        kind = record_type(asked.type)
        if not part:
            return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND, told)
        return Reply(kind, "Query", asked.id, attributes=told, content={name: part})


def _name_field(owner: str) -> str:
    return "FullName" if owner == "List" else "RefNumber"


def _elements(document: bytes) -> list[str]:
    """The names of all elements in their order."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.Parse(document, True)
    return names
