"""The report of the extents scorer as a table in Markdown."""

from captionacc_scoring.report import Figure, Report


def table(report: Report) -> str:
    """Format the report in Markdown; the intervals are in brackets, for more than one video."""
    titles = ["case", "videos", "captions", "F1 ±1", "F1 exact", "F1 ±2", "boundary F1 ±1"]
    titles += ["mean tIoU", "false per hour"]
    rows = [
        [
            case.kind,
            str(case.videos),
            str(case.captions),
            *(_shown(case.caption_f1[str(tolerance)], case.videos) for tolerance in (1, 0, 2)),
            _shown(case.boundary_f1["1"], case.videos),
            _shown(case.mean_tiou, case.videos),
            _shown(case.false_per_hour, case.videos, places=1),
        ]
        for case in report.cases
    ]
    lines = ["| " + " | ".join(row) + " |" for row in [titles, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(titles), *lines[1:]])


def _shown(figure: Figure, videos: int, places: int = 3) -> str:
    if figure.value is None:
        return "-"
    shown = f"{figure.value:.{places}f}"
    if videos < 2 or figure.low is None or figure.high is None:
        return shown
    return f"{shown} [{figure.low:.{places}f}, {figure.high:.{places}f}]"
