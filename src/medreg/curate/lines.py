"""YAML that a person wrote, with the line on which each key stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ruamel.yaml.nodes import Node


def compose(text: str, where: str) -> Node | None:
    """Parse YAML to nodes that know their lines; raises `DeclarationError`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        YAML(typ="safe", pure=True).load(text)  # finds keys given twice too
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        problem = (error.problem or str(error)).splitlines()[0]
        raise DeclarationError(
            f"{where}{line}: not valid YAML: {problem}", hint="correct that line"
        ) from None
    return node


def values(text: str) -> Any:
    """Return what YAML says."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def place(where: str, root: Node | None, keys: Sequence[int | str]) -> str:
    """Return ``file:line`` of the deepest of *keys* that the file has."""
    node, line = root, None
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node, line = found
    return where if line is None else f"{where}:{line}"


def _child(node: Node | None, key: int | str) -> tuple[Node, int] | None:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value, name.start_mark.line + 1
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item, item.start_mark.line + 1
    return None
