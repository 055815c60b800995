"""A whole answer: the records of a text."""

import re

from local.service import Json
from local.services.model.choices import names
from local.services.model.embedding import NAME, Likeness
from local.services.model.languages import language
from local.services.model.matters import matters
from local.services.model.question import question
from local.services.model.values import value

_TOKEN = re.compile(r"\w+|[^\w\s]")


def answer(likeness: Likeness, request: Json) -> Json:
    """Answers a request as a language model would: `records`, each field with `value` and `words` or null, and what it counted.

    Nothing that a text says is followed: it is compared, and searched by rules.

    Raises:
        ServiceError: The request is no question.
    """
    asked = question(request)
    spoken = language(asked.text)
    records, raised = [], matters(likeness, asked)
    for matter in raised:
        # What is named beside a text's only matter belongs to it; beside one of several it may belong to none.
        places = (matter.own, matter.shared) if len(raised) == 1 else (matter.own,)
        named = [names(likeness, asked.leading, told, spoken) for told in places]
        found = {
            field.name: matter.leading if field is asked.leading else value(likeness, field, matter, named, spoken)
            for field in asked.fields
        }
        if any(found[field.name] is None for field in asked.fields if field.required):
            continue
        records.append({name: None if one is None else {"words": one.words, "value": one.value} for name, one in found.items()})
    given = f"{request.get('instructions') or ''} {asked.text}"
    return {
        "records": records,
        "input_tokens": len(_TOKEN.findall(given)),
        "output_tokens": len(_TOKEN.findall(str(records))),
        "model": NAME,
    }


__all__ = ["answer"]
