"""Notes of the clinic, with what its contracts should find in them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Note:
    """A discharge note.

    Attributes:
        ward: The ward.
        told: What the patient was there for, in a sentence.
        diagnosis: A code of ICD-10.
        discharged_on: The day.
        follow_up: Whether the patient is asked to come back.
        prescribed: Drug and dose in mg.
        behaviour: What `tests/gemini_server.py` does when it is asked about the note; default a good answer.
    """

    ward: str
    told: str
    diagnosis: str
    discharged_on: date
    follow_up: bool = False
    prescribed: tuple[tuple[str, int], ...] = ()
    behaviour: str = ""

    @property
    def text(self) -> str:
        """The note as the ward uploads it."""
        day = f"{self.discharged_on.day} {self.discharged_on:%B %Y}"
        paragraph = [self.told, f"Diagnosis: {self.diagnosis}.", f"Discharged on {day}."]
        if self.follow_up:
            paragraph.append("Please come back to us for a check in two weeks.")
        return "\n".join([" ".join(paragraph), "", *(f"- {drug} {dose} mg" for drug, dose in self.prescribed), self.behaviour])


NOTES = (
    Note("cardiology", "She had a heart attack.", "I21.4", date(2026, 3, 12), True, (("metoprolol", 50), ("aspirin", 100))),
    Note("surgery", "His appendix was removed.", "K35.8", date(2026, 4, 3), prescribed=(("ibuprofen", 400),)),
    Note("maternity", "She gave birth to a healthy girl.", "O80", date(2026, 5, 5), True, (("iron", 80),), "{{safety}}"),
)
# Silver takes no provisional code.
PROVISIONAL = Note("pulmonology", "He had pneumonia with cough and fever.", "U07.1", date(2026, 2, 28), prescribed=(("dexamethasone", 6),))
MENU = "On Monday the canteen serves lentil soup, and on Tuesday fish with potatoes. {{none}}"
TEXTS = (*(note.text for note in (*NOTES, PROVISIONAL)), MENU)
