"""The database instances of a laptop, and the server behind each."""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from local.emulator.process import Emulator
from local.errors import LaptopError
from local.ports import DATABASES, can_listen
from local.service import Change, Json, Provisioned
from local.services.rds.postgres import Postgres
from local.services.rds.programs import Programs


@dataclass(frozen=True)
class Instance:
    """A database instance that exists.

    Attributes:
        port: On 127.0.0.1, as a distance from the laptop's own, so that another port moves it along.
        user: The master user.
        database: The database made with it.
    """

    port: int
    user: str
    database: str


class DatabaseInstances:
    """Keeps a Postgres server for every instance of the emulator's."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._settings = emulator.settings
        self._lock = threading.Lock()
        self._file = self._settings.state / "postgres" / "instances.json"
        self._instances: dict[str, Instance] = {}

    def start_all(self) -> None:
        """Starts what existed when the laptop went down."""
        if self._file.exists():
            self._instances = {name: Instance(**fields) for name, fields in json.loads(self._file.read_text()).items()}
        for name, instance in self._instances.items():
            record = self._emulator.records.rds_instance(name)
            if record is None:
                self._emulator.notes.append(f"database {name}: the emulator no longer knows it; its data is kept in {self._data(name)}")
                continue
            self._server(name, instance).start()
            self._publish(name, instance, record)

    def stop_all(self) -> None:
        """Stops all servers; their data stays."""
        for name, instance in self._instances.items():
            self._server(name, instance).stop()
        Programs(self._settings.home).remove()

    def __call__(self, change: Change) -> Provisioned:
        """Backs an instance of a template with a server."""
        name = change.physical_id
        record = self._emulator.records.rds_instance(name)
        if record is None:
            raise ValueError(f"the emulator made no database instance {name}")
        with self._lock:
            instance = self._instances.get(name)
            if instance is None:
                self._refuse_what_it_is_not(change.new)
                instance = Instance(self._free_port(), str(record["MasterUsername"]), str(record["DBName"]))
                self._server(name, instance).initialize(instance.user, str(change.new["MasterUserPassword"]), instance.database)
                self._instances[name] = instance
                self._save()
            elif change.old and change.changed("MasterUserPassword"):
                old, new = str(change.old["MasterUserPassword"]), str(change.new["MasterUserPassword"])
                self._server(name, instance).change_password(instance.user, old, new)
            self._publish(name, instance, record)
        address = {"Endpoint.Address": "127.0.0.1", "Endpoint.Port": str(self._port(instance))}
        return Provisioned(name, {**change.attributes, **address})

    def delete(self, name: str, properties: Json) -> None:
        """Stops a server and deletes its data."""
        if str(properties.get("DeletionProtection", "false")).lower() == "true":
            raise ValueError("Cannot delete protected DB Instance, please disable deletion protection and try again.")
        with self._lock:
            instance = self._instances.get(name)
            if instance is not None:
                self._server(name, instance).remove()
                del self._instances[name]
                self._emulator.databases.pop(name, None)
                self._save()

    def _publish(self, name: str, instance: Instance, record: Json) -> None:
        record["Endpoint"] = {"Address": "127.0.0.1", "Port": self._port(instance)}
        self._emulator.databases[name] = f"127.0.0.1:{self._port(instance)}"

    def _refuse_what_it_is_not(self, properties: Json) -> None:
        engine = properties.get("Engine", "postgres")
        if engine != "postgres":
            raise ValueError(f"Engine: the laptop runs postgres only, not {engine}")
        group = properties.get("DBParameterGroupName")
        if group:
            pages = self._emulator.client("rds").get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group, Source="user")
            for page in pages:
                for parameter in page["Parameters"]:
                    if parameter["ParameterName"] == "rds.force_ssl" and parameter.get("ParameterValue") == "1":
                        raise ValueError(
                            "rds.force_ssl: the laptop's Postgres has no TLS; set `tls: false` for this source in the laptop's configuration"
                        )

    def _free_port(self) -> int:
        taken = {instance.port for instance in self._instances.values()}
        for distance in DATABASES:
            if distance not in taken and can_listen(self._settings.port + distance):
                return distance
        raise LaptopError(f"a laptop runs {len(DATABASES)} databases at most, on ports that nobody else has")

    def _port(self, instance: Instance) -> int:
        return int(self._settings.port) + instance.port

    def _data(self, name: str) -> Path:
        return self._settings.state / "postgres" / name

    def _server(self, name: str, instance: Instance) -> Postgres:
        log = self._settings.logs / f"postgres-{name}.log"
        return Postgres(self._data(name), self._port(instance), log, self._settings.home)

    def _save(self) -> None:
        self._file.write_text(json.dumps({name: asdict(instance) for name, instance in self._instances.items()}))
