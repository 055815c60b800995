"""The emulator's own records of resources, which a service of the laptop reads, or completes in place."""

from local.service import Json


class Records:
    """What the emulator knows of Glue's catalog, jobs and crawlers, of IAM's roles and of RDS's instances."""

    def glue_database(self, name: str) -> Json | None:
        """A database of the catalog."""
        from ministack.services import glue

        record: Json | None = glue._databases.get(name)
        return record

    def glue_databases(self) -> list[Json]:
        """All databases of the catalog."""
        from ministack.services import glue

        return list(glue._databases.values())

    def glue_table(self, database: str, name: str) -> Json | None:
        """A table of the catalog."""
        from ministack.services import glue

        record: Json | None = glue._tables.get(f"{database}/{name}")
        return record

    def glue_tables(self) -> list[Json]:
        """All tables of the catalog."""
        from ministack.services import glue

        return list(glue._tables.values())

    def role_arn(self, name: str) -> str | None:
        """The ARN of a role, with its path."""
        from ministack.services import iam

        record: Json | None = iam._roles.get(name)
        return None if record is None else str(record["Arn"])

    def glue_job(self, name: str) -> Json | None:
        """A Glue job."""
        from ministack.services import glue

        record: Json | None = glue._jobs.get(name)
        return record

    def glue_job_names(self) -> list[str]:
        """The names of all Glue jobs."""
        from ministack.services import glue

        return list(glue._jobs)

    def glue_crawler(self, name: str) -> Json | None:
        """A Glue crawler."""
        from ministack.services import glue

        record: Json | None = glue._crawlers.get(name)
        return record

    def glue_crawler_names(self) -> list[str]:
        """The names of all Glue crawlers."""
        from ministack.services import glue

        return list(glue._crawlers)

    def rds_instance(self, identifier: str) -> Json | None:
        """A database instance."""
        from ministack.services import rds

        record: Json | None = rds._instances.get(identifier)
        return record
