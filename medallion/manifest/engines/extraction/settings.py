"""What the configuration says of a language model that extracts rows from documents."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, override

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from medallion.manifest.engines.source import SecretName, SourceSettings
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Classification

Provider = Literal["local", "gemini"]
_OF_GEMINI = ("model", "secret", "price", "budget")
_MILLION = Decimal(1_000_000)
_NOT_OF_LOCAL = ("model", "secret", "base_url", "leaves")


def _provider(value: Any) -> Any:
    if value == "bedrock":
        raise ValueError(
            "'bedrock' is not built: nothing here speaks its protocol; take 'gemini', or 'local' where no text may leave the account"
        )
    return value


def _base_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    host = rest.partition("/")[0].partition(":")[0]
    if "@" in rest or "?" in rest or "#" in rest:
        raise ValueError(f"{value!r}: is the beginning of addresses, without a login, a query or a fragment")
    if not host or not (scheme == "https" or (scheme == "http" and host == "127.0.0.1")):
        raise ValueError(f"{value!r}: must begin with https://, or on a laptop with http://127.0.0.1")
    return value.rstrip("/")


Usd = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6)]


class Price(Frozen):
    """What tokens cost, USD per million.

    Attributes:
        input: Of questions.
        output: Of answers, what the model thinks included.
    """

    input: Usd
    output: Usd

    def usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What a call costs."""
        return (self.input * input_tokens + self.output * output_tokens) / _MILLION


class Budget(Frozen):
    """What may be spent at most, USD; what remains undone waits for the next run.

    Attributes:
        run: By one run of the source's job, all its attempts together.
        month: By all runs of the month in which a run began, UTC.
    """

    run: Usd
    month: Usd


class ExtractionSource(SourceSettings):
    """A logical source that is a language model, which is asked about documents of the lake.

    Attributes:
        engine: `extraction`.
        provider: `gemini`, or `local`: a small model on the laptop alone, without a network.
        model: Gemini only: the model's name.
        secret: Gemini only: the name of a Secrets Manager secret with `{"api_key": …}`.
        base_url: Gemini only: where it is reached, by https, or on a laptop a server of this machine; None for Google's own address.
        temperature: How freely it answers, 0 to 2; 0 where answers are to be the same each time.
        thinking_budget: How many tokens it may think before it answers, 0 to 32,768.
        concurrency: How many questions are asked at a time, 1 to 256.
        tokens_per_minute: What the model's quota lets through; None for no limit of ours.
        timeout_seconds: When a question counts as not answered, 1 to 600.
        price: What tokens cost; Gemini needs it.
        budget: What may be spent; Gemini needs it.
        leaves: Gemini only: the highest classification of text that may leave the account.
    """

    engine: Literal["extraction"]
    provider: Annotated[Provider, BeforeValidator(_provider)]
    # A part of the keys of answers.
    model: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] | None = None
    secret: SecretName | None = None
    base_url: Annotated[str, AfterValidator(_base_url)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    thinking_budget: Annotated[int, Field(ge=0, le=32_768)] = 0
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    price: Price | None = None
    budget: Budget | None = None
    leaves: Classification = "internal"

    @model_validator(mode="after")
    def _what_the_provider_needs(self) -> Self:
        if self.demo:
            raise ValueError("demo: true is of a source that the lake brings; a model is asked and brings no sample: leave it out")
        if self.provider == "gemini":
            if missing := [name for name in _OF_GEMINI if getattr(self, name) is None]:
                raise ValueError(f"provider: gemini needs {', '.join(missing)} as well; it needs {', '.join(_OF_GEMINI)}")
        elif surplus := [name for name in _NOT_OF_LOCAL if name in self.model_fields_set]:
            raise ValueError(
                f"provider: {self.provider} takes no {', '.join(surplus)}: it has a model of its own, without a network; "
                "leave that out, or take provider: gemini"
            )
        if (self.price is None) != (self.budget is None):
            raise ValueError("price and budget go together: what is spent is counted by the price")
        if self.budget is not None and self.budget.run > self.budget.month:
            raise ValueError(f"budget: a run may spend {self.budget.run} USD, and a whole month only {self.budget.month}")
        return self

    @property
    @override
    def sends_out(self) -> Classification | None:
        """`leaves` where texts go to a model outside the account."""
        return self.leaves if self.provider == "gemini" else None

    @property
    @override
    def laptop_only(self) -> Mapping[str, str]:
        """A model within the laptop, and an address of this machine."""
        if self.provider == "local":
            return {"provider": "'local' answers on a laptop only; take provider: gemini"}
        if self.base_url is not None and not self.base_url.startswith("https://"):
            return {"base_url": f"{self.base_url!r} is of a laptop only; an account's texts go by https://"}
        return {}

    @property
    def argument(self) -> str:
        """What the configuration says, as the job's argument `--settings`; of a secret only its name."""
        return self.model_dump_json(exclude_unset=True)
