"""Service 2: takes one job from its standard input, does it, and says how it went.

The job order is a line of JSON, as a task queue would bring it: where the Statusek server is,
the token of the instance, the folder to work on, and, for the second half of the demo, after
which part of the work to die.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from csm import (
    ActionImportance,
    GeneralComponentBuilder,
    MajorComponentBuilder,
    MajorComponentType,
    NoteBuilder,
    Status,
    StatusMessage,
    StatusMessageBuilder,
    StatusMessageType,
)
from statusek_client import StatusekClient

LEFT_OUT = {"__pycache__", "build", "dist", "node_modules"}


def main() -> None:
    order = json.loads(sys.stdin.readline())
    files = list(files_below(Path(order["folder"])))
    with StatusekClient(order["url"]) as statusek:
        task = statusek.instance(order["token"])
        task.set("RUN", status_message=f"{len(files)} files to checksum")
        say(f"set RUN: {len(files)} files to checksum")
        size = checksum(files, Path(order["result"]), die_after=order.get("die_after"))
        task.set("FINISHED", report(files, size))
        say("set FINISHED, with a Commons Status Message")


def checksum(files: list[Path], result: Path, *, die_after: float | None) -> int:
    """Write a line per file in the form of sha256sum; return the bytes that were read."""
    size = 0
    quarters = {len(files) * part // 4: part * 25 for part in (1, 2, 3, 4)}
    with result.open("w", encoding="utf-8") as lines:
        for done, path in enumerate(files, start=1):
            content = path.read_bytes()
            size += len(content)
            lines.write(f"{hashlib.sha256(content).hexdigest()}  {path}\n")
            if done in quarters:
                say(f"{bar(quarters[done])} {done} of {len(files)} files")
            if die_after is not None and done >= len(files) * die_after:
                say("…and here somebody pulls the plug (SIGKILL): no FINISHED, no goodbye")
                os.kill(os.getpid(), signal.SIGKILL)
    return size


def report(files: list[Path], size: int) -> StatusMessage:
    """Say in a Commons Status Message how the job went, and how what it needed is."""
    free = os.statvfs(files[0].parent)
    free_gib = free.f_bavail * free.f_frsize / 2**30
    disk = Status.OK if free_gib >= 1 else Status.WARN
    return (
        StatusMessageBuilder.builder()
        .with_component(
            MajorComponentBuilder.builder()
            .with_major_component_type(MajorComponentType.SIA)
            .with_secondary_id("service 2")
        )
        .with_status(disk)
        .with_note(
            NoteBuilder.builder()
            .with_title(f"{len(files)} files checksummed")
            .with_detail(f"{size:,} bytes read; SHA-256, a line per file")
        )
        .with_sub_status(
            StatusMessageBuilder.builder()
            .with_component(GeneralComponentBuilder.builder().with_component_name("Checksums"))
            .with_status_message_type(StatusMessageType.DATAFLOW_OUTBOUND)
            .with_status(Status.OK)
        )
        .with_sub_status(
            StatusMessageBuilder.builder()
            .with_component(GeneralComponentBuilder.builder().with_component_name("Disk"))
            .with_status_message_type(StatusMessageType.EXTERNAL_DEPENDENCY)
            .with_status(disk)
            .with_note(
                NoteBuilder.builder()
                .with_title(f"{free_gib:.0f} GiB free")
                .with_action_importance(
                    ActionImportance.NONE if disk is Status.OK else ActionImportance.MEDIUM
                )
                .with_action_to_take(None if disk is Status.OK else "Make room on the disk")
            )
        )
        .build()
    )


def files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in LEFT_OUT or path.is_symlink():
            continue
        if path.is_dir():
            yield from files_below(path)
        elif path.is_file():
            yield path


def bar(percent: int) -> str:
    return f"{'█' * (percent // 5):░<20} {percent:3} %"


def say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    main()
