"""Pages of a list that tell how many rows the whole list has."""

from collections.abc import Sequence

import asyncpg

from captionacc_supabase.connection.statements import Statements


async def counted_page(
    statements: Statements, sql: str, *arguments: object, limit: int, offset: int
) -> tuple[Sequence[asyncpg.Record], int]:
    """Return the rows of a page, and the number of rows of all pages.

    Args:
        statements: Runs the query.
        sql: An ordered query without a limit, whose column ``total`` is ``count(*) over ()``.
        arguments: The arguments of the query.
        limit: The most rows that the page may have.
        offset: How many rows come before the page.
    """
    paged = f"{sql} limit ${len(arguments) + 1} offset ${len(arguments) + 2}"
    records = await statements.records(paged, *arguments, limit, offset)
    if records or offset == 0:
        return records, records[0]["total"] if records else 0
    # A page beyond the end has no row that tells the total.
    first = await statements.records(paged, *arguments, 1, 0)
    return records, first[0]["total"] if first else 0
