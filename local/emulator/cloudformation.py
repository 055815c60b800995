"""CloudFormation: resource types, and the stacks that a killed laptop left behind."""

from collections.abc import Callable

from local.service import Change, Correction, Json, Provisioned, Resource, ResourceType


class CloudFormation:
    """The emulator's CloudFormation, as the services of the laptop complete it."""

    def __init__(self) -> None:
        from ministack.services.cloudformation import provisioners

        self._provisioners = provisioners
        self._types: set[str] = set()
        self._run_types_in_threads()

    def register_type(self, name: str, resource_type: ResourceType, *, tags: str | None = "Tags") -> None:
        """Provides a CloudFormation type; `tags` names the property that stack tags are merged into."""

        def create(logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
            return _pair(resource_type.create(self._resource(logical_id, properties, stack)))

        def update(physical_id: str, old: Json, new: Json, stack: str, logical_id: str | None = None) -> tuple[str, Json]:
            return _pair(resource_type.update(physical_id, old, self._resource(logical_id or physical_id, new, stack)))

        self._provisioners._RESOURCE_HANDLERS[name] = {
            "create": create,
            "update": update,
            "update_with_logical_id": True,
            "delete": resource_type.delete,
        }
        self._types.add(name)
        if tags:
            self._provisioners._STACK_TAG_PROPERTY[name] = (tags, "list")

    def correct_type(
        self,
        name: str,
        correction: Correction,
        *,
        prepare: Callable[[Json], Json] = dict,
        own_id: Callable[[str], str] = str,
        before_delete: Callable[[str, Json], None] | None = None,
    ) -> None:
        """Completes a type of the emulator's.

        Args:
            name: The type.
            correction: Runs after each create and update, and gives id and attributes.
            prepare: Changes the properties that the emulator creates from.
            own_id: From the id that a correction gave to the one that the emulator knows.
            before_delete: Runs before the emulator forgets a resource; an exception keeps it.
        """
        handlers = self._provisioners._RESOURCE_HANDLERS[name]
        create, update, delete = handlers["create"], handlers.get("update"), handlers["delete"]
        named = handlers.get("update_with_logical_id", False)

        def corrected_create(logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
            physical_id, attributes = create(logical_id, prepare(properties), stack)
            return _pair(correction(Change(physical_id, {}, properties, attributes)))

        def corrected_update(physical_id: str, old: Json, new: Json, stack: str, logical_id: str | None = None) -> tuple[str, Json]:
            if update is None:
                own, attributes = create(logical_id, prepare(new), stack)
            else:
                rest = (stack, logical_id) if named else (stack,)
                own, attributes = update(own_id(physical_id), old, new, *rest)
            return _pair(correction(Change(own, old, new, attributes)))

        def corrected_delete(physical_id: str, properties: Json) -> None:
            if before_delete is not None:
                before_delete(own_id(physical_id), properties)
            delete(own_id(physical_id), properties)

        self._provisioners._RESOURCE_HANDLERS[name] = {
            **handlers,
            "create": corrected_create,
            "update": corrected_update,
            "update_with_logical_id": True,
            "delete": corrected_delete,
        }
        self._types.add(name)

    def tag_type(self, name: str) -> None:
        """Merges stack tags into a type's `Tags`, where the emulator would drop them."""
        self._provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")

    def settle_stacks(self) -> list[str]:
        """Makes stacks that a killed laptop left in the midst of something ready for the next deployment; tells which."""
        from ministack.services.cloudformation import _stacks

        notes = []
        for stack in _stacks._data.values():
            status = stack["StackStatus"]
            if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                continue
            stack["StackStatusReason"] = f"the laptop was killed during {status}"
            if status == "DELETE_IN_PROGRESS":
                stack["StackStatus"] = "DELETE_FAILED"
                continue
            # What exists is kept and updated; with no template known, the next deployment finds everything to be done.
            stack.update(StackStatus="UPDATE_ROLLBACK_COMPLETE", _template={}, _template_body="{}")
            for logical_id, resource in list(stack.get("_resources", {}).items()):
                if not resource.get("PhysicalResourceId"):
                    del stack["_resources"][logical_id]
            notes.append(f"stack {stack['StackName']}: {stack['StackStatusReason']}; deploy it again")
        return notes

    def expects(self, path: str) -> bool:
        """Whether a stack waits for what is told at a callback's path."""
        from ministack.services.cloudformation import custom_resource, wait_conditions

        token = path.rpartition("/")[2]
        return wait_conditions.has_handle(token) or token in custom_resource._pending

    def _run_types_in_threads(self) -> None:
        from ministack.services.cloudformation import stacks

        # On the event loop a type that calls an API of this very process would wait for itself.
        original = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda name: name in self._types or original(name)

    def _resource(self, logical_id: str, properties: Json, stack: str) -> Resource:
        name = self._provisioners._physical_name(stack, logical_id, max_len=63)
        return Resource(logical_id, stack, properties, name)


def _pair(provisioned: Provisioned) -> tuple[str, Json]:
    return provisioned.physical_id, dict(provisioned.attributes)
