"""Verbs by case, `inloop VERB CASE ...`: a case may have a command of its own, with its own options.

A command of a built-in case is text, "module:function", and is imported when it is asked for. Any other case goes to
the verb's general command, a function whose first argument, `case`, is the name as it was given.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from inloop.cases import BUILT_IN, find
from inloop.errors import InloopError

Function = Callable[..., None]

_OWN = (
    "Of a case of your own give the folder, or the name of the package that it is installed as; inloop new CASE makes"
    " one. "
)
_EVERYWHERE = "Every case takes --json FILE, --seed and --debug; inloop {verb} CASE --help tells the rest."


def verb(name: str, about: str, general: Function | None, own: Mapping[str, str] | None = None) -> typer.Typer:
    """The group of commands behind a verb.

    about: what the verb does, for --help. general: None if only cases with a command of their own can do it. own: case
    -> "module:function" of its command.
    """

    class Verb(ByCase):
        verb = name
        commands_of: ClassVar[Mapping[str, str]] = own or {}
        general_command = None if general is None else staticmethod(general)

    return typer.Typer(
        name=name,
        cls=Verb,
        help=about,
        epilog=("" if general is None else _OWN) + _EVERYWHERE.format(verb=name),
        options_metavar="",
        subcommand_metavar="CASE [OPTIONS]",
    )


class ByCase(TyperGroup):
    """A verb whose commands are cases."""

    verb: ClassVar[str]
    commands_of: ClassVar[Mapping[str, str]]
    general_command: ClassVar[Function | None]

    def list_commands(self, ctx: Any) -> list[str]:
        """The cases that --help lists."""
        return [name for name in BUILT_IN if name in self.commands_of or self.general_command is not None]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a case; refuses a name that is no case, without running any of its code."""
        if cmd_name in self.commands_of:
            module, _, function = self.commands_of[cmd_name].partition(":")
            return _command(cmd_name, getattr(importlib.import_module(module), function))
        if cmd_name not in BUILT_IN:
            find(cmd_name)
        if self.general_command is None:
            raise InloopError(f"case {cmd_name!r}: inloop {self.verb} is for {', '.join(self.commands_of)} alone")
        command = _command(cmd_name, self.general_command)
        command.params = [param for param in command.params if param.name != "case"]
        command.callback = functools.partial(command.callback, case=cmd_name)
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the case; an option before it could be of any case, so it is refused."""
        if not args:
            ctx.fail("Missing argument 'CASE'.")
        if args[0].startswith("-") and args[0] not in ctx.help_option_names:
            ctx.fail(f"{args[0]}: give the case first, as in inloop {self.verb} {next(iter(BUILT_IN))} {args[0]}.")
        return super().parse_args(ctx, args)


def _command(name: str, function: Function) -> Any:
    app = typer.Typer(add_completion=False)
    app.command(name, rich_help_panel="Cases")(function)
    return typer.main.get_command(app)
