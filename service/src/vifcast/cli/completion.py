"""``vifcast completion``."""

import click
from click.shell_completion import get_completion_class

_PROGRAM = "vifcast"
_VARIABLE = "_VIFCAST_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands and options of vifcast.

    For bash, in ~/.bashrc:

        eval "$(vifcast completion bash)"

    For zsh, in ~/.zshrc, after compinit:

        eval "$(vifcast completion zsh)"

    For fish:

        vifcast completion fish > ~/.config/fish/completions/vifcast.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click knows no {shell}")
    click.echo(kind(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
