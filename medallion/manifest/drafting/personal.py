"""Who should see a column that nobody has judged yet: a guess by its name and type, to be looked through by a person."""

import re

from medallion.manifest.drafting.naming import own_name
from medallion.manifest.model import Classification

# A stem is looked for anywhere in the name, a word only as a part between underscores.
_STEMS = {
    "an e-mail address": "email mail_address correo",
    "a phone number": "phone telefon msisdn handy",
    "a name of a person": (
        "firstname first_name lastname last_name fullname full_name surname forename middle_name maiden given_name family_name nickname"
        " username user_name login vorname nachname prenom apellido contact_name customer_name display_name cardholder holder_name"
    ),
    "an address": "address street postcode postal zipcode zip_code house_number anschrift strasse adresse direccion",
    "a date of birth": "birth geburt naissance nacimiento",
    "a bank account or card": "iban account_number accountnumber account_no card_number cardnumber credit_card swift sort_code",
    "an official number": "passport social_security tax_id taxid national_id driver_licen license_plate licence_plate",
    "an address of a machine": "ip_addr ipaddr mac_addr device_id user_agent useragent fingerprint session_id cookie",
    "a secret": "passw passwd secret token api_key apikey private_key credential",
    "health or belief": "diagnos medical disabilit religion ethnic health",
    "pay": "salary income wage",
    "free text, which may hold anything": "free_text freetext comment remark",
}
_WORDS = {
    "an e-mail address": "mail e_mail",
    "a phone number": "tel mobile fax cell",
    "a name of a person": "nom nombre initials",
    "an address": "plz zip city town lat latitude lon lng longitude geo location",
    "a date of birth": "dob age bday",
    "a bank account or card": "bic card pan cvv cvc",
    "an official number": "ssn nin nino vat",
    "an address of a machine": "ip imei imsi mac",
    "a secret": "pwd salt pin otp",
    "something about a person": "gender sex nationality marital photo avatar signature biometric",
    "free text, which may hold anything": "note notes message body memo bio feedback text",
}
_PEOPLE = set(
    "account author client contact customer donor driver employee guest household lead member owner passenger patient people person personnel"
    " recipient staff student subscriber tenant user visitor worker".split()
)
_MACHINES = ("inet", "cidr", "macaddr", "macaddr8")
_ANYTHING = ("json", "jsonb", "jsonpath", "xml", "bytea", "tsvector", "hstore")


def judged(table: str, column: str, type: str) -> tuple[Classification, str]:
    """A classification, and why where it is no ordinary one.

    Args:
        table: The table's name at the source.
        column: The column's.
        type: The column's type, as the source writes it.
    """
    name, kind = own_name(column, "c") or "", type.removesuffix("[]").partition("(")[0].rpartition(".")[2]
    parts = name.split("_")
    for reason, stems in _STEMS.items():
        if any(stem in name for stem in stems.split()):
            return "restricted", f"looks like {reason}"
    for reason, words in _WORDS.items():
        if any(f"_{word}_" in f"_{name}_" for word in words.split()):
            return "restricted", f"looks like {reason}"
    if "name" in parts and _is_people(table):
        return "restricted", "looks like a name of a person"
    if kind in _MACHINES:
        return "restricted", f"{kind} may be an address of a person's machine"
    if kind in _ANYTHING:
        return "restricted", f"{kind} may hold anything"
    if parts[-1] in ("id", "no", "nr", "number", "key", "uuid") and (_is_people(name) or (len(parts) == 1 and _is_people(table))):
        return "confidential", "tells one person from another"
    return "internal", ""


def _is_people(name: str) -> bool:
    words = re.split(r"_", own_name(name, "t") or "")
    return any(word in _PEOPLE or word.removesuffix("s") in _PEOPLE for word in words)


__all__ = ["judged"]
