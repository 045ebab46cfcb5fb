"""`python -m cli.main COMMAND`: every command of Kaipiao.

What a command needs is imported when it is called, so that `run` starts at once and a worker does not load the web.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.exit import run_main

app = typer.Typer(
    name="kaipiao", help="Kaipiao 开票: invoices for what customers have consumed.", no_args_is_help=True, add_completion=False
)

CsvFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="FOCUS 1.0 billing data, CSV")]


@app.command()
def run() -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    from cli.run import run as supervise

    raise typer.Exit(supervise())


@app.command()
def parts() -> None:
    """Show the programs that Kaipiao needs, and where each was found."""
    from infra.parts.__main__ import show
    from infra.settings import settings

    raise typer.Exit(show(settings()))


@app.command()
def migrate() -> None:
    """Bring the database to today's tables."""
    from cli.prepare import prepare_database
    from infra.settings import settings

    prepare_database(settings())


@app.command()
def prepare(demo: Annotated[bool, typer.Option("--demo", help="with demo accounts and data")] = False) -> None:
    """Migrate the database, make the bucket, register search attributes and schedules."""
    from cli.prepare import prepare as prepare_all

    prepare_all(demo=demo)


@app.command()
def worker() -> None:
    """Do the work: workflows and activities of all task queues."""
    from cli.worker import run_worker

    run_worker()


@app.command()
def web() -> None:
    """Serve the pages."""
    import uvicorn

    from infra.settings import settings

    config = settings()
    uvicorn.run(
        "web.app:create_app",
        factory=True,
        host=config.web_host,
        port=config.web_port,
        log_level=config.log_level,
        access_log=False,
        proxy_headers=config.deployment == "production",
        server_header=False,
        timeout_graceful_shutdown=5,
    )


@app.command(name="import-focus")
def import_focus(
    file: CsvFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")] = False,
    create_missing: Annotated[
        bool, typer.Option("--create-missing", help="make the accounts and issuers that a foreign file names; they cannot issue")
    ] = False,
) -> None:
    """Import consumption."""
    from cli.imports import import_focus as import_file

    raise typer.Exit(import_file(file, dry_run=dry_run, create_missing=create_missing))


@app.command(name="compare-focus")
def compare_focus(file: CsvFile) -> None:
    """Compare what was imported from a file with an independent sum of it."""
    from cli.imports import compare_focus as compare_file

    raise typer.Exit(compare_file(file))


@app.command()
def code(login: Annotated[str, typer.Argument(help="a user of the local data, such as shen")]) -> None:
    """Show the second-factor code that a user of a local run can sign in with now."""
    from cli.staff import show_code

    raise typer.Exit(show_code(login))


@app.command(name="new-factor-key")
def new_factor_key() -> None:
    """Print a new key for second factors: put it on top of the file of keys, restart the web, then run `seal-factors`."""
    from cli.staff import show_new_key

    raise typer.Exit(show_new_key())


@app.command(name="seal-factors")
def seal_factors() -> None:
    """Seal every second factor with the newest key; after it the older keys can be taken out of the file."""
    from cli.staff import seal

    raise typer.Exit(seal())


@app.command(name="add-staff")
def add_staff(
    login: str,
    name: str,
    role: Annotated[str, typer.Argument(help="reviewer, supervisor, operator, customer-service or auditor")],
    email: Annotated[str, typer.Argument(help="the first password is set by a code sent there")],
    level: Annotated[int, typer.Option(help="of a reviewer")] = 1,
) -> None:
    """Add one of our own people."""
    from cli.staff import add

    raise typer.Exit(add(login, name, role, email, level))


@app.command(name="change-staff")
def change_staff(
    login: str,
    role: Annotated[str, typer.Option(help="another role")] = "",
    level: Annotated[int, typer.Option(help="of a reviewer")] = 1,
    end: Annotated[bool, typer.Option("--end", help="they sign in no more")] = False,
    new_factor: Annotated[bool, typer.Option("--new-factor", help="a lost phone: set up the second factor anew")] = False,
) -> None:
    """Change the role of one of our own people, end their access, or begin their second factor anew. Their sessions end."""
    from cli.staff import change

    raise typer.Exit(change(login, role, level, end=end, new_factor=new_factor))


def main() -> None:
    """Run the command that the arguments name; typer ends it by SystemExit."""
    app(prog_name="kaipiao")


if __name__ == "__main__":
    run_main(main)
