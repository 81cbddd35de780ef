"""Begins, shows, completes and aborts uploads, for requests. No byte of a file passes through."""

import mimetypes
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.limits import LimitName
from captionacc_contracts.web.uploads import NewUpload, PartAddress, PartAddresses, UploadView
from captionacc_observability.clock import Clock
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import NewVideo, Video
from captionacc_supabase.uploads.repository import Upload, UploadToInsert
from captionacc_wasabi.store import OCTETS, ObjectStore
from captionacc_wasabi.uploads import PartToSend, SentPart

from captionacc_webhook_gateway.errors import InvalidRequestError, NotFoundError
from captionacc_webhook_gateway.identity.user import User
from captionacc_webhook_gateway.uploading import parts, views
from captionacc_webhook_gateway.uploading.video_head import HEAD_BYTES, video_format

# Enough for a browser to be busy for minutes. Signing them takes some 15 ms.
PARTS_PER_ANSWER = 100
MOST_PARTS_ASKED = 1000
# Numbers of missing parts that an error names.
_NAMED = 20

_log = get_logger(__name__)


class UploadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``kept_s``: an upload is removed this long after the last request for addresses."""

    most_bytes: int
    kept_s: float
    addresses_s: int


class Uploader:
    """Works on the uploads of the user's tenant; any other upload is not found."""

    def __init__(
        self, database: Database, store: ObjectStore, limits: UploadLimits, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._limits = limits
        self._clock = clock

    async def begin(self, user: User, asked: NewUpload) -> UploadView:
        """Begin an upload in the store, and keep it as a row, which counts against the limits.

        Raises:
            PermanentError: ``video_too_large``, ``language_invalid``.
            LimitReachedError: The tenant has no room for one more video, or for its bytes.
        """
        if asked.size_bytes > self._limits.most_bytes:
            raise PermanentError(
                ErrorCode.VIDEO_TOO_LARGE,
                f"The file has {asked.size_bytes} bytes; at most {self._limits.most_bytes} are "
                "accepted. Upload a smaller encoding of the video.",
            )
        language = language_tag(asked.language)
        tenant, video = TenantId(user.tenant_id), VideoId(uuid4())
        key = object_keys.upload(tenant, video)
        begun = UploadToInsert(
            tenant_id=tenant,
            video_id=video,
            display_name=asked.display_name,
            size_bytes=asked.size_bytes,
            language=language,
            sha256=asked.sha256,
            part_bytes=parts.part_bytes_of(asked.size_bytes),
            storage_key=key,
            store_upload_id=await self._store.uploads.begin(
                key, content_type=_content_type(asked.display_name)
            ),
            created_by=user.id,
            unattended=asked.unattended,
        )
        try:
            async with self._database.transaction() as session:
                wanted = {LimitName.VIDEOS_PER_DAY: 1, LimitName.STORED_BYTES: asked.size_bytes}
                await session.limits.require(tenant, wanted)
                upload = await session.uploads.insert(begun, kept_s=self._limits.kept_s)
        except CaptionAccError:
            # Without a row, nobody would ever complete it or remove it.
            with suppress(CaptionAccError):
                await self._store.uploads.abort(key, begun.store_upload_id)
            raise
        _log.info("upload_begun", upload_id=upload.id, video_id=video, size_bytes=asked.size_bytes)
        return await self._shown(upload, [])

    async def show(self, user: User, upload_id: UUID) -> UploadView:
        """The upload with the parts that the store has, and where to send the next ones.

        Raises:
            NotFoundError: The tenant has no such upload.
        """
        upload = await self._own(user, upload_id, extend=True)
        sent = None
        if upload.completed_at is None and upload.aborted_at is None:
            sent = await self._store.uploads.sent(upload.storage_key, upload.store_upload_id)
        return await self._shown(upload, parts.received(upload, sent or []))

    async def addresses(
        self, user: User, upload_id: UUID, first: int, last: int | None
    ) -> PartAddresses:
        """Addresses of the parts from ``first`` to ``last``, both included.

        Without ``last``, the answer has ``PARTS_PER_ANSWER`` parts, or those that there are.

        Raises:
            NotFoundError: The tenant has no such upload.
            InvalidRequestError: The upload has no such parts, or they are too many.
            PermanentError: ``state_conflict``; the upload takes no more parts.
        """
        upload = await self._own(user, upload_id, extend=True)
        _require_open(upload)
        count = parts.part_count(upload)
        if last is None:
            last = min(first + PARTS_PER_ANSWER - 1, count)
        if not 1 <= first <= last <= count or last - first >= MOST_PARTS_ASKED:
            message = (
                f"The upload has the parts 1 to {count}; ask for at most {MOST_PARTS_ASKED} of "
                "them, the first one before the last one."
            )
            raise InvalidRequestError(message)
        wanted = [parts.part(upload, number) for number in range(first, last + 1)]
        return PartAddresses(
            parts=await self._signed(upload, wanted),
            addresses_expire_at=self._clock.now() + timedelta(seconds=self._limits.addresses_s),
        )

    async def complete(self, user: User, upload_id: UUID) -> Video:
        """Join the parts, look at the object and insert the video, whose webhook starts the work.

        It can be called again after any interruption, and then gives the same video.

        Raises:
            NotFoundError: The tenant has no such upload, or its video was deleted.
            PermanentError: ``upload_incomplete``, ``video_unreadable``; ``state_conflict`` when
                the upload was aborted.
        """
        upload = await self._own(user, upload_id)
        if upload.completed_at is None:
            _require_open(upload)
            await self._join(upload)
            await self._require_video(upload)
            await self._insert(upload)
        async with self._database.transaction() as session:
            video = await session.videos.get_for_tenant(upload.video_id, upload.tenant_id)
        if video is None:
            message = f"The video of the upload {upload_id} was deleted."
            raise NotFoundError(message)
        return video

    async def abort(self, user: User, upload_id: UUID) -> None:
        """Remove an upload and its parts; aborting twice does no harm.

        Raises:
            NotFoundError: The tenant has no such upload.
            PermanentError: ``state_conflict``; the upload became a video.
        """
        upload = await self._own(user, upload_id)
        await self._remove(upload)

    async def _own(self, user: User, upload_id: UUID, *, extend: bool = False) -> Upload:
        async with self._database.transaction() as session:
            upload = await session.uploads.get(upload_id, user.tenant_id)
            if upload is not None and extend:
                await session.uploads.extend(upload_id, kept_s=self._limits.kept_s)
                upload = await session.uploads.get(upload_id, user.tenant_id)
        if upload is None:
            message = f"There is no upload {upload_id}."
            raise NotFoundError(message)
        return upload

    async def _shown(self, upload: Upload, have: list[SentPart]) -> UploadView:
        same_as = None
        if upload.sha256 is not None:
            async with self._database.transaction() as session:
                same_as = await session.uploads.finished_video(upload.tenant_id, upload.sha256)
        is_open = upload.completed_at is None and upload.aborted_at is None
        following = parts.missing(upload, have)[:PARTS_PER_ANSWER] if is_open else []
        return UploadView(
            **msgspec.structs.asdict(views.upload_summary(upload)),
            sent_parts=[each.number for each in have],
            sent_bytes=sum(each.size_bytes for each in have),
            next_parts=await self._signed(upload, following),
            addresses_expire_at=self._clock.now() + timedelta(seconds=self._limits.addresses_s),
            same_as=same_as,
        )

    async def _signed(self, upload: Upload, wanted: list[PartToSend]) -> list[PartAddress]:
        urls = await self._store.uploads.addresses(
            upload.storage_key, upload.store_upload_id, wanted, self._limits.addresses_s
        )
        return [
            PartAddress(
                number=each.number,
                offset=(each.number - 1) * upload.part_bytes,
                size_bytes=each.size_bytes,
                url=url,
            )
            for each, url in zip(wanted, urls, strict=True)
        ]

    async def _join(self, upload: Upload) -> None:
        uploads = self._store.uploads
        sent = await uploads.sent(upload.storage_key, upload.store_upload_id)
        if sent is None:
            # An earlier request joined the parts, or somebody removed them in the store.
            if await self._store.exists(upload.storage_key):
                return
            raise _gone(upload)
        have = parts.received(upload, sent)
        lacking = parts.missing(upload, have)
        if lacking:
            named = ", ".join(str(each.number) for each in lacking[:_NAMED])
            more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
            raise PermanentError(
                ErrorCode.UPLOAD_INCOMPLETE,
                f"The store lacks parts of the upload, or has them in another size: {named}{more}. "
                "Send these parts and complete the upload again.",
            )
        try:
            await uploads.complete(upload.storage_key, upload.store_upload_id, have)
        except PermanentError as error:
            if error.code is not ErrorCode.OBJECT_MISSING:
                raise
            # Another request completed or aborted it since the parts were listed.
            if not await self._store.exists(upload.storage_key):
                raise _gone(upload) from error

    async def _require_video(self, upload: Upload) -> None:
        info = await self._store.stat(upload.storage_key)
        if info is None:
            raise _gone(upload)
        if info.size_bytes != upload.size_bytes:
            await self._remove(upload)
            raise PermanentError(
                ErrorCode.UPLOAD_INCOMPLETE,
                f"The object has {info.size_bytes} bytes instead of {upload.size_bytes}; it was "
                "removed. Start a new upload.",
            )
        if video_format(await self._store.get_head(upload.storage_key, HEAD_BYTES)) is None:
            await self._remove(upload)
            raise PermanentError(
                ErrorCode.VIDEO_UNREADABLE,
                "The file does not begin like a video that can be read; it was removed. Upload a "
                "video file such as MP4, MOV, MKV or WebM.",
            )

    async def _insert(self, upload: Upload) -> None:
        async with self._database.transaction() as session:
            if await session.uploads.mark_completed(upload.id):
                await session.videos.insert(
                    NewVideo(
                        id=upload.video_id,
                        tenant_id=upload.tenant_id,
                        display_name=upload.display_name,
                        size_bytes=upload.size_bytes,
                        language=upload.language,
                        storage_key=upload.storage_key,
                        sha256=upload.sha256,
                        size_checked=True,
                        unattended=upload.unattended,
                    )
                )
                _log.info("upload_completed", upload_id=upload.id, video_id=upload.video_id)
                return
            now = await session.uploads.get(upload.id, upload.tenant_id)
        if now is None or now.completed_at is None:
            # Somebody aborted it meanwhile, perhaps before the object appeared.
            await self._store.delete([upload.storage_key])
            raise _gone(upload)

    async def _remove(self, upload: Upload) -> None:
        async with self._database.transaction() as session:
            if not await session.uploads.mark_aborted(upload.id):
                raise PermanentError(
                    ErrorCode.STATE_CONFLICT,
                    "The upload is complete; delete its video instead.",
                )
        await self._store.uploads.abort(upload.storage_key, upload.store_upload_id)
        await self._store.delete([upload.storage_key])
        async with self._database.transaction() as session:
            await session.uploads.forget(upload.id)
        _log.info("upload_removed", upload_id=upload.id)


def _require_open(upload: Upload) -> None:
    if upload.completed_at is not None:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT, "The upload is complete and takes no more parts."
        )
    if upload.aborted_at is not None:
        raise _gone(upload)


def _gone(upload: Upload) -> PermanentError:
    return PermanentError(
        ErrorCode.STATE_CONFLICT,
        f"The upload {upload.id} was aborted or has expired; start a new one.",
    )


def _content_type(name: str) -> str:
    """What the store says of the object; a page could misuse any type that is not of a video."""
    guessed = mimetypes.guess_type(name)[0] or OCTETS
    return guessed if guessed.startswith("video/") or guessed == "image/gif" else OCTETS
