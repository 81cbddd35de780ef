"""Which cropped frames a track of a video has."""

from captionacc_supabase.rows import Video

from captionacc_webhook_gateway.errors import NotFoundError


def version_of_track(video: Video, track: int) -> int:
    """The version of the cropped frames in which the video has the track.

    Raises:
        NotFoundError: The video has no cropped frames, or no such track.
    """
    if video.cropped_frames_version is None:
        message = "The video has no cropped frames yet; approve its layout first."
        raise NotFoundError(message)
    if not 1 <= track <= max(1, len(video.approved_tracks)):
        message = f"The video has no track {track}."
        raise NotFoundError(message)
    return video.cropped_frames_version
