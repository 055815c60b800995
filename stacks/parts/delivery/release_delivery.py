"""How a release gets into the bucket of artifacts."""

from pathlib import Path

from constructs import Construct

from stacks.parts.delivery.delivery import Delivery
from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.delivery.release_files import ReleaseFiles


class ReleaseDelivery(Delivery):
    """Copies a release's directory to its own prefix; releases that were there before stay, for runs that began with them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        directory: Path,
        files: ReleaseFiles,
        platform: DeliveryPlatform,
    ) -> None:
        """Deliver a release.

        Args:
            scope: A stack.
            id: In this scope.
            directory: What `build_release` made.
            files: Where it goes.
            platform: What all deliveries share.
        """
        super().__init__(
            scope,
            id,
            what="release",
            description="Copies a release to the bucket of artifacts",
            log_group_id="DeliveryLogGroup",
            log_group=f"/medallion/{platform.names.dashed}/delivery",
            platform=platform,
        )
        files.grant_deliver(self.role)
        self.copy("Copy", directory=directory, bucket=files.bucket, prefix=files.prefix)
