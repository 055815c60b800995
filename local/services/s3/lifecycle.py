"""Lifecycle rules of a template as S3's API takes them."""

from local.service import Json

_LIFECYCLE = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "ExpiredObjectDeleteMarker",
    "Id",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionExpirationInDays",
    "Prefix",
    "Status",
    "TagFilters",
    "Transitions",
}


def lifecycle_rule(rule: Json) -> Json:
    """A lifecycle rule of a template as the API takes it.

    Raises:
        ValueError: It has a part that the laptop does not know, and would lose in silence.
    """
    unknown = set(rule) - _LIFECYCLE
    if unknown:
        raise ValueError(
            f"LifecycleConfiguration: the laptop does not know {', '.join(sorted(unknown))}; add it to local/services/s3/lifecycle.py"
        )
    api: Json = {"Status": rule["Status"], "Filter": _filter(rule)}
    if "Id" in rule:
        api["ID"] = rule["Id"]
    expiration: Json = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = is_true(rule["ExpiredObjectDeleteMarker"])
    if expiration:
        api["Expiration"] = expiration
    if "Transitions" in rule:
        api["Transitions"] = [{"Days": int(one["TransitionInDays"]), "StorageClass": one["StorageClass"]} for one in rule["Transitions"]]
    noncurrent = rule.get("NoncurrentVersionExpiration") or (
        {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]} if "NoncurrentVersionExpirationInDays" in rule else None
    )
    if noncurrent:
        api["NoncurrentVersionExpiration"] = {key: int(value) for key, value in noncurrent.items()}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        api["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return api


def _filter(rule: Json) -> Json:
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule.get("TagFilters", [])]
    if not tags:
        return {"Prefix": rule.get("Prefix", "")}
    return {"And": {"Prefix": rule.get("Prefix", ""), "Tags": tags}}


def is_true(value: object) -> bool:
    """Whether a template's value means true; a boolean may be a string there."""
    return str(value).lower() == "true"
