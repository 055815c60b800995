"""The emulator's own records of resources, which a service of the laptop completes in place."""

from local.service import Json


class Records:
    """What the emulator knows of Glue's jobs and crawlers and of RDS's instances."""

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
