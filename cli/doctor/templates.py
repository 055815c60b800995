"""What this checkout would deploy: whether it synthesizes, and what that costs when nothing runs."""

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict
from review.assembly import NotSynthesized
from review.price import Price, idle_price


def templates(patient: Patient) -> Verdict:
    """Configuration and contracts, by synthesizing them."""
    try:
        return Verdict("ok", f"{len(patient.stacks)} stacks synthesize")
    except NotSynthesized as error:
        return Verdict("fail", str(error), "mend what it names")


def price(patient: Patient) -> Verdict:
    """The idle price a month."""
    return price_verdict(price_of(patient))


def price_of(patient: Patient) -> Price:
    """The idle price of what would be deployed."""
    return idle_price([stack.template for stack in patient.stacks])


def price_verdict(found: Price) -> Verdict:
    """What a price means."""
    items = ", ".join(f"{number:g} {name} ${dollars:.2f}" for name, (number, dollars) in found.items.items())
    text = f"${found.total:.2f} a month: {items}" if items else f"${found.total:.2f} a month"
    if found.unknown:
        return Verdict("warn", f"{text}; without {', '.join(found.unknown)}", "look these up; review/price.py does not know them")
    return Verdict("ok", text)
