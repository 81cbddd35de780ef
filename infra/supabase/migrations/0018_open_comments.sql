-- Lists of videos count the open comments of each video; a video may have thousands of resolved ones.

create index comments_open on captionacc.comments (video_id) where resolved_at is null;
