"""Values of a template as text that a person can compare."""

import json
from typing import Any


def plain(value: Any) -> str:
    """A value with its references in angle brackets, such as `arn:<AWS::Partition>:s3:::<Bucket>/*`; what is no text, as JSON."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, [*parts]]}:
            return str(separator).join(plain(part) for part in parts)
        case {"Fn::Sub": str() as text}:
            return text.replace("${", "<").replace("}", ">")
        case _:
            return json.dumps(value, sort_keys=True)


def as_list(value: Any) -> list[Any]:
    """What a template writes as one thing or as a list of them."""
    return value if isinstance(value, list) else [value]
