"""One transaction with its repositories."""

from dataclasses import dataclass

import asyncpg

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.caption_versions.repository import CaptionVersions
from captionacc_supabase.caption_versions.snapshots import CaptionSnapshots
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.editing.edits import Edits
from captionacc_supabase.events import Events
from captionacc_supabase.jobs.ended_jobs import EndedJobs
from captionacc_supabase.jobs.repository import Jobs
from captionacc_supabase.limits.forecasts import Forecasts
from captionacc_supabase.limits.request_budgets import RequestBudgets
from captionacc_supabase.limits.tenant_limits import TenantLimits
from captionacc_supabase.operating.operators import Operators
from captionacc_supabase.operating.outages import Outages
from captionacc_supabase.operating.policies import Policies
from captionacc_supabase.operating.waiting_work import WaitingQueue
from captionacc_supabase.sign_in_links import SignInLinks
from captionacc_supabase.statuses import Statuses
from captionacc_supabase.tenants import Tenants
from captionacc_supabase.together.comments import Comments
from captionacc_supabase.together.people import People
from captionacc_supabase.together.reviews import Reviews
from captionacc_supabase.together.standings import Standings
from captionacc_supabase.together.visits import Visits
from captionacc_supabase.upkeep.pass_leases import PassLeases
from captionacc_supabase.upkeep.queue_figures import QueueFigures
from captionacc_supabase.upkeep.repairing import Repairing
from captionacc_supabase.upkeep.retention import Retention
from captionacc_supabase.uploads.deletions import Deletions
from captionacc_supabase.uploads.repository import Uploads
from captionacc_supabase.usage import UsageMetrics
from captionacc_supabase.video.caption_pages import CaptionPages
from captionacc_supabase.video.captions import Captions
from captionacc_supabase.video.leftovers import Leftovers
from captionacc_supabase.video.listing import VideoLists
from captionacc_supabase.video.versions import Versions
from captionacc_supabase.video.videos import Videos


@dataclass(frozen=True, kw_only=True)
class Session:
    """Repositories that share a transaction; made by ``Database.transaction``."""

    statements: Statements
    announcements: Announcements
    statuses: Statuses
    tenants: Tenants
    videos: Videos
    jobs: Jobs
    ended_jobs: EndedJobs
    leftovers: Leftovers
    repairing: Repairing
    pass_leases: PassLeases
    retention: Retention
    queue_figures: QueueFigures
    captions: Captions
    caption_versions: CaptionVersions
    caption_snapshots: CaptionSnapshots
    edits: Edits
    caption_pages: CaptionPages
    video_lists: VideoLists
    versions: Versions
    events: Events
    usage: UsageMetrics
    uploads: Uploads
    deletions: Deletions
    limits: TenantLimits
    forecasts: Forecasts
    request_budgets: RequestBudgets
    waiting: WaitingQueue
    operators: Operators
    outages: Outages
    policies: Policies
    sign_in_links: SignInLinks
    people: People
    visits: Visits
    reviews: Reviews
    comments: Comments
    standings: Standings

    @classmethod
    def on(cls, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> "Session":
        statements = Statements(connection)
        announcements = Announcements(statements)
        statuses = Statuses(statements, announcements)
        jobs = Jobs(statements, announcements, statuses)
        captions = Captions(statements)
        videos = Videos(statements, announcements)
        visits = Visits(statements)
        reviews = Reviews(statements, announcements)
        comments = Comments(statements, announcements)
        return cls(
            statements=statements,
            announcements=announcements,
            statuses=statuses,
            tenants=Tenants(statements),
            videos=videos,
            jobs=jobs,
            ended_jobs=EndedJobs(statements),
            leftovers=Leftovers(statements),
            repairing=Repairing(statements),
            pass_leases=PassLeases(statements),
            retention=Retention(statements),
            queue_figures=QueueFigures(statements),
            captions=captions,
            caption_versions=CaptionVersions(statements),
            caption_snapshots=CaptionSnapshots(statements, captions),
            edits=Edits(statements, announcements, videos),
            caption_pages=CaptionPages(statements),
            video_lists=VideoLists(statements),
            versions=Versions(statements, jobs),
            events=Events(statements),
            usage=UsageMetrics(statements),
            uploads=Uploads(statements),
            deletions=Deletions(statements, announcements),
            limits=TenantLimits(statements, announcements),
            forecasts=Forecasts(statements),
            request_budgets=RequestBudgets(statements),
            waiting=WaitingQueue(statements),
            operators=Operators(statements, announcements),
            outages=Outages(statements),
            policies=Policies(statements),
            sign_in_links=SignInLinks(statements),
            people=People(statements),
            visits=visits,
            reviews=reviews,
            comments=comments,
            standings=Standings(visits, reviews, comments),
        )
