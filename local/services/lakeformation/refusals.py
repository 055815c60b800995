"""Answers that are errors, in Lake Formation's words."""

from local.service import ServiceError


def invalid(message: str) -> ServiceError:
    """The request can't be meant so."""
    return ServiceError("InvalidInputException", message)


def missing(message: str) -> ServiceError:
    """What is named is not there."""
    return ServiceError("EntityNotFoundException", message)


def exists(message: str) -> ServiceError:
    """What shall be made is there."""
    return ServiceError("AlreadyExistsException", message)


def insufficient(permission: str, name: str) -> ServiceError:
    """The caller lacks a permission of Lake Formation; the name is that of the resource."""
    return ServiceError("AccessDeniedException", f"Insufficient Lake Formation permission(s): Required {permission} on {name}")
