"""The peer of extraction: langextract asks about documents. Runs in an environment of its own, `.tools/langextract`.

The first line of stdin is what it is to ask, and whom; each line after it is a list of texts, and is answered with the seconds that it took.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import langextract


def model(asked: Mapping[str, Any], example: langextract.data.ExampleData) -> Any:
    """Gemini as langextract asks it, held to one try and told what our own questions tell."""
    configuration = langextract.factory.ModelConfig(
        model_id=asked["model"],
        provider="GeminiLanguageModel",
        provider_kwargs={
            "api_key": asked["key"],
            "http_options": {"base_url": asked["url"], "api_version": "v1", "client_args": {"trust_env": False}},
            "max_workers": asked["concurrency"],
            "max_retries": 0,
            "temperature": 0.0,
            "system_instruction": asked["instructions"],
            "candidate_count": 1,
            "max_output_tokens": asked["max_output_tokens"],
            "thinking_config": {"thinking_budget": 0},
        },
    )
    return langextract.factory.create_model(configuration, examples=[example], use_schema_constraints=True)


def extracted(asked: Mapping[str, Any], texts: Sequence[str], provider: Any, example: langextract.data.ExampleData) -> float:
    """Seconds in which all texts are asked about.

    Raises:
        ValueError: A text has no value, or one whose words were not found in it.
    """
    documents = [langextract.data.Document(text=text, document_id=str(number)) for number, text in enumerate(texts)]
    start = time.perf_counter()
    found = list(
        langextract.extract(
            documents,
            prompt_description=asked["instruction"],
            examples=[example],
            model=provider,
            # One call for each text, and no batch that waits for the slowest of the one before.
            max_char_buffer=max(len(text) for text in texts),
            batch_length=len(texts),
            max_workers=asked["concurrency"],
            use_schema_constraints=False,
            show_progress=False,
        )
    )
    took = time.perf_counter() - start
    if [len(one.extractions or []) for one in found] != [1] * len(texts):
        raise ValueError("langextract: not every text has one value")
    if any(one.extractions[0].char_interval is None for one in found):
        raise ValueError("langextract: the words of a value were not found in its text")
    return took


def main() -> None:
    """Answers line by line."""
    asked = json.loads(sys.stdin.readline())
    example = langextract.data.ExampleData(
        text=asked["example"],
        extractions=[
            langextract.data.Extraction(
                extraction_class=asked["field"], extraction_text=asked["example"], attributes={"value": asked["value"]}
            )
        ],
    )
    provider = model(asked, example)
    for line in sys.stdin:
        print(extracted(asked, json.loads(line), provider, example), flush=True)


if __name__ == "__main__":
    main()
