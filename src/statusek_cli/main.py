"""Entry of the command `statusek`: what holds before click is known to be there."""

import sys


def main() -> None:
    """Run the command `statusek` with the arguments of this process; does not return.

    Exits with 2 and one sentence that says what to install where click is missing, or that the
    output cannot be written.
    """
    try:
        from statusek_cli.frame import statusek
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit(
            _refuse("the command statusek needs click: pip install 'csm-statusek[cli,client]'")
        )
    from csm.output import written_or_refused

    with written_or_refused("statusek"):
        statusek(prog_name="statusek")


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
