"""Which of three languages a text is in, and the words that carry no meaning in them."""

import re
from typing import Literal

type Language = Literal["en", "es", "de"]

_WORDS: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "a about after again all also although an and another any are as at be because been before being but by can could did do does for "
        "from get got had has have he her here him his how i if in into is it its just like me more most my near never no not now of off on "
        "once only or other our out over same she should so some soon such than that the their them then there these they this those to too "
        "under until up us very was we were what when where which while who whom why will with would you your am may must shall "
        "hi hello dear please thanks thank yes mr mrs um uh know".split()
    ),
    "es": frozenset(
        "a al algo ante antes así aunque bajo cada como cómo con contra cual cuando cuándo de del desde donde dos e el él ella ellos en "
        "entre era es esa ese eso esta está este esto estos fue fui ha había han hasta hay he la las le les lo los más me mi mis mucho muy "
        "nada ni no nos nosotros o otra otro para pero poco por porque pues que qué quien se sea ser si sí sin sobre son soy su sus también "
        "tan te tengo tiene todo tu tuve un una uno usted ustedes y ya yo puedo puede pueden hola gracias favor señor señora quiero eh".split()
    ),
    "de": frozenset(
        "aber alle als also am an auch auf aus bei beim bin bis da dann das dass dem den denn der des die dies dieser doch dort du durch ein "
        "eine einem einen einer er es etwas für gar gegen gern hab habe haben hat hatte hätte hier ich ihm ihn ihr ihre ihrem ihren im in "
        "ist ja kann kein keine können man mein meine meinem mich mir mit nach nicht nichts noch nun nur ob oder ohne schon sehr sein seit "
        "sich sie sind so über um und uns unser vom von vor war waren warum was weil wenn wer wie wieder will wir wird wo wurde zu zum zur "
        "sehr damen herren hallo guten tag bitte danke grüße grüßen herr frau gibt äh ähm".split()
    ),
}
FUNCTION_WORDS = frozenset[str]().union(*_WORDS.values())
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> Language:
    """The language whose words a text has most of; English where none has more."""
    words = [word.casefold() for word in _WORD.findall(text)]
    # Letters that only one of them has.
    marks: dict[Language, int] = {"en": 0, "es": len(re.findall(r"[ñ¿¡áéíóú]", text)), "de": len(re.findall(r"[äöüß]", text))}
    return max(_WORDS, key=lambda name: (sum(word in _WORDS[name] for word in words) + marks[name], name == "en"))


__all__ = ["FUNCTION_WORDS", "Language", "language"]
