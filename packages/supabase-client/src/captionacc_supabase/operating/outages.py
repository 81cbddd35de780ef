"""Which services are away, as the workers report it."""

from collections.abc import Sequence

from captionacc_contracts.work.dependencies import Outage, WorkerOutages

from captionacc_supabase.connection.statements import Statements

# Workers report every 5 s, so a worker that missed several reports is stopped or has no database.
_FRESH_S = 30.0
# Long enough to see in the table when a worker that is gone wrote last.
_FORGOTTEN_S = 86400.0


class Outages:
    """Available as ``session.outages``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def report(self, worker: str, outages: Sequence[Outage]) -> None:
        """Store what ``worker`` knows now, and remove reports of workers that are long gone."""
        await self._statements.run(
            """
            with gone as (
                delete from captionacc.worker_outages
                where seen_at < now() - make_interval(secs => $3) and worker <> $1
            )
            insert into captionacc.worker_outages (worker, outages) values ($1, $2)
            on conflict (worker) do update set outages = excluded.outages, seen_at = now()
            """,
            worker,
            list(outages),
            _FORGOTTEN_S,
        )

    async def withdraw(self, worker: str) -> None:
        """Remove the report of a worker that stops."""
        await self._statements.run(
            "delete from captionacc.worker_outages where worker = $1", worker
        )

    async def reports(self) -> list[WorkerOutages]:
        """The reports of the workers that run now."""
        return await self._statements.rows(
            WorkerOutages,
            """
            select worker, outages from captionacc.worker_outages
            where seen_at > now() - make_interval(secs => $1) order by worker
            """,
            _FRESH_S,
        )

    async def everywhere(self) -> list[Outage]:
        """The services that are away for every worker, so that no job which needs them starts.

        Each with the outage that was noticed last.
        """
        known = [
            {outage.dependency: outage for outage in report.outages}
            for report in await self.reports()
        ]
        if not known:
            return []
        shared = set.intersection(*(set(outages) for outages in known))
        return [
            max((outages[name] for outages in known), key=lambda outage: outage.since)
            for name in sorted(shared)
        ]
