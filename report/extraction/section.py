"""What models made of documents: how many went which way, what that cost, values over time, refusals, and how far the truth agrees."""

from collections.abc import Sequence

from medallion.manifest.model import BronzeTable, Extraction
from report.extraction.agreement import OUTCOMES
from report.extraction.facts import Asking, Compared, ExtractedTable
from report.extraction.questions import COMPARED, extracted, open_fields
from report.extraction.weeks import over_weeks
from report.facts import Facts
from report.markup import Html, element, join
from report.sections import section, table
from report.words import count, plural, usd


def texts(facts: Facts) -> Html | None:
    """The part of the page about tables that are extracted; None where the lake has none."""
    contracts = extracted(facts.manifest)
    if not contracts:
        return None
    known = {one.table: one for one in facts.extracted}
    intro = (
        "What a model made of the documents that it was asked about. Each document counts once, by its last answer: it has records, has none, "
        "or its answer was refused; the three add up to the documents."
    )
    parts = [_table(facts, contract, extraction, known.get(contract.name)) for contract, extraction in contracts]
    return section("texts", "Rows from texts", intro, *parts)


def _table(facts: Facts, contract: BronzeTable, extraction: Extraction, found: ExtractedTable | None) -> Html:
    head = element("h3", contract.name)
    if f"bronze.{contract.name}" in facts.hidden:
        return element("div", head, element("p", f"{facts.persona} sees none of its values.", class_="intro"), class_="refused")
    if found is None or not found.askings:
        return element("div", head, element("p", "The model was not asked about any document yet.", class_="intro"), class_="refused")
    provider = f" (provider {found.provider})" if found.provider else ""
    held = found.askings[0].held
    asks = f"{contract.source}{provider} is asked about {extraction.documents}, which holds {plural(held, 'document')}."
    return element(
        "div",
        head,
        element("p", asks, class_="intro"),
        _askings(contract, found.askings),
        over_weeks(facts, contract, extraction, found.weeks),
        _refused(contract, found),
        _agreements(facts, contract, extraction, found),
        class_="refused",
    )


def _askings(contract: BronzeTable, askings: Sequence[Asking]) -> Html:
    head = (
        *("model", "prompt version", "documents", "with records", "without", "refused", "records", "calls", "further calls"),
        *("tokens asked", "tokens answered", "price", "price per document"),
    )
    rows = [
        (
            one.asked.model,
            element("code", one.asked.prompt_version),
            *(count(number) for number in (one.documents, one.with_records, one.without_records)),
            element("span", count(one.refused), class_="bad" if one.refused else "zero"),
            *(count(number) for number in (one.records, one.calls, one.further_calls, one.input_tokens, one.output_tokens)),
            # What nobody pays for did not cost 0 dollars.
            *((usd(one.cost_usd), usd(one.cost_usd / max(one.documents, 1))) if one.cost_usd else ("no price", "no price")),
        )
        for one in askings
    ]
    sums = [element("p", _sum(one), class_=None if one.balances else "bad") for one in askings]
    note = "A further call of a document is one after an answer that was wrong or lost, or about a further part of a long text."
    shown = table(f"Documents of {contract.name} by model", head, rows, numbers=range(2, len(head)))
    return join(shown, *sums, element("p", note, class_="intro"))


def _sum(one: Asking) -> str:
    parts = f"{count(one.with_records)} with records, {count(one.without_records)} without, {count(one.refused)} refused"
    wrong = "" if one.balances else "; this does not add up"
    return f"{one.asked.model}, {plural(one.documents, 'document')}: {parts}{wrong}."


def _refused(contract: BronzeTable, found: ExtractedTable) -> Html:
    if not found.refused:
        return element("p", "No answer was refused.", class_="intro")
    rows = [(one.reason, one.asked.model, element("code", one.asked.prompt_version), count(one.documents)) for one in found.refused]
    head = ("answer refused because", "model", "prompt version", "documents")
    return table(f"Refused answers of {contract.name} by reason", head, rows, numbers=(3,))


def _agreements(facts: Facts, contract: BronzeTable, extraction: Extraction, found: ExtractedTable) -> Html:
    if not found.compared:
        why = (
            f"Of {plural(found.known, 'document')} it is known what they say, and the model was asked about none of them."
            if found.known
            else "There is no truth to compare with: nobody has said what these documents hold."
        )
        return element("p", f"Agreement with the truth. {why}", class_="intro")
    closed = len(extraction.fields) - len(open_fields(facts.manifest, contract, extraction))
    left = f" {plural(closed, 'field')} not public or internal: not compared." if closed else ""
    sample = f" {count(COMPARED)} of them are compared." if found.known > COMPARED else ""
    intro = (
        f"Agreement with the truth. Of {plural(found.known, 'document')} it is known what they say.{sample} Values are compared in records that "
        f"should be there and are; invented is a value where the document has none.{left}"
    )
    return join(element("p", intro, class_="intro"), *(_agreement(contract, one) for one in found.compared))


def _agreement(contract: BronzeTable, one: Compared) -> Html:
    agreed = one.agreement
    who = f"{one.asked.model}, prompt version {one.asked.prompt_version}"
    records = (
        f"{who}, {plural(agreed.documents, 'document')}: {plural(agreed.found, 'record')} found, {count(agreed.lost)} not found, "
        f"{count(agreed.extra)} that should not be there."
    )
    rows = []
    for name, counted in agreed.fields.items():
        told = counted["right"] + counted["wrong"] + counted["missing"]
        share = f"{100 * counted['right'] / told:.0f} %" if told else ""
        rows.append((element("code", name), *(count(counted[kind]) for kind in OUTCOMES), share))
    head = ("field", *OUTCOMES[:-1], "none, rightly", "right of those told")
    shown = table(f"Fields of {contract.name} as {who} found them", head, rows, numbers=range(1, len(head)))
    return join(element("p", records), shown)


__all__ = ["texts"]
