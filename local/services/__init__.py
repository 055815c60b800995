"""Every service of the laptop, one module each; the list that `lake status` and the docs print."""

from local.service import Service

SERVICES: tuple[Service, ...] = ()
