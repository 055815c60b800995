"""Values that Secrets Manager generates as a template asks for them."""

import json
import secrets
import string
from random import SystemRandom

from local.service import Json

# What AWS calls punctuation.
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def generated_password(wish: Json) -> str:
    """A password as `GenerateSecretString` describes it.

    Raises:
        ValueError: Nothing is left to choose from, or it is too short for one of each kind.
    """
    kinds = [
        ("ExcludeLowercase", string.ascii_lowercase),
        ("ExcludeUppercase", string.ascii_uppercase),
        ("ExcludeNumbers", string.digits),
        ("ExcludePunctuation", PUNCTUATION),
    ]
    excluded = set(wish.get("ExcludeCharacters", ""))
    sets = ["".join(one for one in characters if one not in excluded) for flag, characters in kinds if not _true(wish.get(flag))]
    if _true(wish.get("IncludeSpace")):
        sets.append(" ")
    sets = [characters for characters in sets if characters]
    length = int(wish.get("PasswordLength", 32))
    required = [secrets.choice(characters) for characters in sets] if _true(wish.get("RequireEachIncludedType", True)) else []
    if not sets or len(required) > length:
        raise ValueError("GenerateSecretString: no password can satisfy it")
    everything = "".join(sets)
    chosen = required + [secrets.choice(everything) for _ in range(length - len(required))]
    SystemRandom().shuffle(chosen)
    return "".join(chosen)


def with_generated_value(properties: Json) -> Json:
    """The properties of a secret with its value generated where the template asks for that."""
    wish = properties.get("GenerateSecretString")
    if not wish or "SecretString" in properties:
        return properties
    password = generated_password(wish)
    key = wish.get("GenerateStringKey")
    value = json.dumps({**json.loads(wish["SecretStringTemplate"]), key: password}) if key else password
    return {**{name: value for name, value in properties.items() if name != "GenerateSecretString"}, "SecretString": value}


def _true(value: object) -> bool:
    return str(value).lower() == "true"
