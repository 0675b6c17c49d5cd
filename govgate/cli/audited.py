"""How an audit of the ledger looks to people and to machines."""

from typing import TYPE_CHECKING, Any

from govgate.cli.show import console

if TYPE_CHECKING:
    from rich.console import Console

    from govgate.ledger import Report, VersionAudit
    from govgate.project import CrossCheck


def said_of(report: "Report") -> dict[str, Any]:
    """Write an audit's report for machines."""
    return {
        "origin": report.origin,
        "size": report.size,
        "unpublished": report.unpublished,
        "root": report.root,
        "tiles": report.tiles,
        "versions": report.versions.versions if report.versions else None,
        "locked_short": report.versions.short if report.versions else None,
        "verified_before": report.verified_before,
        "kinds": dict(report.kinds),
        "quarantined": list(report.quarantined),
        "disowned": list(report.disowned),
        "duplicates": list(report.duplicates),
        "backdated": [{"index": b.index, "by_s": b.by.total_seconds()} for b in report.backdated],
    }


def print_report(report: "Report", checked: "CrossCheck | None") -> None:
    """Print an audit's report, and how the registry's tags compared."""
    out, said = console(), said_of(report)
    for name in ("origin", "size", "unpublished", "root", "tiles"):
        out.print(f"{name:<12}{said[name]}")
    if report.versions:
        _print_versions(out, report.versions)
    for kind, count in sorted(report.kinds.items()):
        out.print(f"{'':<12}{count} x {kind}")
    if report.verified_before:
        out.print(f"{'before':<12}signatures of the first {report.verified_before} were checked")
    _print_hints(out, report)
    if checked:
        out.print(f"{'registry':<12}{checked.compared} of {checked.versions} versions compared")


def _print_hints(out: "Console", report: "Report") -> None:
    for key in report.quarantined:
        out.print(f"{'junk':<12}{key} is no commit; it counts as one entry and judges nothing")
    for index in report.disowned:
        ended = "is signed only by keys that had ended or are disowned; it counts for nothing"
        out.print(f"{'disowned':<12}entry {index} {ended}")
    for name in report.duplicates:
        out.print(f"{'twice':<12}more than one entry has the id {name}; look at their writer")
    for hint in report.backdated:
        by = f"{hint.by.total_seconds() / 60:.0f} minutes"
        out.print(f"{'clock':<12}entry {hint.index} is dated {by} before the one in front of it")


def _print_versions(out: "Console", found: "VersionAudit") -> None:
    out.print(f"{'versions':<12}{found.versions} audited")
    if found.short:
        hint = "objects are locked for less than the policy in force asks"
        out.print(f"{'locks':<12}{found.short} {hint}")
