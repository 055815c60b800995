"""Months as English, Spanish and German write them."""

_NAMES = (
    "january jan enero ene januar jänner",
    "february feb febrero februar",
    "march mar marzo märz mrz",
    "april apr abril abr",
    "may mayo mai",
    "june jun junio juni",
    "july jul julio juli",
    "august aug agosto ago",
    "september sep sept septiembre setiembre",
    "october oct octubre oktober okt",
    "november nov noviembre",
    "december dec diciembre dic dezember dez",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}

__all__ = ["MONTHS"]
