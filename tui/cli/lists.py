"""The commands that list something: keys, the SDK, settings, figures; and who can use what."""

from __future__ import annotations

import click

from tui.cli.options import CONTEXT


@click.command(context_settings=CONTEXT)
@click.option("--markdown", is_flag=True, help="As a Markdown table.")
def keys(*, markdown: bool) -> int:
    """List every key and command."""
    from tui.cli.config import chosen, keys_of
    from tui.cli.key_list import keys_markdown, keys_text

    click.echo(keys_markdown() if markdown else keys_text(keys_of(chosen({}))), nl=False)
    return 0


@click.command(
    short_help="List what of the Calls SDK v5 the library has.", context_settings=CONTEXT
)
@click.option("--markdown", is_flag=True, help="As a Markdown table.")
def sdk(*, markdown: bool) -> int:
    """List what of the Calls SDK v5 the library has, name by name."""
    from tui.sdk.surface import surface_markdown, surface_text

    click.echo(surface_markdown() if markdown else surface_text(), nl=False)
    return 0


@click.command(context_settings=CONTEXT)
def settings() -> int:
    """List every session setting that --settings FILE may hold."""
    from tui.cli.settings_list import settings_text

    click.echo(settings_text(), nl=False)
    return 0


@click.command(short_help="Say which way of using cellcall suits whom.", context_settings=CONTEXT)
def accessibility() -> int:
    """Say which way of using cellcall suits whom, and what cannot work."""
    from tui.cli.accessibility import accessibility_text

    click.echo(accessibility_text(), nl=False)
    return 0


@click.command(context_settings=CONTEXT)
def figures() -> int:
    """List every figure that --stats FILE holds."""
    from tui.cli.figure_list import figures_text

    click.echo(figures_text(), nl=False)
    return 0
