"""Commands about published models: ``medreg model add|list|show|card``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say, table
from medreg.cli.working import working
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace


def model(args: Namespace) -> int:
    """Do what the second word says."""
    if args.action != "list" and not args.name:
        raise Misuse("no model is named", hint=f"medreg model {args.action} NAME")
    if args.action == "add" and not (args.weights and args.data):
        raise Misuse("a model has weights and data", hint="--weights FILE --data NAME@VERSION")
    return {"add": add, "list": list_, "show": show, "card": card}[args.action](args)


def add(args: Namespace) -> int:
    """Record which bytes trained a model."""
    lab = api.open_lab(args.registry)
    with working(f"model {args.name}", quiet=args.json):
        made, new = api.model_add(
            lab,
            args.name,
            weights=args.weights,
            data=args.data,
            split=args.split,
            code=args.code,
            paper=args.paper,
            nnunet=args.nnunet,
        )
    text = f"{made.name}  weights sha256:{made.weights['sha256']}  data {made.data.release}"
    emit({**made.as_json(), "changed": new}, text, as_json=args.json)
    if not args.json:
        say(f"\nnext: git commit, then: medreg model card {made.name}")
    return 0


def list_(args: Namespace) -> int:
    """List the models."""
    lab = api.open_lab(args.registry)
    found = [api.model(lab, name) for name in api.model_names(lab)]
    rows = [
        {"model": one.name, "data": one.data.release, "split": one.split, "paper": one.paper}
        for one in found
    ]
    text = table(rows) or "no model is recorded yet   medreg model add NAME"
    emit([one.as_json() for one in found], text, as_json=args.json)
    return 0


def show(args: Namespace) -> int:
    """Show one model."""
    said = api.model(api.open_lab(args.registry), args.name).as_json()
    emit(
        said, "\n".join(f"{key:8} {_line(value)}" for key, value in said.items()), as_json=args.json
    )
    return 0


def _line(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items() if part)
    return str(value)


def card(args: Namespace) -> int:
    """Print the data section of a model card."""
    text = api.model_card(api.open_lab(args.registry), args.name)
    emit({"model": args.name, "card": text}, text.rstrip("\n"), as_json=args.json)
    return 0
